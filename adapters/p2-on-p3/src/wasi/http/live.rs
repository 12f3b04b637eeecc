//! The objects that hold streams, futures or calls: all of them have to go when a request has been served, whether the
//! guest drops its handles or not.

use super::{client::FutureResponse, incoming::Incoming, incoming_body::IncomingBody, outgoing_body::OutgoingBody};
use common::cell::Global;
use core::mem::offset_of;
use core::ptr::null_mut;

#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    Incoming,
    IncomingBody,
    OutgoingBody,
    Response,
}

/// A member of the list, inside of its object.
pub struct Link {
    kind: Kind,
    prev: *mut Link,
    next: *mut Link,
}

pub enum Object {
    Incoming(*mut Incoming),
    IncomingBody(*mut IncomingBody),
    OutgoingBody(*mut OutgoingBody),
    Response(*mut FutureResponse),
}

static FIRST: Global<*mut Link> = Global::new(null_mut());

impl Link {
    pub const fn new(kind: Kind) -> Link {
        Link { kind, prev: null_mut(), next: null_mut() }
    }

    /// Joins the list. The object must stay where it is in memory.
    pub fn join(&mut self) {
        let first = FIRST.get();
        self.next = *first;
        if !self.next.is_null() {
            unsafe { (*self.next).prev = self };
        }
        *first = self;
    }

    pub fn leave(&mut self) {
        unsafe {
            match self.prev.is_null() {
                true => *FIRST.get() = self.next,
                false => (*self.prev).next = self.next,
            }
            if !self.next.is_null() {
                (*self.next).prev = self.prev;
            }
        }
    }

    fn object(&mut self) -> Object {
        let at = self as *mut Link as *mut u8;
        match self.kind {
            Kind::Incoming => Object::Incoming(at.wrapping_sub(offset_of!(Incoming, link)) as *mut Incoming),
            Kind::IncomingBody => {
                Object::IncomingBody(at.wrapping_sub(offset_of!(IncomingBody, link)) as *mut IncomingBody)
            }
            Kind::OutgoingBody => {
                Object::OutgoingBody(at.wrapping_sub(offset_of!(OutgoingBody, link)) as *mut OutgoingBody)
            }
            Kind::Response => {
                Object::Response(at.wrapping_sub(offset_of!(FutureResponse, link)) as *mut FutureResponse)
            }
        }
    }
}

/// Visits the objects of a kind; the visitor may remove the one that it is given, and no other of that kind.
pub fn each(kind: Kind, mut visit: impl FnMut(Object)) {
    let mut link = *FIRST.get();
    while !link.is_null() {
        let at = unsafe { &mut *link };
        link = at.next;
        if at.kind == kind {
            visit(at.object());
        }
    }
}
