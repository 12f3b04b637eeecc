//! Whether the model allows what was observed: a search through its choices, led by the log.

use std::collections::{BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::script::{End, Entry, Observed, Script};
use super::world::{Context, Rules, Stop, World};

/// What was observed is none of what may be.
#[derive(Debug)]
pub struct Disagreement {
    /// So many entries of the log are allowed.
    pub agreed: usize,
    /// What the model allows next.
    pub allowed: BTreeSet<String>,
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
    let mut closest = Disagreement { agreed: 0, allowed: BTreeSet::new() };
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
            closest.miss(at, "the end".into());
        }
        for Way { world, log: added, stop } in ways(&world, script, rules) {
            let differs = added.iter().zip(log[at..].iter().map(Some).chain(std::iter::repeat(None)));
            let differs = differs.enumerate().find(|(_, (allowed, seen))| Some(*allowed) != *seen);
            if let Some((further, (allowed, _))) = differs {
                closest.miss(at + further, format!("{allowed:?}"));
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
            closest.miss(at, format!("{:?}", stop.unwrap()));
        }
    }
    Err(closest)
}

impl Disagreement {
    fn miss(&mut self, at: usize, allowed: String) {
        if at > self.agreed {
            (self.agreed, self.allowed) = (at, BTreeSet::new());
        }
        if at == self.agreed {
            self.allowed.insert(allowed);
        }
    }
}
