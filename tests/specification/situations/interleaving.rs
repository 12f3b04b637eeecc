//! Many operations in flight at once. A script is a row of operations of one part, which has
//! streams, futures and subtasks by number: `write0:4=-1` writes four bytes to stream 0 and checks
//! the answer.

use super::{Engine::*, Trap, Value, rows};

/// Who is called: one reads four bytes, or a future, after it has returned; one waits until it is
/// cancelled; one returns when a future is written.
const CALLEE: &str = r#"part c
  sink: async func(in: stream<u8>)
  fsink: async func(in: future<u8>)
  empty: async func()
  until: async func(in: future<u8>)
  hold: func()
  release: func()
  (func $waits (param $h i32) (result i32)
    (call $context.set (call $waitable-set.new)) (call $waitable.join %h (call $context.get)) (call $wait-on (call $context.get)))
  (func (export "sink") (param $h i32) (result i32)
    (call $is (call $stream.read<u8> %h #64 #4) #-1) (call $task.return) (call $waits %h))
  (func (export "sink-cb") (param $event i32) (param $h i32) (param i32) (result i32)
    (call $is %event #2) (call $stream.drop-readable<u8> %h) (call $waitable-set.drop (call $context.get)) #0)
  (func (export "fsink") (param $h i32) (result i32)
    (call $is (call $future.read<u8> %h #64) #-1) (call $task.return) (call $waits %h))
  (func (export "fsink-cb") (param $event i32) (param $h i32) (param i32) (result i32)
    (call $is %event #4) (call $future.drop-readable<u8> %h) (call $waitable-set.drop (call $context.get)) #0)
  (func (export "empty") (result i32) (call $context.set (call $waitable-set.new)) (call $wait-on (call $context.get)))
  (func (export "empty-cb") (param $event i32) (param i32) (param i32) (result i32)
    (call $is %event #6) (call $task.cancel) (call $waitable-set.drop (call $context.get)) #0)
  (func (export "until") (param $h i32) (result i32) (call $is (call $future.read<u8> %h #64) #-1) (call $waits %h))
  (func (export "until-cb") (param $event i32) (param $h i32) (param i32) (result i32)
    (call $is %event #4) (call $future.drop-readable<u8> %h) (call $waitable-set.drop (call $context.get)) (call $task.return) #0)
  (func (export "hold") (call $backpressure.inc))
  (func (export "release") (call $backpressure.dec))
part d
"#;

/// The functions of `d` that operations call.
const HELPERS: &str = r#"
  (func $begin (param $slot i32) (param $answer i32) (result i32)
    (i32.store %slot (i32.shr_u %answer #4)) (i32.and %answer #15))
  (func $ends (param $slot i32) (param $pair i64)
    (i32.store %slot (i32.wrap_i64 %pair)) (i32.store offset=64 %slot (i32.wrap_i64 (i64.shr_u %pair (i64.const 32)))))
"#;

/// The composition of a script that one task of `d` does.
pub fn parts(script: &str) -> String {
    format!(
        "{CALLEE}run: async func() -> u32\n{HELPERS}(func (export \"run\") (result i32) {} #1)",
        operations(script).concat()
    )
}

/// Of one whose operations are a task each, for another part calls them.
fn driven(script: &str) -> String {
    let (mut functions, mut code, mut calls) = (String::new(), String::new(), String::new());
    for (index, operation) in operations(script).iter().enumerate() {
        functions += &format!("op{index}: async func()\n");
        code += &format!("(func (export \"op{index}\") {operation})\n");
        calls += &format!("(call $d.op{index}) ");
    }
    let driver = format!("part e\nrun: async func() -> u32\n(func (export \"run\") (result i32) {calls} #1)");
    format!("{CALLEE}{functions}{HELPERS}{code}{driver}")
}

/// The code of each operation. Number n has its readable end or subtask at 4n, its writable end 64
/// bytes further on.
fn operations(script: &str) -> Vec<String> {
    let mut run = Vec::new();
    for operation in script.split_whitespace() {
        let (operation, code) = operation.split_once('=').unwrap_or((operation, ""));
        let (name, rest) = operation.split_at(operation.find(|c: char| c.is_ascii_digit()).unwrap_or(operation.len()));
        let (number, count) = rest.split_once(':').unwrap_or((rest, "0"));
        let slot = number.parse::<u32>().unwrap_or_default() * 4;
        let (rx, tx) = (format!("(i32.load #{slot})"), format!("(i32.load #{})", slot + 64));
        // Of a stream or, with this letter, of a future.
        let (kind, name) = match name.strip_prefix("f.") {
            Some(name) => ("future", name),
            None => ("stream", name),
        };
        let count = if kind == "stream" || name.starts_with("until") { format!("#{count}") } else { String::new() };
        let event = |of_stream: u32| if kind == "stream" { of_stream } else { of_stream + 2 };
        let told = |how: &str, end: &str, event: u32| match code {
            "none" => format!("(call ${how} {end} #0 #0)"),
            _ => format!("(call ${how} {end} #{event} #{code})"),
        };
        run.push(match name {
            "new" => format!("(call $ends #{slot} (call ${kind}.new<u8>))"),
            "write" => format!("(call $is (call ${kind}.write<u8> {tx} #128 {count}) #{code})"),
            "read" => format!("(call $is (call ${kind}.read<u8> {rx} #256 {count}) #{code})"),
            "cancel-write" => format!("(call $is (call ${kind}.cancel-write<u8> {tx}) #{code})"),
            "cancel-read" => format!("(call $is (call ${kind}.cancel-read<u8> {rx}) #{code})"),
            "drop-writer" => format!("(call ${kind}.drop-writable<u8> {tx})"),
            "drop-reader" => format!("(call ${kind}.drop-readable<u8> {rx})"),
            "sink" if kind == "stream" => format!("(call $is (call $async:c.sink {rx}) #2)"),
            "sink" => format!("(call $is (call $async:c.fsink {rx}) #2)"),
            "poll-writer" => told("polls", &tx, event(3)),
            "await-writer" => told("await", &tx, event(3)),
            "poll-reader" => told("polls", &rx, event(2)),
            "await-reader" => told("await", &rx, event(2)),
            "call" => format!("(call $is (call $begin #{slot} (call $async:c.empty)) #{code})"),
            // With the future of that number.
            "until" => {
                let future = count[1..].parse::<u32>().unwrap() * 4;
                format!("(call $is (call $begin #{slot} (call $async:c.until (i32.load #{future}))) #{code})")
            }
            "cancel" => format!("(call $is (call $subtask.cancel {rx}) #{code})"),
            "drop" => format!("(call $subtask.drop {rx})"),
            "await" => format!("(call $await {rx} #1 #{code}) (call $subtask.drop {rx})"),
            "hold" => "(call $c.hold)".into(),
            "release" => "(call $c.release)".into(),
            "is" => format!("(call $is #1 #{code})"),
            _ => panic!("{operation}"),
        });
    }
    run
}

#[test]
fn all_hold_when_another_part_drives() {
    let tries = ROWS.iter().map(|row| {
        let script = row.parts.strip_prefix("script").unwrap();
        std::panic::catch_unwind(|| super::check_parts(row, &driven(script))).err().map(|_| row.situation)
    });
    let failing: Vec<&str> = tries.flatten().collect();
    assert!(failing.is_empty(), "{failing:#?}");
}

rows! {
    nothing: "big-interleaving-test.wast", "nothing is done", "script ", Value(1);
    dropped_unused: "big-interleaving-test.wast", "both ends of a stream are dropped", "script new0 drop-writer0 drop-reader0", Value(1);
    checks_fail: "big-interleaving-test.wast", "a check that fails is noticed", "script is=2", super::Wrong;
    written_first: "big-interleaving-test.wast", "a stream is written, then read, and the writer polls",
        "script new0 write0:4=-1 read0:4=0x40 poll-writer0=0x40 drop-writer0 drop-reader0", Value(1);
    dropped_unused_again: "big-interleaving-test.wast", "the ends of another stream are dropped afterwards",
        "script new0 drop-writer0 drop-reader0 new1 drop-writer1 drop-reader1", Value(1);
    given_away: "big-interleaving-test.wast", "a stream is given to a callee that reads it",
        "script new2 sink2 write2:4=0x40 drop-writer2", Value(1);
    written_first_awaited: "big-interleaving-test.wast", "a stream is written, then read, and the writer waits",
        "script new3 write3:4=-1 read3:4=0x40 await-writer3=0x40 drop-writer3 drop-reader3", Value(1);
    future_written_first: "big-interleaving-test.wast", "a future is written, then read, and the writer polls",
        "script f.new4 f.write4=-1 f.read4=0 f.poll-writer4=0 f.drop-writer4 f.drop-reader4", Value(1);
    future_given_away: "big-interleaving-test.wast", "a future is given to a callee that reads it",
        "script f.new5 f.sink5 f.write5=0 f.drop-writer5", Value(1);
    future_unwritten: "big-interleaving-test.wast", "a future's writable end is dropped unwritten", "script f.new11 f.drop-writer11", Trap;
    two_streams: "big-interleaving-test.wast", "two streams are written, and read in the other order",
        "script new6 new7 write6:4=-1 write7:4=-1 read7:4=0x40 read6:4=0x40 poll-writer6=0x40 poll-writer7=0x40
         drop-writer6 drop-reader6 drop-writer7 drop-reader7", Value(1);
    polled_too_early: "big-interleaving-test.wast", "a writer polls before and waits after the read",
        "script new8 write8:4=-1 poll-writer8=none read8:4=0x40 await-writer8=0x40", Value(1);
    one_given_away: "big-interleaving-test.wast", "one stream is read by a callee, one here",
        "script new9 new10 sink9 write10:4=-1 write9:4=0x40 read10:4=0x40 drop-writer9 poll-writer10=0x40
         drop-writer10 drop-reader10", Value(1);
    eight_streams: "big-interleaving-test.wast", "eight streams are written, and read in another order",
        "script new0 new1 new2 new3 new4 new5 new6 new7 write0:4=-1 write1:4=-1 write2:4=-1 write3:4=-1 write4:4=-1 write5:4=-1
         write6:4=-1 write7:4=-1 read3:4=0x40 read7:4=0x40 read0:4=0x40 read5:4=0x40 read1:4=0x40 read6:4=0x40 read2:4=0x40
         read4:4=0x40 poll-writer0=0x40 poll-writer1=0x40 poll-writer2=0x40 poll-writer3=0x40 poll-writer4=0x40
         poll-writer5=0x40 poll-writer6=0x40 poll-writer7=0x40 drop-writer0 drop-reader0 drop-writer7 drop-reader7", Value(1);
    five_given_away: "big-interleaving-test.wast", "five callees read a stream each, which are written in another order",
        "script new0 new1 new2 new3 new4 sink0 sink1 sink2 sink3 sink4 write2:4=0x40 write4:4=0x40 write0:4=0x40 write3:4=0x40
         write1:4=0x40 drop-writer0 drop-writer1 drop-writer2 drop-writer3 drop-writer4", Value(1);
    streams_and_futures: "big-interleaving-test.wast", "streams and futures are written in turn, and read in another order",
        "script new0 f.new3 new1 f.new4 new2 f.new5 write0:4=-1 f.write3=-1 write1:4=-1 f.write4=-1 write2:4=-1 f.write5=-1
         f.read4=0 read0:4=0x40 f.read3=0 read2:4=0x40 f.read5=0 read1:4=0x40 poll-writer0=0x40 f.poll-writer3=0
         poll-writer1=0x40 f.poll-writer4=0 poll-writer2=0x40 f.poll-writer5=0 drop-writer0 drop-reader0
         f.drop-writer3 f.drop-reader3", Value(1);
    both_given_away: "big-interleaving-test.wast", "streams and futures are given to callees in turn, and written in another order",
        "script new0 new1 f.new2 f.new3 sink0 f.sink2 sink1 f.sink3 f.write2=0 write0:4=0x40 f.write3=0 write1:4=0x40
         drop-writer0 drop-writer1 f.drop-writer2 f.drop-writer3", Value(1);
    used_twice: "big-interleaving-test.wast", "two streams are used twice, in different orders",
        "script new0 new1 write0:4=-1 write1:4=-1 read0:4=0x40 read1:4=0x40 poll-writer0=0x40 poll-writer1=0x40
         write1:4=-1 write0:4=-1 read1:4=0x40 read0:4=0x40 poll-writer1=0x40 poll-writer0=0x40
         drop-writer0 drop-reader0 drop-writer1 drop-reader1", Value(1);
    made_anew: "big-interleaving-test.wast", "two streams are used and dropped, three times, in different orders",
        "script new0 new1 write0:4=-1 write1:4=-1 read0:4=0x40 read1:4=0x40 poll-writer0=0x40 poll-writer1=0x40
         drop-writer0 drop-reader0 drop-writer1 drop-reader1
         new0 new1 write1:4=-1 write0:4=-1 read1:4=0x40 read0:4=0x40 poll-writer1=0x40 poll-writer0=0x40
         drop-writer0 drop-reader0 drop-writer1 drop-reader1
         new0 new1 write0:4=-1 write1:4=-1 read1:4=0x40 read0:4=0x40 poll-writer0=0x40 poll-writer1=0x40
         drop-writer0 drop-reader0 drop-writer1 drop-reader1", Value(1);
    seven_streams: "big-interleaving-test.wast", "three streams of callees among four of one's own",
        "script new0 new1 new2 new3 new4 new5 new6 sink0 sink1 sink2 write3:4=-1 write4:4=-1 write1:4=0x40 write5:4=-1
         write6:4=-1 read5:4=0x40 write0:4=0x40 read3:4=0x40 read6:4=0x40 write2:4=0x40 read4:4=0x40 poll-writer3=0x40
         poll-writer4=0x40 poll-writer5=0x40 poll-writer6=0x40 drop-writer3 drop-reader3 drop-writer0 drop-writer1 drop-writer2",
        Value(1);
    four_awaited: "big-interleaving-test.wast", "four streams are written and read, and each is waited for",
        "script new0 new1 new2 new3 write0:4=-1 write1:4=-1 write2:4=-1 write3:4=-1 read0:4=0x40 read1:4=0x40 read2:4=0x40
         read3:4=0x40 await-writer0=0x40 await-writer1=0x40 await-writer2=0x40 await-writer3=0x40", Value(1);
    all_kinds: "big-interleaving-test.wast", "streams and futures of callees among such of one's own",
        "script new0 new1 f.new2 f.new3 new4 new5 f.new6 f.new7 sink0 f.sink2 sink1 f.sink3 write4:4=-1 f.write6=-1
         write5:4=-1 f.write7=-1 f.write2=0 read4:4=0x40 write0:4=0x40 f.read6=0 f.write3=0 read5:4=0x40 write1:4=0x40
         f.read7=0 poll-writer4=0x40 poll-writer5=0x40 f.poll-writer6=0 f.poll-writer7=0 drop-writer4 drop-reader4
         f.drop-writer6 f.drop-reader6 drop-writer0 drop-writer1 f.drop-writer2 f.drop-writer3", Value(1);
    polled_in_turn: "big-interleaving-test.wast", "five streams are written, and polled before and after each is read",
        "script new0 new1 new2 new3 new4 write0:4=-1 write1:4=-1 write2:4=-1 write3:4=-1 write4:4=-1 poll-writer0=none
         poll-writer1=none poll-writer2=none poll-writer3=none poll-writer4=none read2:4=0x40 poll-writer2=0x40
         poll-writer0=none read0:4=0x40 poll-writer0=0x40 poll-writer4=none read4:4=0x40 poll-writer4=0x40 poll-writer1=none
         read1:4=0x40 poll-writer1=0x40 poll-writer3=none read3:4=0x40 poll-writer3=0x40 drop-writer0 drop-reader0", Value(1);
    read_by_halves: "big-interleaving-test.wast", "a write of eight bytes is read by halves, and told once",
        "script new0 write0:8=-1 read0:4=0x40 read0:4=0x40 poll-writer0=0x80 drop-writer0 drop-reader0", Value(1);
    written_while_writing: "big-interleaving-test.wast", "a stream is written while a write is blocked",
        "script new0 write0:4=-1 write0:4=-1", Trap;
    written_too_much: "big-interleaving-test.wast", "twelve bytes are written to a reader of four",
        "script new0 sink0 write0:12=0x40 drop-writer0", Value(1);
    reader_dropped: "big-interleaving-test.wast", "a readable end is dropped while a write is blocked",
        "script new0 write0:4=-1 drop-reader0 poll-writer0=1 drop-writer0", Value(1);
    dropped_while_writing: "big-interleaving-test.wast", "a writable end is dropped while its write is blocked",
        "script new0 write0:4=-1 drop-writer0", Trap;
    read_after_the_end: "big-interleaving-test.wast", "a stream is read whose writer went",
        "script new0 drop-writer0 read0:4=1 drop-reader0", Value(1);
    read_first_polled: "big-interleaving-test.wast", "a stream is read, then written, and the reader polls",
        "script new0 read0:8=-1 write0:4=0x40 poll-reader0=0x40 drop-writer0 drop-reader0", Value(1);
    read_first_awaited: "big-interleaving-test.wast", "a stream is read, then written, and the reader waits",
        "script new0 read0:8=-1 write0:4=0x40 await-reader0=0x40 drop-writer0 drop-reader0", Value(1);
    writer_dropped: "big-interleaving-test.wast", "a writable end is dropped while a read is blocked",
        "script new0 read0:4=-1 drop-writer0 poll-reader0=1 drop-reader0", Value(1);
    nothing_written_and_read: "big-interleaving-test.wast", "nothing is written, then nothing read: the reader waits, until the writer goes",
        "script new0 write0:0=-1 read0:0=-1 poll-writer0=0 drop-writer0 poll-reader0=1 drop-reader0", Value(1);
    half_read_and_told: "big-interleaving-test.wast", "a write is told after half of it was read: the next read blocks",
        "script new0 write0:8=-1 read0:4=0x40 poll-writer0=0x40 read0:4=-1 cancel-read0=2 drop-writer0 drop-reader0", Value(1);
    half_read_and_cancelled: "big-interleaving-test.wast", "a write is cancelled after half of it was read",
        "script new0 write0:8=-1 read0:4=0x40 cancel-write0=0x40 drop-writer0 drop-reader0", Value(1),
        engine: Differs(super::Wrong, "CANCELLED with the count, as the specification's own test has it");
    write_cancelled: "big-interleaving-test.wast", "a write is cancelled",
        "script new0 write0:4=-1 cancel-write0=2 drop-writer0 drop-reader0", Value(1);
    read_cancelled: "big-interleaving-test.wast", "a read is cancelled",
        "script new0 read0:4=-1 cancel-read0=2 drop-writer0 drop-reader0", Value(1);
    half_written_and_cancelled: "big-interleaving-test.wast", "a read is cancelled after half of it was written",
        "script new0 read0:8=-1 write0:4=0x40 cancel-read0=0x40 drop-writer0 drop-reader0", Value(1),
        engine: Differs(super::Wrong, "CANCELLED with the count, as the specification's own test has it");
    futures_cancelled: "big-interleaving-test.wast", "a write and a read of futures are cancelled",
        "script f.new0 f.write0=-1 f.cancel-write0=2 f.drop-reader0 f.new1 f.read1=-1 f.cancel-read1=2 f.drop-reader1", Value(1);
    call_cancelled: "big-interleaving-test.wast", "a callee that waits is cancelled", "script call0=1 cancel0=4 drop0", Value(1);
    call_dropped: "big-interleaving-test.wast", "a subtask is dropped while its callee waits", "script call0=1 drop0", Trap;
    call_ends: "big-interleaving-test.wast", "a callee returns when a future is written",
        "script f.new0 until1:0=1 f.write0=0 await1=2 f.drop-writer0", Value(1);
    calls_cancelled: "big-interleaving-test.wast", "three callees are cancelled in another order",
        "script call0=1 call1=1 call2=1 cancel2=4 cancel0=4 cancel1=4 drop0 drop1 drop2", Value(1);
    held_back: "big-interleaving-test.wast", "a call that is held back is cancelled before it starts",
        "script hold call0=0 cancel0=3 drop0 release", Value(1);
    held_back_twice: "big-interleaving-test.wast", "backpressure counts",
        "script hold hold call0=0 cancel0=3 drop0 release call1=0 cancel1=3 drop1 release call2=1 cancel2=4 drop2", Value(1);
}
