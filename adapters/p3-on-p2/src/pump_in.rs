//! From an `input-stream` of 0.2 to a stream of the guest (DESIGN.md: "Streams from the host"). Nothing
//! is taken from the host before the guest reads.

use crate::filesystem;
use crate::http;
use crate::io::{self, Failure};
use crate::pair::{COMPLETED, Pair, Pending, Type};
use crate::result::{self, Domain, OK};
use crate::sockets;
use crate::wait::{self, Kind, Pump};
use common::memory::{self, Buffer};
use core::ptr::null_mut;

/// The most that is read at once.
pub const MAX_READ: u32 = 1 << 16;

#[repr(C)]
pub struct In {
    pump: Pump,
    stream: u32,
    pollable: u32,
    pub domain: Domain,
    /// Nothing was read yet.
    pub untouched: bool,
    pair: *mut Pair,
    /// How it ended; of the body of a message: its trailers.
    pub future: *mut Pair,
    /// What stays open for as long as the stream: a `Descriptor`, an `http::Incoming`, a `TcpSocket`, or null.
    pub owner: *mut u8,
}

/// A stream over an `input-stream`. R has its readable end.
pub fn open(stream: u32, domain: Domain, future: *mut Pair, owner: *mut u8) -> &'static mut Pair {
    let pair = unsafe { &mut *Pair::new(Type::BYTES, 1) };
    let pump = Pump::new(Kind::In);
    pair.source =
        memory::boxed(In { pump, stream, pollable: 0, domain, untouched: true, pair, future, owner }) as *mut Pump;
    pair
}

/// Gives an `input-stream` to the guest: stream and future.
pub fn give(stream: u32, domain: Domain, owner: *mut u8) -> [u32; 2] {
    let future = result::promise(domain);
    let pair = open(stream, domain, future, owner);
    [pair.give_reader(), future.give_reader()]
}

/// What a pump finds that asks for bytes.
pub enum Found {
    Bytes(Buffer),
    /// There are none before this pollable is ready.
    NotYet(u32),
    /// The pump is gone.
    End,
}

/// At most `max` bytes; none with 0. With `by` they go to address `at` of the guest's memory.
#[inline(never)]
#[unsafe(export_name = "part:pump-in/take")]
pub extern "C" fn part_take(this: *mut In, max: u32, by: u32, at: u32) -> Found {
    let pump = unsafe { &mut *this };
    let max = max.min(MAX_READ);
    let bytes = match (max, by) {
        (0, _) => Ok(Buffer::NONE),
        (_, 0) => io::read(pump.stream, max),
        _ => io::part_read_in_place(pump.stream, max, by, at),
    };
    match bytes {
        Ok(bytes) if bytes.len == 0 => Found::NotYet(io::input_pollable(pump.stream, &mut pump.pollable)),
        Ok(bytes) => {
            pump.untouched = false;
            Found::Bytes(bytes)
        }
        Err(failure) => {
            end(this, Some(failure));
            Found::End
        }
    }
}

/// Goes on with the read that is pending.
#[inline(never)]
#[unsafe(export_name = "part:pump-in/step")]
pub extern "C" fn part_step(this: *mut In) {
    let pump = unsafe { &mut *this };
    let pair = unsafe { &mut *pump.pair };
    if pair.pending != Pending::Read {
        return wait::unpark(&mut pump.pump);
    }
    if pair.len == 0 {
        let pollable = io::input_pollable(pump.stream, &mut pump.pollable);
        if !io::ready(pollable) {
            return wait::park(&mut pump.pump, pollable);
        }
    } else {
        match part_take(this, pair.len, pair.by, pair.reader.cookie as u32) {
            Found::Bytes(bytes) => {
                pair.reader.count = bytes.len;
                // Others are where they are wanted.
                if !bytes.at.is_null() {
                    pair.taken = bytes;
                }
            }
            Found::NotYet(pollable) => return wait::park(&mut pump.pump, pollable),
            Found::End => return,
        }
    }
    wait::unpark(&mut pump.pump);
    pair.complete(COMPLETED);
}

/// Nobody reads any more.
#[inline(never)]
#[unsafe(export_name = "part:pump-in/drop")]
pub extern "C" fn part_drop(this: *mut In) {
    end(this, None);
}

fn end(this: *mut In, failure: Option<Failure>) {
    let In { stream, pollable, domain, pair, future, owner, .. } = unsafe { this.read() };
    wait::unpark(unsafe { &mut (*this).pump });
    memory::unbox(this);
    if domain == Domain::Socket {
        sockets::part_stop_receiving(owner);
    }
    io::drop_input(stream, pollable);
    let pair = unsafe { &mut *pair };
    pair.source = null_mut();
    pair.drop_end();
    pair.reap();
    match domain {
        Domain::Http => return http::part_received(owner, future, failure),
        Domain::Socket => return sockets::part_received(owner, future, failure),
        _ => {}
    }
    if !owner.is_null() {
        filesystem::part_release(owner as *mut _);
    }
    result::resolve(future, failure.map_or(OK, |failure| result::of_input(domain, failure)));
}
