//! Names of functions, and the resources and methods in them.

use wasmparser::component_types::ComponentEntityType;
use wasmparser::{Chunk, Parser, Payload};

use super::{Component, Def, Sort};

/// The name of the function that begins `f`.
pub(crate) fn start_name(f: &str) -> String {
    prefixed("start", f)
}

/// The name of the function that gives the result of `f`: static, because it needs no resource.
pub(crate) fn finish_name(f: &str) -> String {
    static_name(&prefixed("finish", f))
}

/// Function or method `f` under a name that begins with `prefix`.
fn prefixed(prefix: &str, f: &str) -> String {
    match resource_and_method(f) {
        Some((kind, resource, method)) => format!("[{kind}]{resource}.{prefix}-{method}"),
        None => format!("{prefix}-{f}"),
    }
}

/// The name of `f` as a static function.
pub(crate) fn static_name(f: &str) -> String {
    match resource_and_method(f) {
        Some((_, resource, method)) => format!("[static]{resource}.{method}"),
        None => f.to_string(),
    }
}

/// A name that is not taken: `base` with as many `-x` as necessary, before its version if it has
/// one.
pub(crate) fn fresh_name(base: impl Into<String>, is_taken: impl Fn(&str) -> bool) -> String {
    let mut name = base.into();
    while is_taken(&name) {
        let end = name.find('@').unwrap_or(name.len());
        name.insert_str(end, "-x");
    }
    name
}

/// `[method]output-stream.flush` → `("method", "output-stream", "flush")`.
pub(crate) fn resource_and_method(f: &str) -> Option<(&str, &str, &str)> {
    let (kind, rest) = f.strip_prefix('[')?.split_once(']')?;
    let (resource, method) = rest.split_once('.')?;
    Some((kind, resource, method))
}

/// The functions of `def`, an imported or exported instance.
pub(crate) fn functions_of(component: &Component<'_>, def: Def) -> Vec<String> {
    if def.sort != Sort::Instance {
        return Vec::new();
    }
    let types = component.validated();
    let exports = &types[types.component_instance_at(def.id)].exports;
    let functions = exports.iter().filter(|(_, item)| matches!(item.ty, ComponentEntityType::Func(_)));
    functions.map(|(name, _)| name.clone()).collect()
}

/// The names of the imports and exports of a binary component. Nothing is validated and nested
/// components are skipped; the names end where the binary is malformed.
pub(crate) fn extern_names(component: &[u8]) -> [Vec<&str>; 2] {
    let (mut imports, mut exports) = (Vec::new(), Vec::new());
    let (mut parser, mut rest) = (Parser::new(0), component);
    while let Ok(Chunk::Parsed { consumed, payload }) = parser.parse(rest, true) {
        rest = &rest[consumed..];
        match payload {
            Payload::ModuleSection { unchecked_range, .. } | Payload::ComponentSection { unchecked_range, .. } => {
                let skipped = unchecked_range.end - unchecked_range.start;
                rest = rest.get(skipped as usize..).unwrap_or_default();
            }
            Payload::ComponentImportSection(section) => {
                imports.extend(section.into_iter().flatten().map(|import| import.name.name));
            }
            Payload::ComponentExportSection(section) => {
                exports.extend(section.into_iter().flatten().map(|export| export.name.name));
            }
            Payload::End(_) => break,
            _ => {}
        }
    }
    [imports, exports]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_fresh() {
        assert_eq!(fresh_name("f", |_| false), "f");
        assert_eq!(fresh_name("f", |name| ["f", "f-x"].contains(&name)), "f-x-x");
        assert_eq!(fresh_name("a:b/c@0.2.0", |name| name == "a:b/c@0.2.0"), "a:b/c-x@0.2.0");
    }
}
