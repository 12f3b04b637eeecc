//! Values that R takes before anybody reads them, because their writer is on the stack above every
//! possible reader and goes on only if they are taken.

use super::pair::{CopyResult, End, OTHER, Pair, Pending};
use super::table::{self, ALONE, TRANSIT};
use super::waitable::Waitable;
use common::shared::Shared;

/// Takes the values of pending writes whose readers cannot read before `part` goes on: ends of the
/// parts behind it, and ends on their way there, in values or in messages. `is` chooses the
/// writers. True if there were values.
pub fn take_ahead(part: u32, is: impl Fn(Shared<Waitable>) -> bool) -> bool {
    let (mut at, mut any) = ((0, 0), false);
    while let Some(end) = table::next_end(&mut at) {
        if end.kind.get().is_writable() && is(End::waitable(end)) {
            let pair = Pair::of(end);
            let reader = pair.reader.part.get();
            any |= (reader > part || part != ALONE && (reader == TRANSIT || pair.held.get())) && take(pair);
        }
    }
    any
}

/// Takes the values of a pending write; true if there were some.
fn take(pair: Shared<Pair>) -> bool {
    let left = pair.len.get() - pair.writer.count.get();
    let is_open = !pair.dropped.get() && pair.source.get().is_none() && pair.sink.get().is_none();
    if pair.pending.get() != Pending::Write
        || !is_open
        || pair.element.get() == OTHER
        || left == 0
        || pair.writer.has_event()
    {
        return false;
    }
    pair.ahead.update(|ahead| ahead + left);
    pair.writer.count.set(pair.len.get());
    pair.pending.set(Pending::None);
    End::notify(Pair::writer(pair), CopyResult::Completed);
    true
}

/// Gives a reader that reads no more all values that were taken ahead; returns how many they are.
pub fn take_unread(pair: &Pair) -> u32 {
    let count = pair.ahead.get();
    if count > 0 {
        pair.forget_taken();
        give(pair, count);
    }
    count
}

/// The reader gets the first `count` of the values.
fn give(pair: &Pair, count: u32) {
    pair.ahead.update(|ahead| ahead - count);
    if count > 0 {
        pair.move_values(&pair.data, count);
    }
}

/// Reads values that were taken ahead.
#[inline(never)]
#[unsafe(export_name = "hook:parts/read-ahead")]
pub extern "C" fn hook_read_ahead(pair: Shared<Pair>, count: u32) {
    pair.may_copy();
    let count = count.min(pair.ahead.get());
    pair.reader.count.set(count);
    give(&pair, count);
    End::notify(Pair::reader(pair), CopyResult::Completed);
}
