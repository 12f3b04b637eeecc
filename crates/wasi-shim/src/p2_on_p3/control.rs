//! The functions of the control interface, made of `wit/wasi-shim/p2-on-p3/control.wit` by
//! `BLESS=1 cargo test -p wasi-shim-lib --lib control`.

crate::adapter::control::control! {
    Wait = "wait": async_func(token: U32);
    WaitNow = "wait-now": func(token: U32) -> U32;
    Look = "look": async_func();
    StartDrain = "start-drain": func() -> U32;
    FinishDrain = "finish-drain": func(token: U32);
    Bulk = "bulk": func(token: U32) -> U64;
    BulkHead = "bulk-head": func(token: U32, count: U32) -> Bytes;
    BulkBody = "bulk-body": func(token: U32) -> Chunks;
    BulkTail = "bulk-tail": func(token: U32) -> Bytes;
    FinishBulk = "finish-bulk": func(token: U32);
}
