//! Runs a fuzz target for some time, without libFuzzer.
//!
//!     fuzz/run TARGET SECONDS [SEED]
//!
//! Inputs are numbered, from `SEED` on. A process of its own does them, which a fault may end; then
//! another one goes on behind. `fuzz/run TARGET --input FILE` does one input.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use wasi_shim_fuzzing::{TARGETS, Target, bounds, bytes};

/// The time that an input may take before it counts as one that hangs.
const PATIENCE: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let target = |name: &str| TARGETS.iter().find(|(known, _)| *known == name);
    match args[..] {
        [name, "--input", file] if target(name).is_some() => {
            println!("{:?}", target(name).unwrap().1(&std::fs::read(file).unwrap()));
            ExitCode::SUCCESS
        }
        [name, "--seed", seed] if target(name).is_some() => {
            println!("{:?}", target(name).unwrap().1(&bytes(seed.parse().unwrap())));
            ExitCode::SUCCESS
        }
        [name, "--from", seed] if target(name).is_some() => work(target(name).unwrap().1, seed.parse().unwrap()),
        [name, seconds, ref rest @ ..] if target(name).is_some() => {
            let seed = rest.first().map_or(0, |seed| seed.parse().expect("SEED is a number"));
            watch(name, Duration::from_secs(seconds.parse().expect("SECONDS is a number")), seed)
        }
        _ => {
            let names: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
            eprintln!("usage: TARGET SECONDS [SEED]\ntargets: {}", names.join(", "));
            ExitCode::from(2)
        }
    }
}

/// Does one input after the other, and says so: `begin SEED`, then the outcomes.
fn work(target: Target, from: u64) -> ExitCode {
    for seed in from.. {
        println!("begin\t{seed}");
        let outcomes = target(&bytes(seed)).join(",");
        let bounds::Use { length, memory, time } = bounds::take();
        println!("end\t{length}\t{memory}\t{}\t{outcomes}", time.as_micros());
    }
    ExitCode::SUCCESS
}

/// Has a process do inputs, and counts.
fn watch(name: &str, time: Duration, mut seed: u64) -> ExitCode {
    let start = Instant::now();
    let (mut done, mut finds, mut slow) = (0_u64, 0, 0);
    let mut outcomes = BTreeMap::<String, u64>::new();
    let mut slowest = (0.0, bounds::Use::default(), 0);
    while start.elapsed() < time {
        let mut worker = Command::new(std::env::current_exe().unwrap())
            .args([name, "--from", &seed.to_string()])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (lines, said) = mpsc::channel();
        let out = BufReader::new(worker.stdout.take().unwrap());
        std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| lines.send(line)));
        let err = BufReader::new(worker.stderr.take().unwrap());
        let err = std::thread::spawn(move || err.lines().map_while(Result::ok).collect::<Vec<_>>());
        let fault = loop {
            let line = match said.recv_timeout(PATIENCE) {
                Ok(line) => line,
                Err(mpsc::RecvTimeoutError::Timeout) => break Some("it hangs"),
                Err(mpsc::RecvTimeoutError::Disconnected) => break Some("the process ended"),
            };
            let words: Vec<&str> = line.split('\t').collect();
            match words[..] {
                ["begin", at] => seed = at.parse().unwrap(),
                ["end", length, memory, micros, all] => {
                    done += 1;
                    for outcome in all.split(',').filter(|outcome| !outcome.is_empty()) {
                        *outcomes.entry(outcome.into()).or_default() += 1;
                    }
                    let used = bounds::Use {
                        length: length.parse().unwrap(),
                        memory: memory.parse().unwrap(),
                        time: Duration::from_micros(micros.parse().unwrap()),
                    };
                    let share = used.time.as_secs_f64() / bounds::time(used.length).as_secs_f64();
                    if share > slowest.0 {
                        slowest = (share, used, seed);
                    }
                    if share > 1.0 {
                        slow += 1;
                        println!("slow: seed {seed}: {used:?}");
                        keep(name, seed);
                    }
                }
                _ => {}
            }
            if start.elapsed() > time {
                break None;
            }
        };
        let _ = worker.kill();
        let _ = worker.wait();
        let said = err.join().unwrap_or_default();
        if let Some(fault) = fault {
            finds += 1;
            println!("find: seed {seed}: {fault}");
            // The message, and where in wasi-shim.
            let message = said.iter().skip_while(|line| line.is_empty()).take_while(|line| *line != "stack backtrace:");
            let frames = said.iter().filter(|line| line.contains(": wasi_shim"));
            message.chain(frames).take(24).for_each(|line| println!("  {}", line.trim()));
            keep(name, seed);
            seed += 1;
        }
    }
    println!(
        "{name}: {done} executions in {} s, {finds} finds, {slow} slow, next seed {}",
        start.elapsed().as_secs(),
        seed + 1
    );
    println!("closest to the bound of time: seed {}: {:?}, {:.2} of it", slowest.2, slowest.1, slowest.0);
    for (outcome, count) in outcomes {
        println!("{count:9} {outcome}");
    }
    if finds + slow == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Keeps the input of number `seed`.
fn keep(name: &str, seed: u64) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../artifacts").join(name);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(seed.to_string()), bytes(seed)).unwrap();
}
