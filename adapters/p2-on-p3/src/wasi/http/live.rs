//! The objects that hold streams, futures or calls: all of them have to go when a request has been
//! served, whether the guest drops its handles or not.
//!
//! # Safety
//!
//! The kind of a link gives the type of the object that it is in, and an object leaves the list
//! before it is freed.

use super::{client::FutureResponse, incoming::Incoming, incoming_body::IncomingBody, outgoing_body::OutgoingBody};
use common::global::Global;
use common::shared::Shared;
use core::cell::Cell;
use core::mem::offset_of;

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
    prev: Cell<Option<Shared<Link>>>,
    next: Cell<Option<Shared<Link>>>,
}

pub enum Object {
    Incoming(Shared<Incoming>),
    IncomingBody(Shared<IncomingBody>),
    OutgoingBody(Shared<OutgoingBody>),
    Response(Shared<FutureResponse>),
}

static FIRST: Global<Cell<Option<Shared<Link>>>> = Global::new(Cell::new(None));

impl Link {
    pub const fn new(kind: Kind) -> Link {
        Link { kind, prev: Cell::new(None), next: Cell::new(None) }
    }

    /// Joins the list. The object must stay where it is in memory.
    pub fn join(&self) {
        let this = Some(Shared::of(self));
        let next = FIRST.replace(this);
        self.next.set(next);
        if let Some(next) = next {
            next.prev.set(this);
        }
    }

    pub fn leave(&self) {
        let (prev, next) = (self.prev.get(), self.next.get());
        match prev {
            None => FIRST.set(next),
            Some(prev) => prev.next.set(next),
        }
        if let Some(next) = next {
            next.prev.set(prev);
        }
    }

    /// The object that the link is in.
    fn object(&self) -> Object {
        unsafe {
            match self.kind {
                Kind::Incoming => Object::Incoming(self.at(offset_of!(Incoming, link))),
                Kind::IncomingBody => Object::IncomingBody(self.at(offset_of!(IncomingBody, link))),
                Kind::OutgoingBody => Object::OutgoingBody(self.at(offset_of!(OutgoingBody, link))),
                Kind::Response => Object::Response(self.at(offset_of!(FutureResponse, link))),
            }
        }
    }

    unsafe fn at<T>(&self, offset: usize) -> Shared<T> {
        unsafe { Shared::of(&*(&raw const *self).byte_sub(offset).cast::<T>()) }
    }
}

/// Visits the objects of a kind; of these, the visitor may remove only the one that it is given.
pub fn each(kind: Kind, mut visit: impl FnMut(Object)) {
    let mut link = FIRST.get();
    while let Some(at) = link {
        link = at.next.get();
        if at.kind == kind {
            visit(at.object());
        }
    }
}
