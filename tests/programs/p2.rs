//! Every program runs natively on a host that has only WASI 0.2, and wrapped on a host that has
//! only WASI 0.3; and wrapped and translated back, on the first host again. What it prints, returns
//! and leaves in its directories must be the same.

use crate::support::case::{Case, Seen, hold_composed, hold_on_the_newest};
use crate::support::{Entry, Host, Stdin, Stdout, run_on, wrapped_for};
use std::path::PathBuf;

/// Wrapped, on the host of 0.3.
const WRAPPED: &[Host] = &[Host::Only03];
/// Wrapped, and the result translated back to 0.2.
const BACK: &[Host] = &[Host::Only03, Host::Only02];

fn case(fixture: &'static str, args: &'static [&'static str]) -> Case {
    Case::new(Host::Only02, fixture, args).in_process()
}

/// In a process of its own, which a host that drops what is not out yet ends with.
fn process(fixture: &'static str, args: &'static [&'static str]) -> Case {
    Case::new(Host::Only02, fixture, args)
}

fn says(case: Case, stdout: &str) {
    case.says(WRAPPED, stdout);
}

/// The known differences there, and their reasons.
const NEWEST: &[(&str, &str)] = &[];

macro_rules! cases {
    ($($module:ident { $($name:ident: $case:expr;)* })*) => {
        $(mod $module {
            use super::*;
            $(#[test] fn $name() { $case.holds(WRAPPED) })*
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

const TEXT: &str = "first line\nsecond line\n\nlast line without an end";
const MIB10: usize = 10 << 20;
const WORK: &[&str] = &["/work"];

cases! {
    rust_std {
        hello: case("std-cli", &["hello"]);
        no_arguments: case("std-cli", &[]);
        arguments: case("std-cli", &["args", "", "two words", "--flag=1", "ünïcode 𝄞", "\\n\n"]);
        environment: case("std-cli", &["env"]).env(&[("A", "1"), ("EMPTY", ""), ("Ü", "x=y"), ("PATH", "/nowhere")]);
        no_environment: case("std-cli", &["env"]);
        cat_pipe: case("std-cli", &["cat"]).stdin(Stdin::Pipe(TEXT));
        cat_file: case("std-cli", &["cat"]).stdin(Stdin::File(TEXT));
        cat_nothing: case("std-cli", &["cat"]);
        cat_empty_file: case("std-cli", &["cat"]).stdin(Stdin::File(""));
        cat_slow: case("std-cli", &["cat"]).stdin(Stdin::Slow(40, &["a", "bc\n", "def\nghi", "\n"]));
        cat_10_mb: case("std-cli", &["cat"]).stdin(Stdin::Large(MIB10));
        cat_10_mb_of_a_file: case("std-cli", &["cat"]).stdin(Stdin::LargeFile(MIB10));
        cat_1_mb_to_a_slow_reader: case("std-cli", &["cat"]).stdin(Stdin::Large(1 << 20)).stdout(Stdout::Slow);
        lines: case("std-cli", &["lines"]).stdin(Stdin::Slow(30, &["one\ntw", "o\nthree"]));
        first_line_of_an_open_pipe: case("std-cli", &["first-line"]).stdin(Stdin::Slow(300, &["x\nmore"]));
        silent_stdin_unused: case("std-cli", &["hello"]).stdin(Stdin::Silent);
        count: case("std-cli", &["count"]).stdin(Stdin::Large(3_000_001));
        big_output: case("std-cli", &["big", "10485760"]);
        output_to_a_slow_reader: case("std-cli", &["big", "700000"]).stdout(Stdout::Slow);
        interleaved: case("std-cli", &["interleave", "300"]).stdout(Stdout::Shared);
        separate: case("std-cli", &["interleave", "300"]);
        exit_0: case("std-cli", &["exit", "0"]);
        exit_1: case("std-cli", &["exit", "1"]).code(1);
        exit_42: case("std-cli", &["exit", "42"]).code(1);
        exit_unflushed: case("std-cli", &["exit-unflushed"]).code(1);
        return_code: case("std-cli", &["return-code", "17"]).code(1);
        unknown: case("std-cli", &["no such thing"]).code(1);
        panic: case("std-cli", &["panic"]).traps();
        abort: case("std-cli", &["abort"]).traps();
        sleep: case("std-cli", &["sleep", "50"]);
        clocks: case("std-cli", &["clocks"]);
        random: case("std-cli", &["random"]);
    }
    rust_files {
        write: case("std-fs", &["write", "/work"]).dirs(WORK);
        append: case("std-fs", &["append", "/work"]).dirs(WORK);
        seek: case("std-fs", &["seek", "/work"]).dirs(WORK);
        truncate: case("std-fs", &["truncate", "/work"]).dirs(WORK);
        stat: case("std-fs", &["stat", "/work"]).dirs(WORK);
        times: case("std-fs", &["times", "/work"]).dirs(WORK);
        rename: case("std-fs", &["rename", "/work"]).dirs(WORK);
        links: case("std-fs", &["links", "/work"]).dirs(WORK);
        read_directory: case("std-fs", &["read-directory", "/work"]).dirs(WORK);
        tree: case("std-fs", &["tree", "/work"]).dirs(WORK);
        errors: case("std-fs", &["errors", "/work"]).dirs(WORK);
        large: case("std-fs", &["large", "/work"]).dirs(WORK);
        copy_stdin: case("std-fs", &["copy-stdin", "/work"]).dirs(WORK).stdin(Stdin::Large(500_000));
        several_preopens: case("std-fs", &["two"]).dirs(&["/one", "/two"]);
        no_preopen: case("std-fs", &["none"]);
        exit_with_open_file: case("std-fs", &["leave-open", "/work"]).dirs(WORK).code(1);
        trap_keeps_what_was_written: case("std-fs", &["trap", "/work"]).dirs(WORK).traps();
        returns_an_error: case("std-fs", &["write", "/missing"]).dirs(WORK).code(1);
    }
    c {
        stdio: case("c-stdio", &["a", "b c"]).env(&[("NAME", "value")]).stdin(Stdin::Pipe(TEXT));
        stdio_shared: case("c-stdio", &[]).stdin(Stdin::Slow(20, &["a\n", "b\nc", "\n"])).stdout(Stdout::Shared);
        stdio_fails: case("c-stdio", &["fail"]).code(1);
        files: case("c-files", &["/work"]).dirs(WORK);
        files_without_a_directory: case("c-files", &["/work"]).code(1);
        polling: case("c-polling", &[]).stdin(Stdin::SlowOnceReady(70, &["abc", "def\n"]));
        polling_file: case("c-polling", &[]).stdin(Stdin::File("abc"));
    }
    hand_written {
        hello: case("hello", &[]);
        prints_in_init: case("init", &[]);
        sleeps_in_init: case("init-sleep", &[]);
        two_patch_versions: case("two-versions", &[]);
    }
    run {
        returns_ok: case("direct", &["ok"]);
        returns_err: case("direct", &["err"]).code(1);
        exit_ok: case("direct", &["exit-ok"]);
        exit_err: case("direct", &["exit-err"]).code(1);
        exit_with_code: case("direct", &["exit-code", "33"]).code(33);
        exit_with_code_0: case("direct", &["exit-code", "0"]);
        cwd: case("direct", &["cwd"]);
        terminals: case("direct", &["terminals"]);
        random: case("direct", &["random"]);
    }
    output {
        nonblocking: case("direct", &["write-nonblocking"]);
        nonblocking_to_a_slow_reader: case("direct", &["write-nonblocking", "800000"]).stdout(Stdout::Slow);
        returns_with_unflushed: case("direct", &["write-and-return"]);
        returns_with_unflushed_to_a_slow_reader: process("direct", &["write-and-return", "800000"]).stdout(Stdout::Slow);
        returns_with_3_mb: case("direct", &["write-and-return", "3000000"]);
        exits_with_unflushed: case("direct", &["write-and-exit"]).code(9);
        exits_with_unflushed_to_a_slow_reader: process("direct", &["write-and-exit", "800000"]).code(9).stdout(Stdout::Slow);
        trap_keeps_flushed: case("direct", &["write-and-trap"]).traps();
        blocking_sizes: case("direct", &["blocking"]);
        several_handles: case("direct", &["handles"]);
        both_in_order: case("direct", &["both"]).stdout(Stdout::Shared);
        zeroes: case("direct", &["zeroes"]);
        subscribe: case("direct", &["subscribe-output"]);
        splice: case("direct", &["splice"]).stdin(Stdin::Large(100_000));
        splice_file: case("direct", &["splice"]).stdin(Stdin::LargeFile(100_000));
        splice_nothing: case("direct", &["splice"]);
        splice_nonblocking: case("direct", &["splice-nonblocking"]).stdin(Stdin::Large(1_000_000));
        without_a_permit: case("direct", &["no-permit"]);
        over_the_permit: process("direct", &["over-permit"]);
        reader_goes_away: case("direct", &["until-closed"]).stdout(Stdout::Closed(100_000));
    }
    polling {
        timer: case("direct", &["timer"]);
        past: case("direct", &["past"]).differs(
            "on wasmtime a 0.2 deadline that has passed is ready only when asked a second time",
            |native, wrapped| {
                let first = |seen: &mut Seen| {
                    let text = String::from_utf8(std::mem::take(&mut seen.outcome.stdout)).unwrap();
                    let (first, rest) = text.split_once(' ').unwrap();
                    assert_eq!(rest, "true\ndone\n");
                    first.to_string()
                };
                assert_eq!((first(native).as_str(), first(wrapped).as_str()), ("false", "true"));
            },
        );
        timers: case("direct", &["timers"]);
        dropped_timer: case("direct", &["dropped-timer"]);
        busy: case("direct", &["busy"]);
        busy_stdin: case("direct", &["busy-stdin"]).stdin(Stdin::Slow(100, &["at last"]));
        busy_read: case("direct", &["busy-read"]).stdin(Stdin::Slow(50, &["one ", "two ", "three"]));
        duplicates: case("direct", &["duplicates"]);
        many: case("direct", &["many"]);
        stdin_and_timer: case("direct", &["stdin-and-timer", "4"]).stdin(Stdin::SlowOnceReady(90, &["a\n", "b\n"]));
        stdin_file_and_timer: case("direct", &["stdin-and-timer", "0"]).stdin(Stdin::File("a\nb\n"));
        stdin_nothing_and_timer: case("direct", &["stdin-and-timer", "0"]);
        wall_clock: case("direct", &["wall"]);
        sleep_loop: case("direct", &["sleep-loop"]);
    }
    stdin {
        cat: case("direct", &["cat"]).stdin(Stdin::Large(300_000));
        cat_small_reads: case("direct", &["cat", "7"]).stdin(Stdin::Large(5_000));
        cat_large_reads: case("direct", &["cat", "1000000"]).stdin(Stdin::Large(MIB10));
        cat_file: case("direct", &["cat", "100000"]).stdin(Stdin::LargeFile(300_000));
        cat_slow: case("direct", &["cat"]).stdin(Stdin::Slow(30, &["x", "yz", "\n"]));
        cat_nonblocking: case("direct", &["cat-nonblocking"]).stdin(Stdin::Large(300_000));
        cat_nonblocking_slow: case("direct", &["cat-nonblocking"]).stdin(Stdin::Slow(30, &["x", "yz", "\n"]));
        cat_nonblocking_nothing: case("direct", &["cat-nonblocking"]);
        skip: case("direct", &["skip"]).stdin(Stdin::Large(50_000));
        skip_file: case("direct", &["skip"]).stdin(Stdin::LargeFile(50_000));
        after_the_end: case("direct", &["after-the-end"]).stdin(Stdin::Pipe("abc"));
        after_the_end_of_nothing: case("direct", &["after-the-end"]);
        two_handles: case("direct", &["two-handles"]).stdin(Stdin::Pipe("0123456789"));
        zero_read: case("direct", &["zero-read"]).stdin(Stdin::Pipe("0123456789"));
        unread: case("direct", &["unread"]).stdin(Stdin::Silent);
        unread_data: case("direct", &["unread"]).stdin(Stdin::Large(200_000));
    }
    files {
        preopens: case("direct", &["file-preopens"]).dirs(&["/work", "second", "/a/b"]);
        // WASI lets a write beyond the permit trap; where wasmtime does not, programs may rely on
        // it.
        write_without_a_permit: case("direct", &["file-no-permit"]).dirs(WORK);
        write_over_the_permit: case("direct", &["file-over-permit"]).dirs(WORK);
        no_preopens: case("direct", &["file-preopens"]);
        positional: case("direct", &["file-positional"]).dirs(WORK);
        streams: case("direct", &["file-streams"]).dirs(WORK);
        streams_nonblocking: case("direct", &["file-streams-nonblocking"]).dirs(WORK);
        stream_dropped: case("direct", &["file-stream-dropped"]).dirs(WORK);
        splice: case("direct", &["file-splice"]).dirs(WORK);
        directories: case("direct", &["file-directories"]).dirs(WORK);
        flags: case("direct", &["file-flags"]).dirs(WORK);
        stream_errors: case("direct", &["file-stream-errors"]).dirs(WORK);
        nothing: case("direct", &["file-nothing"]).dirs(WORK);
        times: case("direct", &["file-times"]).dirs(WORK);
        same_object: case("direct", &["file-same"]).dirs(WORK);
        paths: case("direct", &["file-paths"]).dirs(WORK);
        size: case("direct", &["file-size"]).dirs(WORK);
        stream_outlives_its_pollable: case("direct", &["file-trap-child"]).dirs(WORK).traps();
        stream_dropped_with_data: case("direct", &["file-stream-lost"]).dirs(WORK).differs(
            "a 0.2 host may lose what a dropped stream had not written yet; wrapped, all of it arrives",
            |native, wrapped| {
                let length = |seen: &mut Seen| match seen.files[0].remove(&PathBuf::from("lost")) {
                    Some(Entry::File { content, .. }) => {
                        assert!(content == crate::support::pattern(500_000)[..content.len()], "not what was written");
                        content.len()
                    }
                    other => panic!("no file: {other:?}"),
                };
                assert!(length(native) <= 500_000);
                assert_eq!(length(wrapped), 500_000);
            },
        );
    }
    traps {
        unreachable: case("direct", &["trap-unreachable"]).traps();
        empty_poll: case("direct", &["trap-empty-poll"]).traps();
        zeroes_over_the_permit: case("direct", &["trap-over-permit-zeroes"]).traps();
        blocking_4097: case("direct", &["trap-blocking-4097"]).traps();
        blocking_zeroes_4097: case("direct", &["trap-blocking-zeroes-4097"]).traps();
        output_stream_before_its_pollable: case("direct", &["trap-output-child"]).traps();
        input_stream_before_its_pollable: case("direct", &["trap-input-child"]).traps();
        after_words_on_stderr: case("direct", &["trap-in-stderr"]).traps();
    }
}

#[test]
fn hello_says_hello() {
    says(case("hello", &[]), "hello\n");
    says(case("init", &[]), "starting\nrunning\n");
    says(case("composed", &[]), "from inside\nfrom inside\n");
    says(case("two-versions", &[]), "0.2.0\n0.2.12\n0.2.0\n");
    says(case("std-cli", &["cat"]).stdin(Stdin::Pipe(TEXT)), TEXT);
    says(case("direct", &["timers"]), "40 ms: true\n80 ms: true\n120 ms: true\n200 ms: true\n");
    says(case("direct", &["duplicates"]), "[0, 2]\n[1, 3, 4]\n");
}

/// Mixed programs cannot run natively on either host; what they say is fixed here. They are adapted
/// to both.
#[test]
fn mixed_programs_run() {
    let both: String = (0..5).map(|i| format!("0.2 says {i}\n0.3 says {i}\n")).collect();
    let mixed: &[(Case, &str)] = &[
        (case("mixed-sync", &[]), "by 0.2 from run of 0.3\n"),
        (case("mixed", &["both"]), &both),
        (case("mixed", &["timers"]), "0.3 waited: true\n0.2 slept: true\n[\"30 ms\", \"60 ms\"]\n"),
        (case("mixed", &["stdin-0.2"]).stdin(Stdin::Slow(20, &["by ", "pieces"])), "by pieces"),
        (case("mixed", &["stdin-0.3"]).stdin(Stdin::Slow(20, &["by ", "pieces"])), "by pieces"),
        (case("mixed", &["fail"]).code(1), "0.2, no newline"),
        (case("mixed", &["exit"]).code(1), "leaving\n"),
    ];
    for (case, stdout) in mixed {
        let seen = case.run(WRAPPED);
        assert_eq!(String::from_utf8_lossy(&seen.outcome.stdout), *stdout, "{:?}", case.args);
        let component = wrapped_for(Host::Only02, &case.component);
        let translated = run_on(Host::Only02, &component, &[], case.env, case.args, case.stdin, case.stdout);
        assert_eq!(String::from_utf8_lossy(&translated.stdout), *stdout, "translated, {:?}", case.args);
        assert_eq!(translated.code, seen.outcome.code, "translated, {:?}", case.args);
    }
    let seen = case("mixed", &["files"]).dirs(WORK).run(WRAPPED);
    assert!(seen.files[0].contains_key(&PathBuf::from("by-libc")));
    let text = String::from_utf8(seen.outcome.stdout).unwrap();
    assert!(text.starts_with("/work ") && text.contains("\"given\""), "{text}");
}
