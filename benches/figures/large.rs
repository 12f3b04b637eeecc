//! Components of 1 MB, mostly of functions that are never called.

use std::convert::Infallible;
use std::fmt::Write;
use std::path::Path;

use wasi_preview1_component_adapter_provider as preview1;
use wasm_encoder as enc;
use wasm_encoder::reencode::{self, Reencode};

use crate::measure::fixture;

/// The core module of a Rust program of 0.2.
pub fn module() -> Vec<u8> {
    let mut module = enc::Module::new();
    let mut filler = Filler { ty: 0, first: 0 };
    filler.parse_core_module(&mut module, wasmparser::Parser::new(0), &fixture("core-wasip1")).unwrap();
    module.finish()
}

/// The component of `module`, as `wasm-tools component new` makes it.
pub fn component_new(module: &[u8]) -> Vec<u8> {
    wit_component::ComponentEncoder::default()
        .validate(true)
        .module(module)
        .unwrap()
        .adapter(preview1::WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, preview1::WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER)
        .unwrap()
        .encode()
        .unwrap()
}

/// A program of 0.3.
pub fn of_03() -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/wat/hello-p3.wat");
    let text = std::fs::read_to_string(path).unwrap();
    let mut filler = String::new();
    for i in 0..1900 {
        filler += "(func (param i32) (result i32) (local.get 0)";
        for k in 0..100 {
            write!(filler, "(i32.const {})(i32.add)", i * 1000 + k).unwrap();
        }
        filler += ")\n";
    }
    wat::parse_str(text.replace(";; More functions go here when a large component is wanted.", &filler)).unwrap()
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
        for _ in 0..Filler::COUNT {
            functions.function(self.ty);
        }
        Ok(())
    }

    fn parse_import_section(
        &mut self,
        imports: &mut enc::ImportSection,
        section: wasmparser::ImportSectionReader<'_>,
    ) -> Result<(), reencode::Error> {
        for import in section.clone().into_imports() {
            self.first += u32::from(matches!(import?.ty, wasmparser::TypeRef::Func(_)));
        }
        reencode::utils::parse_import_section(self, imports, section)
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
