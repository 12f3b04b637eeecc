//! The rewrite of the guest.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use wasmparser::{
    CanonicalFunction, CanonicalOption, ComponentAlias, ComponentDefinedType, ComponentExternalKind, ComponentImport,
    ComponentType, ComponentTypeRef,
};

use super::split::{self, CONTROL, Control, Fate, Shape};
use super::trampoline::{BulkRead, Drain, DrainThenReturn, Gate, Running, Split};
use crate::Error;
use crate::command;
use crate::component::{Arena, Component, Def, Item, ItemKind, Sort};
use crate::substitute::{Pending, Scatter, Signature};
use crate::wasi::{self, Generation, InterfaceName};

/// What adapter P must offer to a guest.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Needs {
    /// Functions by interface without version (`wasi:io/streams`), with split functions as `start-…` and
    /// `finish-…`. An interface may be needed for its types alone.
    pub interfaces: BTreeMap<String, BTreeSet<String>>,
    /// Functions of the control interface.
    pub control: BTreeSet<Control>,
    /// The guest's imports that P satisfies, as the guest names them.
    pub imports: BTreeSet<String>,
}

/// A guest prepared to stand beside P.
pub(crate) struct Guest {
    pub bytes: Vec<u8>,
    pub needs: Needs,
}

/// Rewrites `component`. `wasi03` is the version under which exports of 0.3 are named.
pub(crate) fn adapt<'a>(component: Component<'a>, arena: &'a Arena, wasi03: &str) -> Result<Guest, Error> {
    let rewrite = Rewrite::plan(component, arena, wasi03)?;
    rewrite.run()
}

/// A function of 0.2 that the guest uses.
struct SplitFunction {
    /// For backtraces.
    label: String,
    shape: Shape,
    start: u32,
    finish: u32,
}

/// Functions of the control interface as core functions of the guest.
struct Controls {
    /// The type of the import; what it lists is known only at the end.
    ty: u32,
    instance: u32,
    gate: Gate,
    drain: Drain,
}

/// Functions that have the same meaning and the same type, `func() -> u64`, in both generations: the guest takes them
/// from the host. Interface and name in 0.2, interface and name in 0.3.
const SAME: &[(&str, &str, &str, &str)] = &[
    ("wasi:clocks/monotonic-clock", "now", "wasi:clocks/monotonic-clock", "now"),
    ("wasi:clocks/monotonic-clock", "resolution", "wasi:clocks/monotonic-clock", "get-resolution"),
    ("wasi:random/random", "get-random-u64", "wasi:random/random", "get-random-u64"),
    ("wasi:random/insecure", "get-insecure-random-u64", "wasi:random/insecure", "get-insecure-random-u64"),
];

struct Rewrite<'a> {
    component: Component<'a>,
    arena: &'a Arena,
    wasi03: String,
    out: Vec<Item<'a>>,
    pending: Pending<'a>,
    /// Adapted imports: instance id → interface.
    adapted: HashMap<u32, InterfaceName>,
    /// The functions that the guest takes from each adapted instance.
    used: HashMap<u32, BTreeSet<&'a str>>,
    /// Functions that the guest takes from the host instead: adapted instance and name → instance and name.
    same: HashMap<(u32, &'a str), (u32, &'static str)>,
    /// Shapes of the split functions of each adapted instance.
    shapes: HashMap<(u32, &'a str), Shape>,
    /// Split functions by the component function that the guest aliased.
    split: HashMap<u32, SplitFunction>,
    controls: Option<Controls>,
    scatter: Option<Scatter>,
    /// What moves bulk bytes, for each memory.
    bulk: HashMap<u32, BulkRead>,
    /// The interfaces of 0.3 that the guest imports, without versions.
    imported03: BTreeSet<String>,
    /// Whether the guest is a command of 0.3 already.
    exports_run03: bool,
    needs: Needs,
}

impl<'a> Rewrite<'a> {
    fn plan(component: Component<'a>, arena: &'a Arena, wasi03: &str) -> Result<Rewrite<'a>, Error> {
        let mut adapted = HashMap::new();
        for (def, import) in component.imports() {
            if let Some(name) = InterfaceName::parse(import.name.name)
                && name.generation() == Some(Generation::Wasi02)
                && def.sort == Sort::Instance
            {
                adapted.insert(def.id, name);
            }
        }
        let mut used: HashMap<u32, BTreeSet<&'a str>> = HashMap::new();
        for item in &component.items {
            if let ItemKind::Alias(ComponentAlias::InstanceExport {
                kind: ComponentExternalKind::Func,
                instance_index,
                name,
            }) = &item.kind
            {
                used.entry(*instance_index).or_default().insert(name);
            }
        }
        let imported03 = component
            .imports()
            .filter_map(|(_, import)| InterfaceName::parse(import.name.name))
            .filter(|name| name.generation() == Some(Generation::Wasi03))
            .map(|name| name.unversioned())
            .collect();
        let exports_run03 = component.exports().any(|export| command::role(export) == command::Role::Run03);
        Ok(Rewrite {
            component,
            arena,
            wasi03: wasi03.to_string(),
            out: Vec::new(),
            pending: Pending::default(),
            adapted,
            used,
            same: HashMap::new(),
            shapes: HashMap::new(),
            split: HashMap::new(),
            controls: None,
            scatter: None,
            bulk: HashMap::new(),
            imported03,
            exports_run03,
            needs: Needs::default(),
        })
    }

    fn run(mut self) -> Result<Guest, Error> {
        let adapter_is_called = self.used.iter().any(|(instance, functions)| {
            self.adapted
                .get(instance)
                .is_some_and(|name| functions.iter().any(|function| self.same(name, function).is_none()))
        });
        if adapter_is_called {
            self.import_control();
        }
        for item in std::mem::take(&mut self.component.items) {
            if self.pending.is_needed_by(&item) {
                self.flush();
            }
            self.rewrite(item)?;
        }
        if let Some(controls) = &self.controls {
            let def = Some(Def::new(Sort::Type, controls.ty));
            for item in self.out.iter_mut().filter(|item| item.def == def) {
                item.kind = ItemKind::Type(split::control_type(&self.needs.control));
            }
        }
        self.component.items = self.out;
        self.component.sweep();
        for (def, import) in self.component.imports() {
            if let Some(name) = self.adapted.get(&def.id).filter(|_| def.sort == Sort::Instance) {
                self.needs.imports.insert(import.name.name.to_string());
                self.needs.interfaces.entry(name.unversioned()).or_default();
            }
        }
        let bytes = self.component.encode().map_err(Error::unsound)?;
        Ok(Guest { bytes, needs: self.needs })
    }

    /// Emits an item of a new definition.
    fn define(&mut self, sort: Sort, kind: ItemKind<'a>) -> u32 {
        let (id, item) = self.component.define(sort, kind);
        self.out.push(item);
        id
    }

    fn flush(&mut self) {
        let items = self.pending.flush(&mut self.component, self.arena);
        self.out.extend(items);
    }

    fn rewrite(&mut self, item: Item<'a>) -> Result<(), Error> {
        match (&item.kind, item.def) {
            (ItemKind::Import(import), Some(def))
                if self.adapted.contains_key(&def.id) && def.sort == Sort::Instance =>
            {
                let kind = ItemKind::Import(self.rewrite_import(def.id, import)?);
                self.out.push(Item { def: item.def, kind });
            }
            (
                ItemKind::Alias(ComponentAlias::InstanceExport {
                    kind: ComponentExternalKind::Func,
                    instance_index,
                    name,
                }),
                Some(def),
            ) if self.shapes.contains_key(&(*instance_index, *name)) => self.alias_split(def.id, *instance_index, name),
            (
                ItemKind::Alias(ComponentAlias::InstanceExport {
                    kind: ComponentExternalKind::Func,
                    instance_index,
                    name,
                }),
                Some(_),
            ) if self.same.contains_key(&(*instance_index, *name)) => {
                let (instance_index, name) = self.same[&(*instance_index, *name)];
                let kind = ComponentExternalKind::Func;
                let alias = ComponentAlias::InstanceExport { kind, instance_index, name };
                self.out.push(Item { def: item.def, kind: ItemKind::Alias(alias) });
            }
            (ItemKind::Canon(CanonicalFunction::Lower { func_index, options }), Some(def))
                if self.split.contains_key(func_index) =>
            {
                self.lower_split(def.id, *func_index, options)?;
            }
            (ItemKind::Canon(CanonicalFunction::Lift { core_func_index, type_index, options }), Some(def))
                if self.controls.is_some() && self.is_async(def.id) =>
            {
                let (core, ty, options) = (*core_func_index, *type_index, options.clone());
                self.lift_async(def.id, core, ty, &options)?;
            }
            (ItemKind::Canon(CanonicalFunction::TaskReturn { .. }), Some(def)) if self.controls.is_some() => {
                self.return_drained(def.id, item)?;
            }
            (ItemKind::Export(export), _) => match command::role(export) {
                command::Role::Run02 => self.export_run(&item)?,
                command::Role::Run03 | command::Role::Other => self.out.push(item),
            },
            _ => self.out.push(item),
        }
        Ok(())
    }

    /// The import of the control interface and the gate.
    fn import_control(&mut self) {
        let ty = self.define(Sort::Type, ItemKind::Type(split::control_type(&BTreeSet::new())));
        let import = ComponentImport { name: self.arena.name(CONTROL), ty: ComponentTypeRef::Instance(ty) };
        let instance = self.define(Sort::Instance, ItemKind::Import(import));
        let [wait, wait_now, start, finish] =
            [Control::Wait, Control::WaitNow, Control::StartDrain, Control::FinishDrain]
                .map(|function| self.lower_control(instance, function, &[]));
        let [enter, leave, gate_wait] = std::array::from_fn(|_| self.component.fresh(Sort::CoreFunc));
        let gate = Gate { enter, leave, wait: gate_wait };
        let module = gate.module(wait, wait_now);
        let items = module.into_items(&mut self.component, self.arena);
        self.out.extend(items);
        self.controls = Some(Controls { ty, instance, gate, drain: Drain { start, finish } });
    }

    fn lower_control(&mut self, instance: u32, function: Control, options: &[CanonicalOption]) -> u32 {
        self.needs.control.insert(function);
        let func = self.alias_func(instance, function.name());
        self.lower(func, options)
    }

    fn alias_func(&mut self, instance_index: u32, name: &str) -> u32 {
        let alias = ComponentAlias::InstanceExport {
            kind: ComponentExternalKind::Func,
            instance_index,
            name: self.arena.text(name),
        };
        self.define(Sort::Func, ItemKind::Alias(alias))
    }

    fn lower(&mut self, func_index: u32, options: &[CanonicalOption]) -> u32 {
        let lower = CanonicalFunction::Lower { func_index, options: options.into() };
        self.define(Sort::CoreFunc, ItemKind::Canon(lower))
    }

    /// An import of 0.2: its type loses the functions that nobody uses, and split ones are replaced.
    fn rewrite_import(&mut self, instance: u32, import: &ComponentImport<'a>) -> Result<ComponentImport<'a>, Error> {
        let interface = self.adapted[&instance].unversioned();
        let ComponentTypeRef::Instance(ty) = import.ty else { unreachable!("the import is an instance") };
        let declarations = match self.out.iter().find(|item| item.def == Some(Def::new(Sort::Type, ty))) {
            Some(Item { kind: ItemKind::Type(ComponentType::Instance(declarations)), .. }) => declarations.clone(),
            _ => {
                return Err(Error::unsupported(format!(
                    "a type of import `{}` that is defined elsewhere",
                    import.name.name
                )));
            }
        };
        self.import_same(instance);
        let mut used = self.used.get(&instance).cloned().unwrap_or_default();
        used.retain(|function| !self.same.contains_key(&(instance, *function)));
        let fate = |function: &str| match used.contains(function) {
            false => Fate::Dropped,
            true if wasi::is_split(&interface, function) => Fate::Split,
            true => Fate::Kept,
        };
        let rewritten = split::rewrite_instance_type(&declarations, self.arena, fate)?;
        let functions = self.needs.interfaces.entry(interface.clone()).or_default();
        for function in &used {
            if wasi::is_split(&interface, function) {
                functions.insert(split::start_name(function));
                functions.insert(split::finish_name(function));
            } else {
                functions.insert(function.to_string());
            }
        }
        for (name, shape) in rewritten.shapes {
            self.shapes.insert((instance, name), shape);
        }
        let kind = ItemKind::Type(ComponentType::Instance(rewritten.declarations.into()));
        let ty = self.define(Sort::Type, kind);
        Ok(ComponentImport { name: import.name, ty: ComponentTypeRef::Instance(ty) })
    }

    /// The counterpart in 0.3 of a function that the guest can take from the host: interface and name.
    fn same(&self, interface: &InterfaceName, function: &str) -> Option<(&'static str, &'static str)> {
        let interface = interface.unversioned();
        let (_, _, interface, function) =
            SAME.iter().find(|(known, name, _, _)| *known == interface && *name == function)?;
        // A guest that imports that interface already would import it twice.
        let imports_it = self.imported03.contains(*interface);
        (!imports_it).then_some((interface, function))
    }

    /// Imports from the host what the guest can take from there instead of from adapted import `instance`.
    fn import_same(&mut self, instance: u32) {
        let name = &self.adapted[&instance];
        let used = self.used.get(&instance).into_iter().flatten();
        let same: Vec<_> =
            used.filter_map(|function| self.same(name, function).map(|(_, same)| (*function, same))).collect();
        let Some((interface, _)) = same.first().and_then(|(function, _)| self.same(name, function)) else { return };
        let functions: Vec<&'static str> = same.iter().map(|(_, function)| *function).collect();
        let ty = self.define(Sort::Type, ItemKind::Type(split::same_type(&functions)));
        let import = self.arena.name(&format!("{interface}@{}", self.wasi03));
        let import = ComponentImport { name: import, ty: ComponentTypeRef::Instance(ty) };
        let host = self.define(Sort::Instance, ItemKind::Import(import));
        self.imported03.insert(interface.to_string());
        for (function, same) in same {
            self.same.insert((instance, function), (host, same));
        }
    }

    /// Instead of a split function the guest takes the two that it was split into.
    fn alias_split(&mut self, func: u32, instance: u32, name: &'a str) {
        let shape = self.shapes[&(instance, name)];
        let start = self.alias_func(instance, &split::start_name(name));
        let finish = self.alias_func(instance, &split::finish_name(name));
        let label = format!("{}#{name}", self.adapted[&instance].unversioned());
        self.split.insert(func, SplitFunction { label, shape, start, finish });
    }

    /// The lowered function becomes a trampoline.
    fn lower_split(&mut self, def: u32, func: u32, options: &[CanonicalOption]) -> Result<(), Error> {
        let function = &self.split[&func];
        let (name, shape, start, finish) = (function.label.clone(), function.shape, function.start, function.finish);
        if options.iter().any(|option| matches!(option, CanonicalOption::Async)) {
            return Err(Error::unsupported(format!("an async lowering of `{name}`, which is not async")));
        }
        let memory = options.iter().find_map(|option| match option {
            CanonicalOption::Memory(memory) => Some(*memory),
            _ => None,
        });
        let realloc = options.iter().find_map(|option| match option {
            CanonicalOption::Realloc(realloc) => Some(*realloc),
            _ => None,
        });
        let signature = self.core_signature(def)?;
        let start = self.lower(start, options);
        let finish = self.lower(finish, options);
        let bulk = match (shape.bulk_result, memory, realloc) {
            (Some(_), Some(memory), Some(realloc)) => Some(BulkRead { realloc, ..self.bulk_read(memory) }),
            _ => None,
        };
        let gate = self.controls.as_ref().expect("a guest with adapted imports has controls").gate;
        let split = Split { def, name, signature, shape, start, finish, gate, bulk };
        self.pending.add(def, bulk.and(memory), move |module| split.build(module));
        Ok(())
    }

    /// The functions that move bulk bytes into `memory`. Their `realloc` is for the caller to fill in.
    fn bulk_read(&mut self, memory: u32) -> BulkRead {
        if let Some(bulk) = self.bulk.get(&memory) {
            return *bulk;
        }
        let scatter = match self.scatter {
            Some(scatter) => scatter,
            None => {
                let [aim, realloc] = std::array::from_fn(|_| self.component.fresh(Sort::CoreFunc));
                let scatter = Scatter { aim, realloc };
                let items = scatter.module().into_items(&mut self.component, self.arena);
                self.out.extend(items);
                *self.scatter.insert(scatter)
            }
        };
        let instance = self.controls.as_ref().expect("a guest with adapted imports has controls").instance;
        let options = [CanonicalOption::Memory(memory), CanonicalOption::Realloc(scatter.realloc)];
        let bulk = BulkRead {
            aim: scatter.aim,
            bulk: self.lower_control(instance, Control::Bulk, &[]),
            head: self.lower_control(instance, Control::BulkHead, &options),
            body: self.lower_control(instance, Control::BulkBody, &options),
            tail: self.lower_control(instance, Control::BulkTail, &options),
            finish: self.lower_control(instance, Control::FinishBulk, &[]),
            realloc: scatter.realloc,
        };
        self.bulk.insert(memory, bulk);
        bulk
    }

    /// An async export of a component that also uses 0.2: the gate has to know while it runs.
    fn lift_async(&mut self, def: u32, core: u32, ty: u32, options: &[CanonicalOption]) -> Result<(), Error> {
        // With a sync lift the function's return gives the result, else a call of `task.return` does.
        let sync = !options.iter().any(|option| matches!(option, CanonicalOption::Async));
        let drain = self.controls.as_ref().filter(|_| sync).map(|controls| controls.drain);
        let inner = self.running(core, "wasi-shim: async export", drain)?;
        let options: Vec<CanonicalOption> = options
            .iter()
            .map(|option| match option {
                CanonicalOption::Callback(callback) => {
                    Ok(CanonicalOption::Callback(self.running(*callback, "wasi-shim: callback", None)?))
                }
                other => Ok(*other),
            })
            .collect::<Result<_, Error>>()?;
        self.flush();
        let lift = CanonicalFunction::Lift { core_func_index: inner, type_index: ty, options: options.into() };
        self.out.push(Item { def: Some(Def::new(Sort::Func, def)), kind: ItemKind::Canon(lift) });
        Ok(())
    }

    /// A wrapper of core function `inner` that tells the gate that it runs.
    fn running(&mut self, inner: u32, name: &str, drain: Option<Drain>) -> Result<u32, Error> {
        let signature = self.core_signature(inner)?;
        let def = self.component.fresh(Sort::CoreFunc);
        let gate = self.controls.as_ref().expect("only called where there are controls").gate;
        let running = Running { def, name: name.into(), signature, inner, gate, drain };
        self.pending.add(def, None, move |module| running.build(module));
        Ok(def)
    }

    /// A `task.return`: drains first.
    fn return_drained(&mut self, def: u32, item: Item<'a>) -> Result<(), Error> {
        let signature = self.core_signature(def)?;
        let controls = self.controls.as_ref().expect("only called where there are controls");
        let (gate, drain) = (controls.gate, controls.drain);
        let inner = self.define(Sort::CoreFunc, item.kind);
        let drained = DrainThenReturn { def, signature, inner, gate, drain };
        self.pending.add(def, None, move |module| drained.build(module));
        Ok(())
    }

    /// `run@0.2` becomes `run@0.3`: the same core function, wrapped, lifted with the async type.
    fn export_run(&mut self, item: &Item<'a>) -> Result<(), Error> {
        let ItemKind::Export(old) = &item.kind else { unreachable!("called with an export") };
        if self.exports_run03 {
            // The stub that toolchains leave beside the real one.
            return Ok(());
        }
        let lift = command::find_lift(&self.out, old, "run").ok_or_else(|| {
            Error::unsupported(format!("an export `{}` that is not lifted in the outermost component", old.name.name))
        })?;
        let (core, options) = (lift.core, lift.options);
        let core = match &self.controls {
            Some(controls) => {
                let drain = controls.drain;
                self.running(core, "wasi-shim: run", Some(drain))?
            }
            None => core,
        };
        self.flush();
        let result = ComponentType::Defined(ComponentDefinedType::Result { ok: None, err: None });
        let result = self.define(Sort::Type, ItemKind::Type(result));
        let ty = self.define(Sort::Type, ItemKind::Type(command::run_type(result)));
        let lift = CanonicalFunction::Lift { core_func_index: core, type_index: ty, options: options.into() };
        let func = self.define(Sort::Func, ItemKind::Canon(lift));
        let instance = self.define(Sort::Instance, ItemKind::Instance(command::instance_of("run", func)));
        let name = self.arena.name(&format!("wasi:cli/run@{}", self.wasi03));
        let export = command::instance_export(name, instance);
        self.out.push(Item { def: item.def, kind: ItemKind::Export(export) });
        Ok(())
    }

    /// Whether the original component function `func` is async.
    fn is_async(&self, func: u32) -> bool {
        let types = self.component.validated();
        types[types.component_function_at(func)].async_
    }

    /// The type of original core function `def`.
    fn core_signature(&self, def: u32) -> Result<Signature, Error> {
        crate::substitute::core_signature(&self.component, def)
    }
}
