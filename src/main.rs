//! The command line of wasi-shim.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
