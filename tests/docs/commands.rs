//! Every command in a block marked `console`, in the README and in the manual, is run as it is printed.
//!
//! A line that begins with `$ ` is a command; the lines up to the next are what it prints, if any are shown. In them `...` stands
//! for any text, alone on a line for any number of lines. A command fails if and only if what it prints has a line
//! that begins with `error`. One that ends with `&` runs until the end of its page. Other programs that a block needs are named behind
//! `console`: `console,wasmtime`. The commands of a page share a directory, in which the files of [`FILES`] are.

