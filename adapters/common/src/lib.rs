//! Code that both adapters need. Apart from `codes`, it knows neither WASI nor the component model.
//!
//! # Safety
//!
//! Modules of the adapters say that the handles, numbers and addresses of a parameter come from the
//! engine, which has checked them. Those of a linked guest come from the boundary functions, which
//! check likewise; the handles are checked by [`resources`].

#![cfg_attr(target_family = "wasm", no_std)]
// Objects are owned through raw pointers everywhere: to satisfy the lint, almost every function
// would have to be `unsafe`, and the keyword would say nothing.
#![allow(clippy::not_unsafe_ptr_arg_deref)]

pub mod abi;
pub mod array;
pub mod codes;
pub mod global;
#[cfg(test)]
mod layers;
pub mod list;
pub mod memory;
pub mod resources;
pub mod shared;
pub mod trap;

#[cfg(target_family = "wasm")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}
