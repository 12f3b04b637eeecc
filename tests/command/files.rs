//! Files that `wrap` writes: complete or not there, and never in the place of something else.

#![cfg(target_os = "linux")]

use crate::support::{fixture, fixture_bytes, shim};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Instant;

/// Runs `script` in `folder`, in which `$wrap` wraps a component and takes the rest of the line.
fn sh(folder: &Path, script: &str) -> Output {
    shell(Command::new("sh"), folder, script)
}

fn shell(mut command: Command, folder: &Path, script: &str) -> Output {
    let wrap = format!("{} wrap -q {}", env!("CARGO_BIN_EXE_wasi-shim"), fixture("hello-p3").display());
    command.args(["-c", script]).env("wrap", wrap).current_dir(folder).stdin(Stdio::null()).output().unwrap()
}

/// Runs `script` where it can mount; `None` where this system has no namespaces for users.
fn with_mounts(folder: &Path, script: &str) -> Option<Output> {
    let unshare = |command: &str| {
        let mut unshare = Command::new("unshare");
        unshare.args(["--map-root-user", "--mount", command]);
        unshare
    };
    if !unshare("true").status().is_ok_and(|status| status.success()) {
        eprintln!("skipped: `unshare --map-root-user --mount` does not work here");
        return None;
    }
    Some(shell(unshare("sh"), folder, script))
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn expected() -> Vec<u8> {
    let options = wasi_shim::WrapOptions::default();
    wasi_shim::wrap(&fixture_bytes("hello-p3"), &options).unwrap().bytes
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn open_files_keep_the_writing_of_others() {
    let folder = tempfile::tempdir().unwrap();
    for output in ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link"] {
        let _ = std::os::unix::fs::symlink("/dev/stdout", folder.path().join("link"));
        let script = format!("{{ printf before; $wrap -o {output}; printf after; }} >out");
        assert!(sh(folder.path(), &script).status.success());
        let bytes = [b"before", &expected()[..], b"after"].concat();
        assert!(fs::read(folder.path().join("out")).unwrap() == bytes, "{output}");
    }
    assert!(sh(folder.path(), "{ printf before >&3; $wrap -o /dev/fd/3; } 3>out").status.success());
    assert!(fs::read(folder.path().join("out")).unwrap() == [b"before", &expected()[..]].concat());
}

#[test]
fn a_stdout_that_is_closed_from_the_beginning_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    for output in ["-", "/dev/stdout"] {
        let outcome = sh(folder.path(), &format!("$wrap -o {output} >&-"));
        assert_eq!(outcome.status.code(), Some(1), "{output}");
        assert!(stderr(&outcome).starts_with("error: cannot write"), "{}", stderr(&outcome));
    }
    // Who throws the output away gets no error, however that is done.
    assert!(sh(folder.path(), "$wrap -o - >/dev/null && $wrap -o - 1<>/dev/null").status.success());
}

#[test]
fn open_files_of_another_process_are_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let script = "echo before >theirs; sleep 100 >>theirs & pid=$!
        until readlink /proc/$pid/fd/1 | grep -q theirs; do :; done
        $wrap -o /proc/$pid/fd/1 >ours; status=$?; kill $pid; exit $status";
    let outcome = sh(folder.path(), script);
    assert!(outcome.status.success(), "{}", stderr(&outcome));
    assert!(fs::read(folder.path().join("ours")).unwrap().is_empty());
    assert!(fs::read(folder.path().join("theirs")).unwrap() == [b"before\n", &expected()[..]].concat());
}

#[test]
fn a_folder_that_is_not_there_is_told_by_its_own_name() {
    let folder = tempfile::tempdir().unwrap();
    let outcome = sh(folder.path(), "$wrap -o missing/out.wasm");
    assert_eq!(stderr(&outcome), "error: cannot write `missing/out.wasm`: No such file or directory (os error 2)\n");
}

#[test]
fn links_without_an_end_get_one() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("deeper")).unwrap();
    std::os::unix::fs::symlink("deeper/second", folder.path().join("first")).unwrap();
    std::os::unix::fs::symlink("third", folder.path().join("deeper/second")).unwrap();
    assert!(sh(folder.path(), "$wrap -o first").status.success());
    assert!(fs::symlink_metadata(folder.path().join("first")).unwrap().is_symlink());
    assert!(fs::read(folder.path().join("deeper/third")).unwrap() == expected());

    std::os::unix::fs::symlink("round", folder.path().join("round")).unwrap();
    let outcome = sh(folder.path(), "$wrap -o round");
    assert_eq!(outcome.status.code(), Some(1));
    assert!(stderr(&outcome).contains("too many links"), "{}", stderr(&outcome));
}

#[test]
fn names_may_be_as_long_as_the_system_allows() {
    let folder = tempfile::tempdir().unwrap();
    let name = "n".repeat(255);
    for _ in 0..2 {
        assert!(sh(folder.path(), &format!("$wrap -o {name}")).status.success());
        assert!(fs::read(folder.path().join(&name)).unwrap() == expected());
        fs::write(folder.path().join(&name), "something else").unwrap();
    }
}

#[test]
fn rights_stay_and_new_files_have_those_of_the_umask() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("old"), "").unwrap();
    fs::set_permissions(folder.path().join("old"), fs::Permissions::from_mode(0o741)).unwrap();
    assert!(sh(folder.path(), "umask 027; $wrap -o old && $wrap -o new").status.success());
    let mode = |name| fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("old"), mode("new")), (0o741, 0o640));
}

#[test]
fn files_that_cannot_be_replaced_are_written_in_place() {
    let folder = tempfile::tempdir().unwrap();
    let mounted = "
        printf old >mounted && printf 'another old content' >source && mount --bind source mounted || exit 99
        $wrap -o mounted || exit 1
        cmp mounted source || exit 2
        umount mounted
        mkdir locked && mount -t tmpfs -o size=1m none locked && printf old >locked/file || exit 99
        mount --bind locked/file locked/file && mount -o remount,bind,ro locked || exit 99
        touch locked/new && exit 98
        $wrap -o locked/file || exit 3
        cmp locked/file source || exit 4";
    let Some(outcome) = with_mounts(folder.path(), mounted) else { return };
    assert!(outcome.status.success(), "{}: {}", outcome.status, stderr(&outcome));
    assert!(fs::read(folder.path().join("source")).unwrap() == expected());
}

#[test]
fn a_full_disk_leaves_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let script = "
        mkdir full && mount -t tmpfs -o size=8k none full && printf old >full/old || exit 99
        $wrap -o full/new && exit 1
        $wrap -o full/old && exit 2
        [ \"$(cat full/old)\" = old ] || exit 3
        [ \"$(ls -A full)\" = old ] || exit 4
        printf other >small && mount --bind full/old small || exit 99
        $wrap -o small && exit 5
        [ \"$(cat full/old)\" = old ] || exit 6";
    let Some(outcome) = with_mounts(folder.path(), script) else { return };
    assert!(outcome.status.success(), "{}: {}", outcome.status, stderr(&outcome));
    let text = stderr(&outcome);
    assert_eq!(text.matches("No space left on device").count(), 3, "{text}");
}

#[test]
fn a_process_that_is_ended_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, old) = (expected(), b"old".to_vec());
    let out = folder.path().join("out.wasm");
    let start = Instant::now();
    assert!(sh(folder.path(), "$wrap -o out.wasm").status.success());
    // From before a process has begun to after it has ended.
    let step = start.elapsed() * 3 / 2 / 36;
    for (n, signal) in ["INT", "TERM", "KILL"].into_iter().cycle().take(36).enumerate() {
        if n % 2 == 0 {
            let _ = fs::remove_file(&out);
        } else {
            fs::write(&out, &old).unwrap();
        }
        let mut wrap = shim();
        wrap.args(["wrap", "-q", "-o", "out.wasm"]).arg(fixture("hello-p3")).current_dir(folder.path());
        let mut child = wrap.stdin(Stdio::null()).spawn().unwrap();
        thread::sleep(step * n as u32);
        Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap();
        child.wait().unwrap();
        let mut left = names(folder.path());
        if signal == "KILL" {
            // Nothing can be done about the moment between a file's name and its place.
            left.retain(|name| {
                let path = folder.path().join(name);
                let is_named = name.starts_with(".wasi-shim-") && fs::read(&path).is_ok_and(|bytes| bytes == whole);
                !(is_named && fs::remove_file(path).is_ok())
            });
        }
        assert!(left.iter().all(|name| name == "out.wasm"), "after {n} steps and SIG{signal}: {left:?}");
        if let Ok(bytes) = fs::read(&out) {
            assert!(bytes == whole || n % 2 == 1 && bytes == old, "after {n} steps and SIG{signal}");
        }
    }
}

#[test]
fn many_at_once_do_not_touch_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let outcome = sh(
        folder.path(),
        "for i in 1 2 3 4 5 6 7 8; do $wrap -o out.wasm & pids=\"$pids $!\"; done
        for pid in $pids; do wait $pid || exit 1; done",
    );
    assert!(outcome.status.success(), "{}", stderr(&outcome));
    assert_eq!(names(folder.path()), ["out.wasm"]);
    assert!(fs::read(folder.path().join("out.wasm")).unwrap() == expected());
}
