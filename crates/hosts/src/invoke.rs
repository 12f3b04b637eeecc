//! Calls of single exports, written as in `wasmtime run --invoke`.

use wasmtime::Engine;
use wasmtime::component::types::{Component, ComponentFunc, ComponentInstance, ComponentItem};
use wasmtime::component::wasm_wave::untyped::UntypedFuncCall;
use wasmtime::component::wasm_wave::wasm::DisplayFuncResults;
use wasmtime::component::{ComponentExportIndex, Type, Val};

use super::state::State;
use super::{Cause, CommandOptions, Host, HostError, Outcome, prepare};

impl Host {
    /// Instantiates `component` and calls what it exports as `call` says, in WAVE: `add(1, 2)` or
    /// `example:math/add.add(1, 2)`. Answers what the function returns, or how the program ended
    /// instead.
    ///
    /// # Errors
    ///
    /// [`HostError::Call`] when there is no such function or the arguments are not those that it
    /// takes; else as [`Host::compile`].
    pub fn invoke(
        &self,
        component: &[u8],
        call: &str,
        options: CommandOptions,
    ) -> Result<Result<String, Outcome>, HostError> {
        let instance = prepare(self.generation, &self.linker, component)?;
        let component = instance.component();
        let all = functions(&self.engine, &component.component_type());
        let cannot = |source: Cause| {
            let callable = all.iter().map(|(path, _)| full_name(path)).collect();
            HostError::Call { call: call.into(), callable, source }
        };
        if !call.contains('(') {
            return Err(cannot(format!("expected NAME(ARGUMENTS), found `{call}`").into()));
        }
        let written = UntypedFuncCall::parse(call).map_err(|error| cannot(error.into()))?;
        let mut found = all.iter().filter(|(path, _)| is_named(path, written.name()));
        let Some((path, function)) = found.next() else {
            return Err(cannot("the component does not export it".into()));
        };
        if found.next().is_some() {
            return Err(cannot("several interfaces have a function of this name; write `interface.function`".into()));
        }
        let types: Vec<Type> = function.params().map(|(_, ty)| ty).collect();
        let params: Vec<Val> = written.to_wasm_params(&types).map_err(|error| cannot(error.into()))?;
        let mut results = vec![Val::Bool(false); function.results().len()];
        let outermost: Option<ComponentExportIndex> = None;
        let export = path
            .iter()
            .try_fold(outermost, |outer, name| component.get_export_index(outer.as_ref(), &name[..]).map(Some));
        let export = export.flatten().ok_or_else(|| cannot("it cannot be reached".into()))?;

        let mut store = State::of_command(options)?.store(&self.engine);
        let called = self.runtime.block_on(async {
            let instance = instance.instantiate_async(&mut store).await?;
            let function = instance.get_func(&mut store, export);
            let function = function.ok_or_else(|| wasmtime::Error::msg("the export is no function"))?;
            function.call_async(&mut store, &params, &mut results).await
        });
        Ok(match called {
            Ok(()) => Ok(DisplayFuncResults(&results).to_string()),
            Err(error) => Err(Outcome::of_error(&error)),
        })
    }
}

/// The exported functions, those in interfaces, too, by the names that lead to them.
fn functions(engine: &Engine, component: &Component) -> Vec<(Vec<String>, ComponentFunc)> {
    let mut found = Vec::new();
    for (name, export) in component.exports(engine) {
        match export.ty {
            ComponentItem::ComponentFunc(function) => found.push((vec![name.into()], function)),
            ComponentItem::ComponentInstance(instance) => of_instance(engine, name, &instance, &mut found),
            _ => {}
        }
    }
    found
}

fn of_instance(
    engine: &Engine,
    interface: &str,
    instance: &ComponentInstance,
    found: &mut Vec<(Vec<String>, ComponentFunc)>,
) {
    for (name, export) in instance.exports(engine) {
        if let ComponentItem::ComponentFunc(function) = export.ty {
            found.push((vec![interface.into(), name.into()], function));
        }
    }
}

/// The name by which the function that `path` leads to is called: `wasi:cli/run.run@0.2.0`.
fn full_name(path: &[String]) -> String {
    let [interface, function] = path else { return path.concat() };
    match interface.split_once('@') {
        Some((interface, version)) => format!("{interface}.{function}@{version}"),
        None => format!("{interface}.{function}"),
    }
}

/// Whether `name` means the function that `path` leads to: by its own name, or with the interface
/// before it, whose version may be left out.
fn is_named(path: &[String], name: &str) -> bool {
    let full = full_name(path);
    let unversioned = full.split_once('@').map_or(&full[..], |(name, _)| name);
    path.last().is_some_and(|function| function == name) || [&full[..], unversioned].contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_functions() {
        let path = ["wasi:cli/run@0.2.0", "run"].map(String::from);
        for name in ["run", "wasi:cli/run.run", "wasi:cli/run.run@0.2.0"] {
            assert!(is_named(&path, name), "{name}");
        }
        for name in ["wasi:cli/run", "run.run", "wasi:cli/run.run@0.2.1"] {
            assert!(!is_named(&path, name), "{name}");
        }
        assert!(is_named(&path[1..], "run") && !is_named(&path[1..], "ran"));
    }
}
