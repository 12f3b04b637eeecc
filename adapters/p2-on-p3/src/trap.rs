//! The traps of P.

pub use common::trap::*;

common::traps! {
    empty_poll = "the list given to poll is empty";
    permit = "write exceeds the permit of check-write";
    too_large = "blocking-write-and-flush takes at most 4096 bytes";
    too_many_zeroes = "blocking-write-zeroes-and-flush takes at most 4096 bytes";
    has_children = "a stream was dropped before its pollable";
    has_stream = "a body was finished or dropped before its stream";
    has_pollable = "a future was dropped before its pollable";
    socket_has_pollable = "a socket was dropped before its pollable";
    has_datagram_streams = "udp-socket.stream was called before the streams that it gave last were dropped";
    datagram_permit = "send exceeds the permit of check-send";
    /// `control.bytes` exists only for the type in its signature.
    not_callable = "this function is never called";
}
