//! `task.return`: the result of the running task, which the driver of its export gives to the host.

use wasm_encoder::ValType::{I32, I64};

use super::values::Exchanged;
use super::{Ends, ResultArea, ReturnKind, Task};
use crate::canonical_abi::layout::Layout;
use crate::canonical_abi::{Encoding, Place, Transfer};
use crate::code::{CoreModule, Memory, Signature};
use crate::component::CoreFuncId;
use crate::p3_on_p2::numbers::PartNumber;

/// The function that replaces a `task.return`.
#[derive(Debug, Clone)]
pub(crate) struct TaskReturn {
    pub def: CoreFuncId,
    pub signature: Signature,
    pub task: Task,
    /// The kind of this `task.return`, by type and options.
    pub kind: ReturnKind,
    pub result: Returned,
    /// If ends are returned: the result, the functions that move them to the caller, and the number
    /// of the part.
    pub ends: Option<(Layout, Ends, PartNumber)>,
}

/// The form of the returned value.
#[derive(Debug, Clone)]
pub(crate) enum Returned {
    /// At most one flat value.
    Flat,
    /// Several, none of which points to memory.
    Values,
    /// The response of a service, which this function of R's gives to the host.
    Response(CoreFuncId),
    /// A result that points to memory, or is passed in memory (by one parameter): all is copied to
    /// the result area, because the guest may free it as soon as it has returned it.
    Copied(Layout, Encoding, ResultArea),
}

impl TaskReturn {
    /// Adds the function.
    pub fn build(self, module: &mut CoreModule) {
        let TaskReturn { def, signature, task, kind, result, ends } = self;
        let set = module.import(task.set_result, ([I32, I64], []));
        let respond = match result {
            Returned::Response(respond) => {
                Some(module.import(respond, Signature { params: signature.params.clone(), results: vec![] }))
            }
            _ => None,
        };
        let stash =
            (signature.params.len() > 1 && respond.is_none()).then(|| module.import(task.stash, ([I32, I64], [])));
        let area = match &result {
            Returned::Copied(_, _, area) => {
                Some((module.import_memory(area.memory), module.import(area.alloc, ([I32, I32], [I32]))))
            }
            _ => None,
        };
        let ends = ends.map(|(layout, ends, part)| {
            let caller = module.import(task.caller, ([], [I32]));
            (layout, ends.import(module), part, caller)
        });
        let ends = ends.map(|(layout, moves, part, caller)| (layout, moves.build(module), moves, part, caller));
        module.function(Some(def), "wasi-shim: task.return", signature, |body| {
            let flats = body.params();
            if let Some((_, _, moves, part, caller)) = &ends {
                body.u32(*part).global_set(moves.giver).call(*caller).global_set(moves.taker);
            }
            let handles = Exchanged(|handle| ends.as_ref().and_then(|(_, exchange, ..)| exchange(handle)));
            match (&result, area) {
                (Returned::Copied(layout, encoding, _), Some((memory, alloc))) => {
                    let transfer = Transfer::keep(Memory::FIRST, memory, alloc, *encoding, &handles);
                    match layout.flat.len() == flats.len() {
                        true => transfer.amend(body, layout, Place::Flats(&flats)),
                        false => {
                            let copy = transfer.copy_whole(body, layout, flats[0]);
                            body.get(copy).set(flats[0]);
                        }
                    }
                }
                _ => {
                    if let Some((layout, ..)) = &ends {
                        Transfer::in_place(Memory::FIRST, &handles).amend(body, layout, Place::Flats(&flats));
                    }
                }
            }
            if let Some(respond) = respond {
                body.get_params().call(respond);
            }
            body.u32(kind);
            match flats.first() {
                None => body.i64(0),
                Some(flat) => body.get_bits(*flat),
            };
            body.call(set);
            if let Some(stash) = stash {
                for (at, flat) in (0..).zip(&flats) {
                    body.i32(at).get_bits(*flat).call(stash);
                }
            }
        });
    }
}
