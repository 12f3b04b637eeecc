//! The functions of the private interfaces of services, made of `wit/wasi-shim/p3-on-p2/*.wit` by
//! `BLESS=1 cargo test -p wasi-shim-lib --lib service`.

crate::adapter::service::interfaces! {
    SERVE {
        "accept"(request: Own("incoming-request"), out: Own("response-outparam")) -> Own("request");
        "respond"(response: Result("response", "error-code"));
    }
}
