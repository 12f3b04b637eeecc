//! Programs of 0.2, wrapped on the host of 0.3.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::time::Duration;

use wasi_shim::Target;
use wasi_shim::harness::{CommandOptions, Host, Outcome, Output, Program};
use wasm_encoder as enc;
use wasm_encoder::reencode::{self, Reencode};

use crate::measure::*;

/// Prints the tables.
pub fn print(quick: bool) {
    let rounds = |n: usize| if quick { 1 } else { n };
    let work = tempfile::tempdir().expect("a temporary directory");
    let hosts = Pair { native: Host::new(Target::Wasi02).unwrap(), wrapped: Host::new(Target::Wasi03).unwrap() };
    let bench = Pair { native: fixture("bench"), wrapped: wrap(&fixture("bench"), Target::Wasi03) };
    let bench = Pair {
        native: hosts.native.compile(&bench.native).unwrap(),
        wrapped: hosts.wrapped.compile(&bench.wrapped).unwrap(),
    };

    println!("| what | native | wrapped | ratio | goal |");
    println!("|---|---|---|---|---|");
    let program = |what: &'static str, out: Option<PathBuf>, n: usize, label: &str, goal: f64| {
        let (native, wrapped) = alternate(rounds(n), |side| {
            run(bench.get(side), what, out.as_deref(), work.path());
        });
        row(label, native, wrapped, goal);
    };
    program("stdout", Some("/dev/null".into()), 15, "64 MiB to `/dev/null` in blocking writes of 4 KiB", 1.3);
    program("stdout", Some(work.path().join("out")), 15, "the same to a file", 1.1);
    program("file", None, 15, "16 MiB to a file and back, 4 KiB at a time", 1.2);
    program("file-streams", None, 15, "the same through streams", 1.2);
    program("stat", None, 15, "100 000 × `stat-at`", 1.3);
    program("now", None, 15, "100 000 × `monotonic-clock.now`", 1.3);

    let hello = Pair { native: fixture("hello"), wrapped: wrap(&fixture("hello"), Target::Wasi03) };
    let (native, wrapped) = alternate(rounds(25), |side| {
        let target = if side == Side::Native { Target::Wasi02 } else { Target::Wasi03 };
        let host = Host::new(target).unwrap();
        run(&host.compile(hello.get(side)).unwrap(), "", None, work.path());
    });
    row("hello, cold: compile and run, no cache", native, wrapped, 1.5);
    let rust = Pair { native: fixture("std-cli"), wrapped: wrap(&fixture("std-cli"), Target::Wasi03) };
    let (native, wrapped) = alternate(rounds(25), |side| {
        let target = if side == Side::Native { Target::Wasi02 } else { Target::Wasi03 };
        let host = Host::new(target).unwrap();
        run(&host.compile(rust.get(side)).unwrap(), "hello", None, work.path());
    });
    row("a Rust hello, cold", native, wrapped, 1.5);

    println!("\n| what | measured | goal |\n|---|---|---|");
    let (before, after) = (hello.native.len(), hello.wrapped.len());
    println!(
        "| bytes that wrapping adds to a hello that only prints | {} ({before} → {after}) | ≤ {} |",
        after - before,
        24 * 1024
    );
    let large = component_of_1_mb();
    let times: Vec<Duration> = (0..rounds(15)).map(|_| timed(|| drop(wrap(&large, Target::Wasi03)))).collect();
    let label = if cfg!(debug_assertions) { ", in a debug build" } else { "" };
    println!("| `wrap` of a component of {} bytes{label} | {} | ≤ 30 ms |", large.len(), ms(median(times)));
}

fn run(program: &Program, what: &str, out: Option<&Path>, dir: &Path) {
    let mut options = CommandOptions::default();
    options.args = vec!["bench".into(), what.into()];
    options.dirs = vec![(dir.to_path_buf(), "/work".into())];
    if let Some(path) = out {
        options.stdout = Output::File(open(path));
    }
    assert_eq!(program.run(options).unwrap(), Outcome::Exit(0), "{what}");
}

/// A Rust program whose core module got functions, never called, until the component has 1 MB.
fn component_of_1_mb() -> Vec<u8> {
    use wasi_preview1_component_adapter_provider as adapter;
    let mut module = enc::Module::new();
    let mut filler = Filler { ty: 0, first: 0 };
    filler.parse_core_module(&mut module, wasmparser::Parser::new(0), &fixture("core-wasip1")).unwrap();
    wit_component::ComponentEncoder::default()
        .module(&module.finish())
        .unwrap()
        .adapter(adapter::WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, adapter::WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER)
        .unwrap()
        .encode()
        .unwrap()
}

/// Copies a module and adds functions of type `ty`.
struct Filler {
    ty: u32,
    /// The index of the first of them.
    first: u32,
}

impl Filler {
    const COUNT: u32 = 1800;
}

impl Reencode for Filler {
    type Error = Infallible;

    fn parse_type_section(
        &mut self,
        types: &mut enc::TypeSection,
        section: wasmparser::TypeSectionReader<'_>,
    ) -> Result<(), reencode::Error> {
        reencode::utils::parse_type_section(self, types, section)?;
        self.ty = types.len();
        types.ty().function([enc::ValType::I32], [enc::ValType::I32]);
        Ok(())
    }

    fn parse_function_section(
        &mut self,
        functions: &mut enc::FunctionSection,
        section: wasmparser::FunctionSectionReader<'_>,
    ) -> Result<(), reencode::Error> {
        reencode::utils::parse_function_section(self, functions, section)?;
        self.first += functions.len();
        (0..Filler::COUNT).for_each(|_| drop(functions.function(self.ty)));
        Ok(())
    }

    fn parse_import_section(
        &mut self,
        imports: &mut enc::ImportSection,
        section: wasmparser::ImportSectionReader<'_>,
    ) -> Result<(), reencode::Error> {
        for import in section.into_imports() {
            let import = import?;
            self.first += u32::from(matches!(import.ty, wasmparser::TypeRef::Func(_)));
            reencode::utils::parse_import(self, imports, import)?;
        }
        Ok(())
    }

    fn parse_export_section(
        &mut self,
        exports: &mut enc::ExportSection,
        section: wasmparser::ExportSectionReader<'_>,
    ) -> Result<(), reencode::Error> {
        reencode::utils::parse_export_section(self, exports, section)?;
        for at in 0..Filler::COUNT {
            exports.export(&format!("filler-{at}"), enc::ExportKind::Func, self.first + at);
        }
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut enc::CodeSection,
        section: wasmparser::CodeSectionReader<'_>,
    ) -> Result<(), reencode::Error> {
        reencode::utils::parse_code_section(self, code, section)?;
        for at in 0..Filler::COUNT {
            let mut body = enc::Function::new([]);
            let mut run = body.instructions();
            run.local_get(0);
            for k in 0..100 {
                run.i32_const((at * 1000 + k) as i32).i32_add();
            }
            run.end();
            code.function(&body);
        }
        Ok(())
    }
}
