//! `task.return`: the result of the running task, which the driver of its export gives to the host.

use wasm_encoder::{Instruction, ValType};

use super::values::{Body, Flat, Move};
use super::{Arena, Ends, Task};
use crate::abi::Encoding;
use crate::layout::Layout;
use crate::substitute::{CoreModule, Signature};

use ValType::{I32, I64};

/// The function.
#[derive(Debug, Clone)]
pub(crate) struct TaskReturn {
    pub def: u32,
    pub signature: Signature,
    pub task: Task,
    /// Which of the component's it is, by type and options.
    pub kind: u32,
    pub result: Returned,
    /// If ends are returned: the result, what moves them to the caller, and the number of the part.
    pub ends: Option<(Layout, Ends, u32)>,
}

/// What is returned.
#[derive(Debug, Clone)]
pub(crate) enum Returned {
    /// At most one flat value.
    Flat,
    /// Several, none of which points to memory.
    Values,
    /// The response of a service, which this function of R's gives to the host.
    Response(u32),
    /// Something that points to memory, or is passed in memory if the function has one parameter: all is copied to the
    /// arena, because the guest may free it as soon as it has returned it.
    Copied(Layout, Encoding, Arena),
}

impl TaskReturn {
    /// Imports what the function calls and gives back what adds it.
    pub fn build(self, module: &mut CoreModule) -> impl FnOnce(&mut CoreModule) + use<> {
        let TaskReturn { def, signature, task, kind, result, ends } = self;
        let set = module.import_at(task.set_result, Signature::new(&[I32, I64], &[]));
        let respond = match result {
            Returned::Response(respond) => {
                Some(module.import_at(respond, Signature { params: signature.params.clone(), results: vec![] }))
            }
            _ => None,
        };
        let stash = (signature.params.len() > 1 && respond.is_none())
            .then(|| module.import_at(task.stash, Signature::new(&[I32, I64], &[])));
        let how = match &result {
            Returned::Copied(_, encoding, arena) => Some(Move {
                alloc: module.import_at(arena.alloc, Signature::new(&[I32, I32], &[I32])),
                from: 0,
                to: module.import_memory_at(arena.memory),
                encoding: *encoding,
            }),
            _ => None,
        };
        let ends = ends.map(|(layout, ends, part)| {
            let caller = module.import_at(task.caller, Signature::new(&[], &[I32]));
            (layout, ends.import(module), part, caller)
        });
        move |module| {
            let ends = ends.map(|(layout, moves, part, caller)| (layout, moves.build(module), moves, part, caller));
            let mut body = Body::new(signature.params.len());
            let flats: Vec<Flat> = signature.params.iter().enumerate().map(|(at, ty)| (at as u32, *ty)).collect();
            if let (Returned::Copied(layout, ..), Some(how)) = (&result, how) {
                match layout.flat.len() == flats.len() {
                    true => body.move_flat(layout, &flats, how),
                    false => body.move_whole(layout, 0, how),
                }
            }
            if let Some((layout, exchange, moves, part, caller)) = ends {
                moves.push_between(&mut body, Instruction::I32Const(part as i32), Instruction::Call(caller));
                let memory = how.map_or(0, |how| how.to);
                match layout.flat.len() == flats.len() {
                    true => body.exchange_flat(&layout, &flats, memory, &exchange),
                    false => body.exchange(&layout, 0, 0, memory, &exchange),
                }
            }
            if let Some(respond) = respond {
                body.run.extend(flats.iter().map(|(local, _)| Instruction::LocalGet(*local)));
                body.run.push(Instruction::Call(respond));
            }
            body.run.push(Instruction::I32Const(kind as i32));
            match flats.first() {
                None => body.run.push(Instruction::I64Const(0)),
                Some(flat) => body.push_bits(*flat),
            }
            body.run.push(Instruction::Call(set));
            if let Some(stash) = stash {
                for (at, flat) in flats.into_iter().enumerate() {
                    body.run.push(Instruction::I32Const(at as i32));
                    body.push_bits(flat);
                    body.run.push(Instruction::Call(stash));
                }
            }
            module.add(Some(def), "wasi-shim: task.return", signature, body.into_code());
        }
    }
}
