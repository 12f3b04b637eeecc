//! `wasi:io`.

pub mod error;
pub mod input_stream;
pub mod output_stream;
pub mod poll;
