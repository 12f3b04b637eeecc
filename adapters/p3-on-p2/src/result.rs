//! Futures that the host resolves: how a stream ended (`future<result<_, error-code>>`).

use crate::filesystem;
use crate::io::{self, Failure};
use crate::pair::{self, OTHER, Pair, Type};
use core::ptr::null_mut;

/// Whose `error-code` it is.
#[derive(Clone, Copy, PartialEq)]
pub enum Domain {
    Cli,
    File,
    /// Bodies of messages; their errors have more to say than a case, see `http`.
    Http,
    /// Connections; their errors have a text, see `sockets`.
    Socket,
}

/// Values: `ok`, or 2 + case of the error.
pub const OK: u8 = 1;

/// Cases of `wasi:cli/types.error-code`.
const IO: u8 = 0;
const PIPE: u8 = 2;

/// A future that the host will resolve; its readable end is to be given to the guest.
pub fn promise(domain: Domain) -> &'static mut Pair {
    let ty = match domain {
        Domain::Cli => Type::CLI_RESULT,
        Domain::File => Type::FILE_RESULT,
        Domain::Http => Type::HTTP_RESULT,
        Domain::Socket => Type::SOCKET_RESULT,
    };
    let future = unsafe { &mut *Pair::new(ty, OTHER) };
    future.promised = true;
    future
}

pub fn resolve(future: *mut Pair, value: u8) {
    pair::settle(future, value, null_mut());
}

/// The end of an input: `closed` is the regular one.
pub fn of_input(domain: Domain, failure: Failure) -> u8 {
    match failure.error() {
        None => OK,
        Some(error) => of_error(domain, error),
    }
}

/// The end of an output: `closed` means that there was more to write.
pub fn of_output(domain: Domain, failure: Failure) -> u8 {
    match failure.error() {
        None if domain == Domain::Cli => 2 + PIPE,
        None => 2 + filesystem::PIPE,
        Some(error) => of_error(domain, error),
    }
}

/// DESIGN.md: "Errors of streams", "Errors of standard streams".
fn of_error(domain: Domain, error: u32) -> u8 {
    let value = match domain {
        Domain::Cli | Domain::Http | Domain::Socket => 2 + IO,
        Domain::File => 2 + filesystem::part_error(error),
    };
    io::drop_error(error);
    value
}

/// A stream that is at its end already, and its future: both readable ends for the guest.
pub fn ended(stream: Type, element: u32, domain: Domain, value: u8) -> [u32; 2] {
    let pair = unsafe { &mut *Pair::new(stream, element) };
    pair.dropped = true;
    let future = promise(domain);
    let ends = [pair.give_reader(), future.give_reader()];
    resolve(future, value);
    ends
}
