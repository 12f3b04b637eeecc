//! The async component model, on a host that has only pollables to wait for. No file here knows an
//! interface of 0.3.
//!
//! The guest holds handles of waitables: subtasks and ends of streams and futures. An operation on
//! an end goes to the other end, which is the guest's, too (`pair`) or the host's (`source`,
//! `sink`, a directory). A waiter goes on for as long as the host does not block; then it is
//! registered, and the next wait polls all registered waiters and the earliest timer. A completed
//! operation becomes an event of its waitable, and waitable sets queue the events.
//!
//! | file | idea |
//! |---|---|
//! | `table` | the tables of handles, one for each part |
//! | `waitable`, `set`, `subtask` | waitables and their events, sets of them, calls that go on |
//! | `task` | calls between parts of a composition, the callee's side |
//! | `borrows` | handles that tasks have borrowed of third parts |
//! | `pair` | streams and futures: two ends and what is between them |
//! | `copy`, `cancel`, `transfer` | reads and writes; cancellation and drop; new owners of ends |
//! | `ahead` | values that R takes before anybody reads them |
//! | `bulk` | how numbers that were read get to the guest |
//! | `exchange`, `payload` | how other values get from part to part, and what they point to |
//! | `poll` | registered waiters; polling |
//! | `source`, `sink`, `outcome` | streams that the host provides or consumes, and their futures |
//! | `timers` | deadlines |
//! | `deadlock` | when there is nothing to wait for |

pub mod ahead;
pub mod borrows;
pub mod bulk;
pub mod cancel;
pub mod copy;
pub mod deadlock;
pub mod exchange;
pub mod outcome;
pub mod pair;
pub mod payload;
pub mod poll;
pub mod set;
pub mod sink;
pub mod source;
pub mod subtask;
pub mod table;
pub mod task;
pub mod timers;
pub mod transfer;
pub mod waitable;

// Everything here is tested natively, with `tests/host.rs` in the place of `hooks`.
#[cfg(test)]
mod tests;
