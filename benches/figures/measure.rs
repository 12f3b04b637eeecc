//! Measuring side by side: native, composed and linked runs take turns, each figure is the median.

use std::array;
use std::cell::RefCell;
use std::fs::{self, File, OpenOptions};
use std::path::Path;
use std::time::{Duration, Instant};

use wasi_shim::{Generation, Linking, WrapOptions};
use wasi_shim_hosts::{Host, Program};

use crate::compare::Row;

/// The form of a component: as it is on the host of its generation, or adapted on the other host.
#[derive(Clone, Copy, PartialEq)]
pub enum Form {
    Native,
    Composed,
    Linked,
}

/// One for each form.
pub struct Forms<T>([T; 3]);

impl<T> Forms<T> {
    const ALL: [Form; 3] = [Form::Native, Form::Composed, Form::Linked];

    pub fn new(make: impl FnMut(Form) -> T) -> Forms<T> {
        Forms(Forms::<T>::ALL.map(make))
    }

    /// That of `form`.
    pub fn get(&self, form: Form) -> &T {
        &self.0[form as usize]
    }

    /// The results of `f` for each.
    pub fn each<U>(&self, f: impl FnMut(&T) -> U) -> [U; 3] {
        self.0.each_ref().map(f)
    }

    /// The results of `f` for the adapted forms, each beside the native one.
    fn adapted<U>(&self, f: impl Fn(&T, &T) -> U) -> [U; 2] {
        let [native, composed, linked] = &self.0;
        [f(composed, native), f(linked, native)]
    }

    /// That of `form`.
    pub fn get_mut(&mut self, form: Form) -> &mut T {
        &mut self.0[form as usize]
    }
}

pub fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/built/{name}.wasm"));
    fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Where a component of `generation` runs in each form.
pub fn host_of(form: Form, generation: Generation) -> Generation {
    match (form, generation) {
        (Form::Native, generation) => generation,
        (_, Generation::Wasi02) => Generation::Wasi03,
        (_, Generation::Wasi03) => Generation::Wasi02,
    }
}

/// `component`, of `generation`, in each form.
pub fn forms(component: &[u8], generation: Generation) -> Forms<Vec<u8>> {
    Forms::new(|form| adapted(component, generation, form, WrapOptions::default()))
}

/// `component`, of `generation`, in `form`.
pub fn adapted(component: &[u8], generation: Generation, form: Form, mut options: WrapOptions) -> Vec<u8> {
    options.to = Some(host_of(form, generation));
    options.linking = match form {
        Form::Native => return component.to_vec(),
        Form::Composed => Some(Linking::Composed),
        Form::Linked => Some(Linking::Linked),
    };
    wasi_shim::wrap(component, &options).unwrap_or_else(|e| panic!("{e}")).bytes
}

/// `component`, of `generation`, compiled in each form.
pub fn programs(component: &[u8], generation: Generation) -> Forms<Program> {
    let components = forms(component, generation);
    Forms::new(|form| Host::new(host_of(form, generation)).unwrap().compile(components.get(form)).unwrap())
}

/// How a table says which host runs components of `generation` that are adapted.
pub fn way(generation: Generation) -> &'static str {
    match generation {
        Generation::Wasi02 => "0.2 on the host of 0.3",
        Generation::Wasi03 => "0.3 on the host of 0.2",
    }
}

pub fn open(path: &Path) -> File {
    let mut options = OpenOptions::new();
    options.write(true);
    if path != Path::new("/dev/null") {
        options.create(true).truncate(true);
    }
    options.open(path).unwrap()
}

/// How long something takes by the clock and, where the system tells, in all threads of this
/// process together.
#[derive(Clone, Copy)]
pub struct Cost {
    pub wall: Duration,
    pub cpu: Option<Duration>,
}

impl Cost {
    fn of(f: impl FnOnce()) -> Cost {
        let (start, cpu) = (Instant::now(), cpu_time());
        f();
        Cost { wall: start.elapsed(), cpu: cpu.zip(cpu_time()).map(|(before, after)| after - before) }
    }

    fn median(costs: &[Cost]) -> Cost {
        Cost {
            wall: median(costs.iter().map(|cost| cost.wall).collect()),
            cpu: costs.iter().map(|cost| cost.cpu).collect::<Option<_>>().map(median),
        }
    }

    /// Both, each as `show` has it.
    fn show(self, show: impl Fn(f64) -> String) -> String {
        let wall = show(self.wall.as_secs_f64());
        match self.cpu {
            Some(cpu) => format!("{wall} / {}", show(cpu.as_secs_f64())),
            None => wall,
        }
    }

    /// This divided by `other`, by the clock and in processor time.
    fn ratio(self, other: Cost) -> String {
        let ratio = |this: Duration, other: Duration| format!("{:.2}", this.as_secs_f64() / other.as_secs_f64());
        let wall = ratio(self.wall, other.wall);
        match self.cpu.zip(other.cpu) {
            Some((this, other)) => format!("{wall} / {}", ratio(this, other)),
            None => wall,
        }
    }
}

#[cfg(unix)]
fn cpu_time() -> Option<Duration> {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Some(Duration::new(time.tv_sec as u64, time.tv_nsec as u32))
}

#[cfg(not(unix))]
fn cpu_time() -> Option<Duration> {
    None
}

impl Forms<Cost> {
    /// The extra time of linked over native, divided by that of composed.
    pub fn share(&self) -> String {
        let [composed, linked] = self.adapted(|cost, native| Cost {
            wall: cost.wall.saturating_sub(native.wall),
            cpu: cost.cpu.zip(native.cpu).map(|(cost, native)| cost.saturating_sub(native)),
        });
        linked.ratio(composed)
    }
}

/// Medians of `n` runs of each form, after one that does not count.
pub fn alternate(n: usize, mut f: impl FnMut(Form)) -> Forms<Cost> {
    let mut costs = Forms::new(|_| vec![]);
    for i in 0..=n {
        // Who comes first changes as well.
        for form in array::from_fn::<_, 3, _>(|k| Forms::<Cost>::ALL[(i + k) % 3]) {
            let cost = Cost::of(|| f(form));
            if i > 0 {
                costs.get_mut(form).push(cost);
            }
        }
    }
    Forms::new(|form| Cost::median(costs.get(form)))
}

pub fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// The rows that were asked for.
pub struct Choice {
    /// Once is enough to see that it works.
    pub is_quick: bool,
    /// Names of tables, and parts of the first cells of rows; all if there are none.
    pub names: Vec<String>,
    /// The rows so far.
    pub rows: RefCell<Vec<Row>>,
}

/// Rows under a heading, which is printed with the first of them.
pub struct Table<'a> {
    choice: &'a Choice,
    name: &'static str,
    heading: Option<String>,
}

impl<'a> Table<'a> {
    /// A table that `name` chooses; `what` heads its first column.
    pub fn new(choice: &'a Choice, name: &'static str, what: &str) -> Table<'a> {
        let heading = format!(
            "\n| {what} | native | composed | linked | composed ÷ native | linked ÷ native | goal |\n\
             |---|---|---|---|---|---|---|"
        );
        Table { choice, name, heading: Some(heading) }
    }

    /// Whether this row is asked for.
    pub fn wants(&self, label: &str) -> bool {
        let names = &self.choice.names;
        names.is_empty() || names.iter().any(|name| name == self.name || label.contains(name.as_str()))
    }

    /// Whether once is enough to see that it works.
    pub fn is_quick(&self) -> bool {
        self.choice.is_quick
    }

    fn rounds(&self, n: usize) -> usize {
        if self.is_quick() { 1 } else { n }
    }

    /// A row about how long `f` takes, if it is asked for; the costs.
    pub fn time(&mut self, label: &str, goal: f64, rounds: usize, f: impl FnMut(Form)) -> Option<Forms<Cost>> {
        if !self.wants(label) {
            return None;
        }
        let costs = alternate(self.rounds(rounds), f);
        self.costs(label, goal, &costs);
        Some(costs)
    }

    /// A row about what was measured.
    pub fn costs(&mut self, label: &str, goal: f64, costs: &Forms<Cost>) {
        let cells = costs.each(|cost| cost.show(|seconds| format!("{:.1}", seconds * 1000.0)) + " ms");
        let ratios = costs.adapted(|cost, native| cost.ratio(*native));
        self.row(label, cells, ratios, format!("≤ {goal}"));
    }

    /// A row about how many of `count` `f` does in a second, if it is asked for.
    pub fn rate(
        &mut self,
        label: &str,
        unit: &str,
        goal: f64,
        count: f64,
        rounds: usize,
        f: impl FnMut(Form),
    ) -> Option<Forms<Cost>> {
        if !self.wants(label) {
            return None;
        }
        let costs = alternate(self.rounds(rounds), f);
        let cells = costs.each(|cost| cost.show(|seconds| format!("{:.0}", count / seconds)) + unit);
        let ratios = costs.adapted(|cost, native| native.ratio(*cost));
        self.row(label, cells, ratios, format!("≥ {goal}"));
        Some(costs)
    }

    /// A row about how many things there are more, if it is asked for.
    pub fn count(&mut self, label: &str, goal: usize, count: impl FnMut(Form) -> usize) {
        if self.wants(label) {
            let counts = Forms::new(count);
            let more = counts.adapted(|count, native| format!("+{}", count - native));
            self.row(label, counts.each(usize::to_string), more, format!("≤ +{goal}"));
        }
    }

    /// Any row.
    pub fn row(&mut self, label: &str, forms: [String; 3], ratios: [String; 2], goal: String) {
        if let Some(heading) = self.heading.take() {
            println!("{heading}");
        }
        println!("| {label} | {} | {} | {goal} |", forms.join(" | "), ratios.join(" | "));
        self.choice.rows.borrow_mut().push(Row { label: label.into(), ratios, goal });
    }
}
