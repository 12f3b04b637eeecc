//! Whether the model allows what was observed: a search through its choices, led by the log.

use std::collections::{BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::script::{End, Entry, Observed, Script, Seen};
use super::world::{Context, Rules, Stop, World};
use crate::support::seeds::Random;

/// An observation that the model does not allow.
#[derive(Debug, Default)]
pub struct Disagreement {
    /// So many entries of the log are allowed.
    pub agreed: usize,
    /// The entries that the model allows next.
    pub allowed: BTreeSet<String>,
    /// The same without numbers.
    pub kinds: BTreeSet<String>,
}

/// No search comes near.
const MOST_STATES: usize = 300_000;

/// One way in which a step may go.
pub struct Way {
    pub world: World,
    pub log: Vec<Entry>,
    pub stop: Option<Stop>,
}

/// All ways in which the next step may go.
pub fn ways(world: &World, script: &Script, rules: Rules) -> Vec<Way> {
    let mut ways = vec![];
    let mut todo: Vec<Vec<usize>> = vec![vec![]];
    while let Some(given) = todo.pop() {
        let mut choices: Vec<(usize, usize)> = vec![];
        let mut choose = |of: usize| {
            let choice = given.get(choices.len()).copied().unwrap_or(0);
            choices.push((choice, of));
            choice
        };
        let mut next = world.clone();
        let mut ctx = Context { script, rules, choose: &mut choose, log: vec![] };
        let stop = next.step(&mut ctx).err();
        ways.push(Way { world: next, log: ctx.log, stop });
        for at in given.len()..choices.len() {
            let before = choices[..at].iter().map(|(choice, _)| *choice);
            todo.extend((1..choices[at].1).map(|other| before.clone().chain([other]).collect::<Vec<_>>()));
        }
    }
    ways
}

/// Searches for a run of the model that gives this log and this end.
pub fn check(script: &Script, parts: usize, observed: &Observed, rules: Rules) -> Result<usize, Disagreement> {
    let log = &observed.log;
    let mut seen = HashSet::new();
    let mut todo = vec![(World::new(parts), 0)];
    let mut closest = Disagreement::default();
    while let Some((world, at)) = todo.pop() {
        let mut hasher = DefaultHasher::new();
        (&world, at).hash(&mut hasher);
        if !seen.insert(hasher.finish()) {
            continue;
        }
        assert!(seen.len() < MOST_STATES, "too many choices in\n{script}");
        if world.is_over(rules) {
            if at == log.len() && observed.end == End::Returned {
                return Ok(seen.len());
            }
            closest.miss(at, "the end".into(), "the end".into());
        }
        for Way { world, log: added, stop } in ways(&world, script, rules) {
            let differs = added.iter().zip(log[at..].iter().map(Some).chain(std::iter::repeat(None)));
            let differs = differs.enumerate().find(|(_, (allowed, seen))| Some(*allowed) != *seen);
            if let Some((further, (allowed, _))) = differs {
                closest.miss(at + further, format!("{allowed:?}"), kind(script, allowed));
                continue;
            }
            let at = at + added.len();
            let end = match stop {
                None => {
                    todo.push((world, at));
                    continue;
                }
                Some(Stop::Trap(_)) => End::Trap,
                Some(Stop::Deadlock) => End::Deadlock,
                Some(Stop::Anything) => return Ok(seen.len()),
            };
            if at == log.len() && observed.end == end {
                return Ok(seen.len());
            }
            let stop = format!("{:?}", stop.unwrap());
            closest.miss(at, stop.clone(), stop);
        }
    }
    Err(closest)
}

/// The kind of an entry, without numbers.
fn kind(script: &Script, entry: &Entry) -> String {
    let text = match entry.seen {
        Seen::Result(at, ..) => format!("{:?}", script.op(entry.body as usize, at as usize).kind),
        Seen::Event(code, ..) => format!("event {code}"),
        other => format!("{other:?}"),
    };
    text.split('(').next().unwrap().into()
}

/// One run of the model, by random choices, as if it were observed.
pub fn follow(script: &Script, parts: usize, seed: u64) -> (Observed, Option<Stop>) {
    let mut world = World::new(parts);
    let mut random = Random::new(seed);
    let mut log = vec![];
    loop {
        if world.is_over(Rules::Specification) {
            return (Observed { log, end: End::Returned, report: String::new() }, None);
        }
        let mut choose = |of| random.below(of);
        let mut ctx = Context { script, rules: Rules::Specification, choose: &mut choose, log: vec![] };
        let stop = world.step(&mut ctx).err();
        log.append(&mut ctx.log);
        if stop.is_some() {
            let end = if stop == Some(Stop::Deadlock) { End::Deadlock } else { End::Trap };
            return (Observed { log, end, report: String::new() }, stop);
        }
    }
}

impl Disagreement {
    /// The actual and the allowed entry, without numbers: a shorter script that fails, too, has not
    /// necessarily the same failure.
    pub fn class(&self, script: &Script, observed: &Observed) -> String {
        let next = observed.log.get(self.agreed).map(|entry| kind(script, entry));
        format!("{} instead of {:?}", next.unwrap_or_else(|| format!("{:?}", observed.end)), self.kinds)
    }

    fn miss(&mut self, at: usize, allowed: String, kind: String) {
        if at > self.agreed {
            *self = Disagreement { agreed: at, ..Disagreement::default() };
        }
        if at == self.agreed {
            self.allowed.insert(allowed);
            self.kinds.insert(kind);
        }
    }
}
