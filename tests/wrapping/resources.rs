//! The table of what a linked guest has of its adapter's resources
//! (`adapters/common/src/resources.rs`), against a model.

use std::collections::BTreeMap;

use wasmtime::{Engine, Instance, Linker, Module, Store, Val, WasmBacktrace};

const ADAPTERS: [&[u8]; 2] = [
    include_bytes!("../../crates/wasi-shim/adapters/p2-on-p3.wasm"),
    include_bytes!("../../crates/wasi-shim/adapters/p3-on-p2.wasm"),
];

const UNKNOWN: &str = "trap: unknown handle index";
const WRONG: &str = "trap: a handle was used as one of another type of resources";
const LENT: &str = "trap: a handle was dropped or given away while a call borrows it";

struct Table {
    store: Store<()>,
    instance: Instance,
    /// Which functions the module exports as traps.
    traps: BTreeMap<u32, String>,
}

impl Table {
    fn new(adapter: &[u8]) -> Table {
        let engine = Engine::default();
        let module = Module::new(&engine, adapter).unwrap();
        let mut linker = Linker::new(&engine);
        linker.define_unknown_imports_as_traps(&module).unwrap();
        let mut store = Store::new(&engine, ());
        let instance = linker.instantiate(&mut store, &module).unwrap();
        let mut traps = BTreeMap::new();
        for payload in wasmparser::Parser::new(0).parse_all(adapter) {
            if let wasmparser::Payload::ExportSection(section) = payload.unwrap() {
                let exports = section.into_iter().map(Result::unwrap);
                traps
                    .extend(exports.filter(|export| export.name.starts_with("trap")).map(|e| (e.index, e.name.into())));
            }
        }
        Table { store, instance, traps }
    }

    /// The answer of function `name`, or the name of the function that traps.
    fn call(&mut self, name: &str, params: [u32; 2]) -> Result<u32, String> {
        let function = self.instance.get_func(&mut self.store, &format!("linked:handle-{name}")).unwrap();
        let mut results = vec![Val::I32(0); function.ty(&self.store).results().len()];
        match function.call(&mut self.store, &params.map(|param| Val::I32(param as i32)), &mut results) {
            Ok(()) => Ok(results.first().map_or(0, |result| result.unwrap_i32() as u32)),
            Err(error) => {
                let trace = error.downcast_ref::<WasmBacktrace>().unwrap();
                Err(self.traps[&trace.frames()[0].func_index()].clone())
            }
        }
    }

    fn pages(&mut self) -> u64 {
        self.instance.get_memory(&mut self.store, "memory").unwrap().size(&self.store)
    }
}

/// The resource that a handle stands for.
#[derive(Clone, Copy)]
struct Held {
    rep: u32,
    tag: u32,
    lent: u32,
}

#[test]
fn tables_do_what_their_model_does() {
    for adapter in ADAPTERS {
        let mut table = Table::new(adapter);
        let (mut held, mut free): (Vec<Option<Held>>, Vec<u32>) = (vec![None], Vec::new());
        let mut seed = 7u64;
        for step in 0..20_000 {
            let [choice, handle, tag, rep] = [8, held.len() as u32 + 2, 3, u32::MAX].map(|limit| {
                seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                (seed >> 32) as u32 % limit
            });
            let tag = 1 + tag;
            if choice < 2 {
                let expected = free.pop().unwrap_or(held.len() as u32);
                assert_eq!(table.call("insert", [rep, tag]), Ok(expected), "step {step}");
                held.resize(held.len().max(expected as usize + 1), None);
                held[expected as usize] = Some(Held { rep, tag, lent: 0 });
                continue;
            }
            let name = ["rep", "remove", "lend", "give-back", "rep", "remove"][choice as usize - 2];
            let entry = held.get_mut(handle as usize);
            let expected = match entry.as_ref().and_then(|entry| **entry) {
                None => Err(UNKNOWN.to_string()),
                Some(held) if held.tag != tag => Err(WRONG.to_string()),
                Some(held) if held.lent == 0 && name == "give-back" => continue,
                Some(held) if held.lent > 0 && name == "remove" => Err(LENT.to_string()),
                Some(_) if name == "give-back" => Ok(0),
                Some(held) => Ok(held.rep),
            };
            assert_eq!(table.call(name, [handle, tag]), expected, "step {step}: {name} {handle}");
            match (expected, name, entry) {
                (Ok(_), "remove", Some(entry)) => {
                    *entry = None;
                    free.push(handle);
                }
                (Ok(_), "lend", Some(Some(held))) => held.lent += 1,
                (Ok(_), "give-back", Some(Some(held))) => held.lent -= 1,
                _ => {}
            }
        }
        assert!(held.iter().flatten().count() > 10);
    }
}

#[test]
fn tables_use_slots_again() {
    for adapter in ADAPTERS {
        let mut table = Table::new(adapter);
        let insert =
            table.instance.get_typed_func::<(u32, u32), u32>(&mut table.store, "linked:handle-insert").unwrap();
        let remove =
            table.instance.get_typed_func::<(u32, u32), u32>(&mut table.store, "linked:handle-remove").unwrap();
        let round = |table: &mut Table| {
            let handles: Vec<u32> = (0..10).map(|rep| insert.call(&mut table.store, (rep, 1)).unwrap()).collect();
            for handle in handles {
                remove.call(&mut table.store, (handle, 1)).unwrap();
            }
        };
        round(&mut table);
        let before = table.pages();
        for _ in 0..100_000 {
            round(&mut table);
        }
        assert_eq!(table.pages(), before);
    }
}
