//! Costs that are paid once: start, size, and `wrap` itself.

use wasi_shim::{Generation, WrapOptions};
use wasi_shim_hosts::{CommandOptions, Host, Outcome};
use wasmparser::{Instance, Parser, Payload};

use crate::large;
use crate::measure::*;
use crate::precompiled::Precompiled;

/// Prints the table.
pub fn print(choice: &Choice) {
    let mut table = Table::new(choice, "start", "what");
    direction(&mut table, Generation::Wasi02);
    direction(&mut table, Generation::Wasi03);

    let module = large::module();
    let components = [(large::component_new(&module), Generation::Wasi02), (large::of_03(), Generation::Wasi03)];
    for (component, generation) in components {
        let build = if cfg!(debug_assertions) { ", in a debug build" } else { "" };
        let label = format!(
            "`wrap` of a component of {} bytes{build}, {}; instead of native: `wasm-tools component new` on a core module of \
             {} bytes",
            component.len(),
            way(generation),
            module.len()
        );
        table.time(&label, 1.0, 25, |form| {
            drop(match form {
                Form::Native => large::component_new(&module),
                _ => adapted(&component, generation, form, WrapOptions::default()),
            });
        });
    }
}

fn direction(table: &mut Table, generation: Generation) {
    let of_02 = generation == Generation::Wasi02;
    let way = way(generation);
    let names = match generation {
        Generation::Wasi02 => ["hello", "std-cli", "http-hello"],
        Generation::Wasi03 => ["hello-p3", "direct-p3", "http-hello-p3"],
    };
    // The argument of the Rust program.
    let prints = if of_02 { "hello" } else { "arguments" };
    let [hello, rust, service] = names.map(|name| forms(&fixture(name), generation));
    let cold = |components: &Forms<Vec<u8>>, form| {
        let program = Host::new(host_of(form, generation)).unwrap().compile(components.get(form)).unwrap();
        let mut options = CommandOptions::default();
        options.args = ["program", prints].map(String::from).to_vec();
        assert_eq!(program.run(options).unwrap(), Outcome::Exit(0));
    };

    table.time(
        &format!("a Rust program that prints, cold: compile and run, {way}"),
        if of_02 { 1.2 } else { 1.1 },
        25,
        |form| cold(&rust, form),
    );
    let label = format!("a hello of 1 kB, cold: compile and run, {way}");
    if let Some(costs) = table.time(&label, 1.5, 25, |form| cold(&hello, form)) {
        table.row(
            "the share of what composed takes more than native",
            Default::default(),
            [String::new(), costs.share()],
            "≤ 0.35".into(),
        );
    }
    for (components, label) in [(&hello, "a hello of 1 kB"), (&rust, "a Rust program that prints")] {
        let label = format!("{label}, precompiled: load, start and run 20 times, {way}");
        if table.wants(&label) {
            let programs = Forms::new(|form| Precompiled::new(components.get(form), host_of(form, generation)));
            table.time(&label, 1.05, 25, |form| (0..20).for_each(|_| programs.get(form).run(prints)));
        }
    }
    let label = format!("bytes of a hello that only prints, {way}");
    table.count(&label, if of_02 { 9000 } else { 12_000 }, |form| hello.get(form).len());
    table.count(&format!("core instances of a service, {way}"), 3, |form| core_instances(service.get(form)));
}

/// How many core modules `component` and the components in it instantiate.
fn core_instances(component: &[u8]) -> usize {
    let instances = Parser::new(0).parse_all(component).map(|payload| match payload.unwrap() {
        Payload::InstanceSection(section) => {
            section.into_iter().filter(|instance| matches!(instance, Ok(Instance::Instantiate { .. }))).count()
        }
        _ => 0,
    });
    instances.sum()
}
