//! Programs of WASI 0.3, as real toolchains make them, run natively on a host that has only WASI
//! 0.3, and translated on a host that has only WASI 0.2 and whose engine does not know the async
//! component model; and translated and wrapped for 0.3 again, on the first host again. What they
//! print, return and leave in their directories must be the same. With the feature `wasmtime36`
//! they also run on an engine that predates 0.3.

use crate::support::case::{Case, Seen, hold_composed, hold_on_the_newest};
use crate::support::{Host, Stdin, Stdout};
use std::path::Path;

/// Translated, on the host of 0.2.
const TRANSLATED: &[Host] = &[Host::Only02];
/// The same, on an engine that predates 0.3.
#[cfg(feature = "wasmtime36")]
const OLDER: &[Host] = &[Host::Older];
/// Translated, and the result wrapped for 0.3 again.
const BACK: &[Host] = &[Host::Only02, Host::Only03];

fn case(fixture: &'static str, args: &'static [&'static str]) -> Case {
    Case::new(Host::Only03, fixture, args).in_process()
}

/// Through the `wasip3` crate.
fn rust(args: &'static [&'static str]) -> Case {
    case("direct-p3", args)
}

/// … what has to do with files.
fn files(args: &'static [&'static str]) -> Case {
    case("files-p3", args)
}

/// By `wit-bindgen c`, with a callback.
fn c(args: &'static [&'static str]) -> Case {
    case("c-p3-callback", args)
}

/// By `wit-bindgen c --sync all`.
fn c_sync(args: &'static [&'static str]) -> Case {
    case("c-p3-sync", args)
}

/// By `wit_bindgen::generate!` with `async: false`.
fn bindgen(args: &'static [&'static str]) -> Case {
    case("bindgen-p3", args)
}

/// The difference of wasmtime 36.
const DIRECTORY: (&str, fn(&mut Seen, &mut Seen)) =
    ("wasmtime 36 refuses to read a directory as a stream with another error", |native, translated| {
        told_otherwise(native, translated, "IsDirectory", "BadDescriptor");
    });

/// The translated program says `there` where the native one says `here`, once.
fn told_otherwise(native: &Seen, translated: &mut Seen, here: &str, there: &str) {
    assert_eq!(native.stdout().matches(here).count(), 1);
    assert_eq!(translated.stdout(), native.stdout().replace(here, there));
    translated.outcome.stdout = native.outcome.stdout.clone();
}

/// The known differences there, and their reasons.
const NEWEST: &[(&str, &str)] =
    &[("output::return_while_writing_slow", "a pipe takes more than the slow reader within the process")];

macro_rules! cases {
    ($($module:ident { $($name:ident: $case:expr;)* })*) => {
        $(mod $module {
            use super::*;
            $(#[test] fn $name() { $case.holds(TRANSLATED) })*
            #[cfg(feature = "wasmtime36")]
            mod on_an_older_engine {
                use super::*;
                $(#[test] fn $name() { $case.holds(OLDER) })*
            }
            mod and_back {
                use super::*;
                $(#[test] fn $name() { $case.holds(BACK) })*
            }
        })*

        #[test]
        fn all_hold_composed() {
            let all = vec![$($((concat!(stringify!($module), "::", stringify!($name)), $case)),*),*];
            hold_composed(all);
        }

        #[test]
        fn all_hold_on_the_newest_wasmtime() {
            let all = vec![$($((concat!(stringify!($module), "::", stringify!($name)), $case)),*),*];
            hold_on_the_newest(all, NEWEST);
        }
    };
}

const TEXT: &str = "first line\nsecond line\n\nlast line, ünïcode, without an end";
const SEVERAL: &str = "00 01 02 03 04 10 11 12 13 14 20 21 22 23 24 \n\
                       [(4, Ok(())), (3, Ok(())), (2, Ok(())), (1, Ok(())), (0, Ok(()))]\n";
const MIB10: usize = 10 << 20;
const WORK: &[&str] = &["/work"];

cases! {
    by_hand {
        hello: case("hello-p3", &[]);
    }
    run {
        returns_ok: rust(&["ok"]);
        returns_err: rust(&["err"]).code(1);
        returns_err_after_output: rust(&["err-after-output"]).code(1);
        exit_ok: rust(&["exit-ok"]);
        exit_err: rust(&["exit-err"]).code(1);
        exit_with_code: rust(&["exit-code", "33"]).code(33);
        exit_with_code_0: rust(&["exit-code", "0"]);
        arguments: rust(&["arguments", "", "two words", "ünïcode 𝄞", "\\n\n"]);
        no_arguments: rust(&["arguments"]);
        environment: rust(&["environment"]).env(&[("A", "1"), ("EMPTY", ""), ("Ü", "x=y")]);
        no_environment: rust(&["environment"]);
        cwd: rust(&["cwd"]);
        terminals: rust(&["terminals"]);
        random: rust(&["random"]);
        clocks: rust(&["clocks"]);
        text: rust(&["text", "Straße"]);
        trap_after_output: rust(&["trap-after-output"]).traps();
    }
    tasks {
        timers: rust(&["timers"]);
        kinds_of_timers: rust(&["timer-kinds"]);
        many_timers: rust(&["many-timers"]);
        select: rust(&["select-timers"]);
        cancelled: rust(&["cancelled-timers"]);
        spawned: rust(&["spawned"]);
        spawned_and_cancelled: rust(&["spawned-and-cancelled"]);
        not_awaited: rust(&["not-awaited"]);
        yields: rust(&["yield"]);
        block_on: rust(&["block-on"]);
        block_on_beside_a_task: rust(&["block-on-beside"]);
    }
    stdin {
        cat_pipe: rust(&["cat"]).stdin(Stdin::Pipe(TEXT));
        cat_file: rust(&["cat"]).stdin(Stdin::File(TEXT));
        cat_nothing: rust(&["cat"]);
        cat_empty_file: rust(&["cat"]).stdin(Stdin::File(""));
        cat_slow: rust(&["cat"]).stdin(Stdin::Slow(30, &["a", "bc\n", "def\nghi", "\n"]));
        cat_10_mb: rust(&["cat", "65536"]).stdin(Stdin::Large(MIB10));
        cat_10_mb_of_a_file: rust(&["cat", "65536"]).stdin(Stdin::LargeFile(MIB10));
        cat_small_reads: rust(&["cat", "7"]).stdin(Stdin::LargeFile(5_000));
        cat_large_reads: rust(&["cat", "1000000"]).stdin(Stdin::LargeFile(3_000_000));
        cat_to_a_slow_reader: rust(&["cat"]).stdin(Stdin::LargeFile(600_000)).stdout(Stdout::Slow);
        cat_to_a_slow_pipe: rust(&["cat"]).stdin(Stdin::Large(600_000)).stdout(Stdout::Slow);
        cat_through_a_task: rust(&["cat-spawned"]).stdin(Stdin::Large(1_000_000));
        cat_through_a_task_slow: rust(&["cat-spawned"]).stdin(Stdin::Slow(20, &["a", "bc\n", "d"]));
        hand_on_pipe: rust(&["hand-on"]).stdin(Stdin::Pipe(TEXT));
        hand_on_nothing: rust(&["hand-on"]);
        hand_on_slow: rust(&["hand-on"]).stdin(Stdin::Slow(20, &["a", "bc\n", "d"]));
        hand_on_10_mb: rust(&["hand-on"]).stdin(Stdin::Large(MIB10));
        hand_on_10_mb_of_a_file: rust(&["hand-on"]).stdin(Stdin::LargeFile(MIB10));
        hand_on_to_a_slow_reader: rust(&["hand-on"]).stdin(Stdin::LargeFile(600_000)).stdout(Stdout::Slow);
        hand_on_to_a_slow_pipe: rust(&["hand-on"]).stdin(Stdin::Large(600_000)).stdout(Stdout::Slow);
        hand_on_the_rest: rust(&["hand-on-rest"]).stdin(Stdin::File(TEXT));
        hand_on_unwatched: rust(&["hand-on-unwatched"]).stdin(Stdin::File(TEXT));
        hand_on_beside: rust(&["hand-on-beside"]).stdin(Stdin::Slow(50, &["a", "b"]));
        collect: rust(&["collect"]).stdin(Stdin::Large(300_001));
        sum: rust(&["sum"]).stdin(Stdin::LargeFile(3_000_001));
        one_by_one: rust(&["one-by-one"]).stdin(Stdin::File(TEXT));
        after_the_end: rust(&["after-the-end"]).stdin(Stdin::File("abc"));
        after_the_end_of_nothing: rust(&["after-the-end"]);
        after_the_end_of_a_pipe: rust(&["after-the-end"]).stdin(Stdin::Pipe("abc"));
        read_after_the_end: rust(&["read-after-the-end"]).stdin(Stdin::File("abc")).traps();
        read_nothing_of_a_file: rust(&["read-nothing"]).stdin(Stdin::File("abc"));
        read_nothing: rust(&["read-nothing"]).stdin(Stdin::Silent).differs(
            "wasmtime says of standard input at once that nothing was read, which tells nothing; R when there is something",
            |native, translated| {
                assert_eq!((native.stdout(), translated.stdout()), ("Complete(0)\n", "not ready\n"));
                translated.outcome.stdout = native.outcome.stdout.clone();
            },
        );
        in_turn: rust(&["in-turn"]).stdin(Stdin::File("0123456789"));
        unread: rust(&["unread"]).stdin(Stdin::Silent);
        unread_file: rust(&["unread", "and read"]).stdin(Stdin::File("0123456789"));
        future_first: rust(&["future-first"]).stdin(Stdin::LargeFile(100_000));
        future_first_slow: rust(&["future-first"]).stdin(Stdin::Slow(20, &["a", "b"]));
        read_or_timer: rust(&["read-or-timer"]).stdin(Stdin::SlowOnceReady(300, &["first", " and rest"]));
        read_loses: rust(&["read-loses"]).stdin(Stdin::Silent);
    }
    output {
        big: rust(&["big", "10485760"]);
        big_in_small_writes: rust(&["big", "100000", "100"]);
        big_to_a_slow_reader: rust(&["big", "700000"]).stdout(Stdout::Slow);
        big_at_once: rust(&["big-at-once", "10485760"]);
        big_at_once_to_a_slow_reader: rust(&["big-at-once", "700000"]).stdout(Stdout::Slow);
        single_writes: rust(&["single-writes"]);
        both: rust(&["both"]).stdout(Stdout::Shared);
        both_apart: rust(&["both"]);
        several_streams: rust(&["several-streams"]);
        nothing: rust(&["nothing"]);
        before_the_reader: rust(&["before-the-reader"]);
        unwatched: rust(&["unwatched"]);
        return_with_open_stream: rust(&["return-with-open-stream"]);
        return_with_open_stream_large: rust(&["return-with-open-stream", "300000"]);
        return_with_open_stream_slow: rust(&["return-with-open-stream", "300000"]).stdout(Stdout::Slow);
        return_while_writing: rust(&["return-while-writing"]);
        exit_with_open_stream: rust(&["exit-with-open-stream"]);
        exit_err_with_open_stream: rust(&["exit-with-open-stream", "1000", "1"]).code(1);
        exit_code_with_open_stream: rust(&["exit-with-open-stream", "300000", "7"]).code(7);
        exit_code_with_open_stream_slow: rust(&["exit-with-open-stream", "300000", "7"]).code(7).stdout(Stdout::Slow);
        exit_while_writing: rust(&["exit-while-writing"]).code(5);
        exit_while_writing_slow: rust(&["exit-while-writing", "300000"]).code(5).stdout(Stdout::Slow).differs(
            "what wasmtime has not taken of a pending write is lost when the program exits; translated, all of it is out",
            |native, translated| {
                assert!(translated.outcome.stdout == crate::support::pattern(300_000));
                assert!(translated.outcome.stdout.starts_with(&native.outcome.stdout));
                translated.outcome.stdout = native.outcome.stdout.clone();
            },
        );
        return_while_writing_slow: rust(&["return-while-writing", "300000"]).stdout(Stdout::Slow).differs(
            "how much of a write has been taken when it is cancelled depends on the host",
            |native, translated| {
                for seen in [native, translated] {
                    let written = std::mem::take(&mut seen.outcome.stdout);
                    assert!(written.len() < 300_000 && crate::support::pattern(300_000).starts_with(&written));
                }
            },
        );
        several_streams_slow: rust(&["several-streams"]).stdout(Stdout::Slow);
        until_closed: rust(&["until-closed"]).stdout(Stdout::Closed(100_000)).differs_on_older(
            "wasmtime 36 reports a closed pipe as any other error",
            |native, translated| {
                assert_eq!(translated.outcome.stderr, native.outcome.stderr.replace("ErrorCode::Pipe", "ErrorCode::Io"));
                translated.outcome.stderr = native.outcome.stderr.clone();
            },
        );
        cancelled_write: rust(&["cancelled-write"]).stdout(Stdout::Slow);
        concurrent: rust(&["concurrent"]);
    }
    ends {
        pair: rust(&["pair"]);
        dropped: rust(&["pair-dropped"]);
        cancelled: rust(&["pair-cancelled"]);
        bulk: rust(&["pair-bulk"]);
        bulk_10_mb: rust(&["pair-bulk", "10485760"]);
        single: rust(&["pair-single"]);
        other_payloads: rust(&["pair-other"]);
        futures: rust(&["futures"]);
        write_after_the_end: rust(&["write-after-the-end-trap"]).traps();
        future_of_other_payload: rust(&["future-trap"]).traps();
        entries_of_the_program: rust(&["entries-trap"]).traps();
    }
    files {
        preopens: files(&["preopens"]).dirs(&["/work", "second", "/a/b"]);
        no_preopens: files(&["preopens"]);
        streams: files(&["streams"]).dirs(WORK);
        append: files(&["append"]).dirs(WORK);
        large: files(&["large"]).dirs(WORK);
        large_small_reads: files(&["large", "100000", "1000"]).dirs(WORK);
        copy: files(&["copy"]).dirs(WORK).stdin(Stdin::LargeFile(500_000));
        copy_slow: files(&["copy"]).dirs(WORK).stdin(Stdin::Slow(20, &["a", "b"]));
        several: files(&["several"]).dirs(WORK);
        stream_dropped: files(&["stream-dropped"]).dirs(WORK);
        stream_errors: files(&["stream-errors"]).dirs(WORK).differs_on_older(DIRECTORY.0, DIRECTORY.1);
        stream_error_first: files(&["stream-error-first"]).dirs(WORK).differs_on_older(DIRECTORY.0, DIRECTORY.1);
        listing_error_first: files(&["listing-error-first"]).dirs(WORK);
        full: files(&["full"]).dirs(WORK).machine("/dev", "/dev");
        left_open: files(&["left-open"]).dirs(WORK);
        trap_keeps_what_was_written: files(&["trap"]).dirs(WORK).traps();
    }
    paths {
        stat: files(&["stat"]).dirs(WORK);
        times: files(&["times"]).dirs(WORK);
        times_before_1970: files(&["times-before-1970"]).dirs(WORK).differs(
            "WASI 0.2 has no times before 1970: they are refused as `overflow`",
            |native, translated| {
                assert_eq!(native.stdout(), "Ok(())\nOk(())\nSome((-100, 0))\nOk(())\n");
                let overflow = "Err(ErrorCode::Overflow)";
                let text = format!("Ok(())\n{overflow}\nSome((1600000000, 0))\n{overflow}\n");
                assert_eq!(translated.stdout(), text);
                translated.outcome.stdout = native.outcome.stdout.clone();
                for seen in [native, translated] {
                    seen.files[0].remove(Path::new("old")).expect("the file");
                }
            },
        );
        links: files(&["links"]).dirs(WORK);
        rename: files(&["rename"]).dirs(WORK);
        directories: files(&["directories"]).dirs(WORK);
        listing: files(&["listing"]).dirs(WORK);
        size: files(&["size"]).dirs(WORK);
        flags: files(&["flags"]).dirs(WORK);
        same_object: files(&["same"]).dirs(WORK);
        errors: files(&["errors"]).dirs(WORK);
        names: files(&["names"]).dirs(WORK);
    }
    c_with_a_callback {
        cat: c(&["cat"]).stdin(Stdin::LargeFile(100_000));
        cat_slow: c(&["cat"]).stdin(Stdin::Slow(20, &["a", "bc\n", "d"]));
        cat_nothing: c(&["cat"]);
        timers: c(&["timers"]);
        select: c(&["select"]).stdin(Stdin::Silent);
        yields: c(&["yields"]);
        returns_early: c(&["early"]);
        sets: c(&["sets"]);
        codes: c(&["codes"]).differs(
            "of a copy that is cancelled after it has moved something the Canonical ABI says `completed`, wasmtime `cancelled`",
            |native, translated| {
                let mut text = native.stdout().to_string();
                for what in ["write, cancelled: ", "read, cancelled: "] {
                    let other = text.replace(&format!("{what}cancelled"), &format!("{what}completed"));
                    assert_ne!(text, other);
                    text = other;
                }
                assert_eq!(translated.stdout(), text);
                translated.outcome.stdout = native.outcome.stdout.clone();
            },
        );
        write_first: c(&["write-first"]);
        context: c(&["context"]);
        files: c(&["files"]).dirs(WORK);
        exit: c(&["exit"]).code(3);
        fails: c(&["fail"]).code(1);
        drops_a_set_with_members: c(&["trap-set"]).traps();
        drops_an_unresolved_subtask: c(&["trap-subtask"]).traps();
        drops_a_busy_stream: c(&["trap-busy"]).traps();
        reads_twice_at_once: c(&["trap-two-reads"]).traps();
        cancels_nothing: c(&["trap-idle"]).traps();
        breaks_a_promise: c(&["trap-promise"]).traps();
        has_no_such_handle: c(&["trap-handle"]).traps();
        mistakes_a_handle: c(&["trap-kind"]).traps();
        returns_twice: c(&["trap-returns-twice"]).traps();
        never_returns: c(&["trap-never-returns"]).traps();
    }
    c_synchronous {
        timers: c_sync(&["timers"]);
        cat: c_sync(&["cat"]).stdin(Stdin::LargeFile(100_000));
        cat_slow: c_sync(&["cat"]).stdin(Stdin::Slow(20, &["a", "bc\n", "d"]));
        cat_yielding: c_sync(&["cat-yielding"]).stdin(Stdin::Slow(20, &["a", "bc\n", "d"]));
        files: c_sync(&["files"]).dirs(WORK).differs_on_older(DIRECTORY.0, |native, translated| {
            told_otherwise(native, translated, "\"\" 13\n", "\"\" 2\n");
        });
        environment: c_sync(&["environment", "", "ünïcode 𝄞"]).env(&[("A", "1"), ("Ü", "x=y")]);
        exit: c_sync(&["exit"]).code(4);
        fails: c_sync(&["fail"]).code(1);
        utf16: case("c-p3-utf16", &["größer", "𝄞", ""]).env(&[("Ü", "日本")]).dirs(WORK);
    }
    bindgen_synchronous {
        timers: bindgen(&["timers"]);
        cat: bindgen(&["cat"]).stdin(Stdin::LargeFile(100_000));
        cat_slow: bindgen(&["cat"]).stdin(Stdin::Slow(20, &["a", "bc\n", "d"]));
        select: bindgen(&["select"]).stdin(Stdin::Silent);
        spawned: bindgen(&["spawned"]);
        files: bindgen(&["files"]).dirs(WORK);
        numbers: bindgen(&["numbers"]);
        units: bindgen(&["units"]);
        futures: bindgen(&["futures"]);
        string_within_the_program: bindgen(&["string-trap"]).traps();
        fails: bindgen(&["fail"]).code(1);
        exit: bindgen(&["exit"]).code(1);
    }
}

/// The texts of some programs are fixed as well, so that equal nonsense on both hosts is no
/// success.
#[test]
fn they_say_what_they_should() {
    let says = |case: Case, stdout| case.says(TRANSLATED, stdout);
    says(rust(&["cat"]).stdin(Stdin::File(TEXT)), TEXT);
    says(rust(&["timers"]), "[30, 60, 90]\ntrue\n");
    says(rust(&["spawned"]), "waiting\n42\n");
    says(rust(&["several-streams"]), SEVERAL);
    says(c(&["timers"]), "2 2 2\n");
    says(bindgen(&["units"]), "(0, 1000)\n10\n()\n");
}

/// No host has a timezone, so there is nothing to compare with.
#[test]
fn timezone_is_unknown() {
    let seen = case("c-p3-timezone", &[]).run(TRANSLATED);
    assert_eq!(seen.stdout(), "id: 0\noffset: 0\ntext: UTC\n");
}
