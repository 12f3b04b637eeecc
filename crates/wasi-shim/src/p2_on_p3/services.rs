//! The functions of the private interfaces of services, made of `wit/wasi-shim/p2-on-p3/*.wit` by
//! `BLESS=1 cargo test -p wasi-shim-lib --lib service`.

crate::adapter::service::interfaces! {
    SERVE {
        "accept"(request: Own("request")) -> Own("incoming-request");
        "outparam"() -> Own("response-outparam");
        "respond"(param: Own("response-outparam"), response: Own("outgoing-response")) -> Own("response");
        "refuse"(param: Own("response-outparam"));
        "start-end"() -> U32;
        "finish-end"(token: U32);
    }
    RELAY {
        "watch"() -> Stream;
        "unwatch"();
        "take-answer"() -> U32;
        "take-response"() -> Own("response");
        "error-text"() -> String;
        "error-flat"(at: U32, text: U32) -> U64;
    }
}
