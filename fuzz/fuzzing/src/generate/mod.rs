//! Inputs.

pub mod bases;
pub mod mutate;
pub mod options;
pub mod wit;
pub mod worlds;
