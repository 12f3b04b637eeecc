//! Compositions from short texts. A text has parts; a part has the types of its exported functions,
//! as WIT has them, and the fields of its core module:
//!
//! ```text
//! part c
//!   resource thing
//!   number: async func() -> u32
//!   (func (export "number") (result i32) (call $is (call $waitable-set.new) #1) #42)
//! part d
//!   run: async func() -> u32
//!   (func (export "run") (result i32) (call $c.number))
//! ```
//!
//! The core module gets what it names: built-ins (`$stream.read<u8>`, which is async;
//! `$stream.read-sync<u8>`), functions of earlier parts (`$c.number`; lowered async,
//! `$async:c.number`), a memory with `realloc`, and helpers (`HELPERS`). A function is lifted with
//! a callback if the module exports `number-cb`, with `number-post` as its post-return and, if it
//! is there, `realloc`. `#1` is a constant, `%x` a local, `@x` a global. The root exports what the
//! last part exports. A text that begins with `(component` is one in WAT, one that begins with
//! `script` of `interleaving`.

use std::collections::BTreeMap;
use std::fmt::Write;

/// Functions that core modules get when they name them, with what they call.
const HELPERS: &[(&str, &str)] = &[
    (
        "$await",
        r#"(func $await (param $waitable i32) (param $event i32) (param $payload i32) (local $set i32)
        (local.set $set (call $waitable-set.new)) (call $waitable.join %waitable %set)
        (call $next %set %event %waitable %payload)
        (call $waitable.join %waitable #0) (call $waitable-set.drop %set))"#,
    ),
    (
        "$next",
        r#"(func $next (param $set i32) (param $event i32) (param $waitable i32) (param $payload i32)
        (call $is (call $waitable-set.wait %set #0xff00) %event)
        (call $is (i32.load #0xff00) %waitable) (call $is (i32.load #0xff04) %payload))"#,
    ),
    (
        "$polls",
        r#"(func $polls (param $waitable i32) (param $event i32) (param $payload i32) (local $set i32)
        (local.set $set (call $waitable-set.new)) (call $waitable.join %waitable %set)
        (call $is (call $waitable-set.poll %set #0xff00) %event) (call $is (i32.load #0xff04) %payload)
        (call $waitable.join %waitable #0) (call $waitable-set.drop %set))"#,
    ),
    // The subtask of an answer in state `state`.
    (
        "$subtask",
        r#"(func $subtask (param $answer i32) (param $state i32) (result i32)
        (call $is (i32.and %answer #15) %state) (i32.shr_u %answer #4))"#,
    ),
    ("$wait-on", "(func $wait-on (param $set i32) (result i32) (i32.or #2 (i32.shl %set #4)))"),
    // Both ends of a new stream or future.
    (
        "$pair",
        r#"(global $r (mut i32) #0) (global $w (mut i32) #0) (func $pair (param $ends i64)
        (global.set $r (i32.wrap_i64 %ends)) (global.set $w (i32.wrap_i64 (i64.shr_u %ends (i64.const 32)))))"#,
    ),
];

/// A check that fails divides by zero, which nothing else does.
const IS: &str = "(func $is (param $got i32) (param $want i32)
    (if (i32.ne %got %want) (then (drop (i32.div_u #1 #0)))))";

struct Function {
    name: String,
    is_async: bool,
    params: Vec<(String, String)>,
    result: Option<String>,
}

#[derive(Default)]
struct Part {
    name: String,
    /// The part that this one is another instance of.
    like: Option<String>,
    /// The names of its resources, each with the destructor, if it has one.
    resources: Vec<(String, Option<String>)>,
    functions: Vec<Function>,
    core: String,
}

pub fn composition(text: &str) -> Vec<u8> {
    if text.starts_with("(component") {
        return wat::parse_str(text).unwrap_or_else(|error| panic!("{error}"));
    }
    let script = text.strip_prefix("script ").map(super::interleaving::parts);
    let parts = parse(script.as_deref().unwrap_or(text));
    let mut root = String::from("(component\n");
    for (index, part) in parts.iter().enumerate() {
        let defined = part.like.as_ref().unwrap_or(&part.name);
        if part.like.is_none() {
            root += &component(part, &parts[..index]);
        }
        write!(root, "(instance ${} (instantiate $'{defined}", part.name).unwrap();
        let definition = parts.iter().find(|other| other.name == *defined).unwrap();
        for other in imports(definition, &parts[..index]).keys() {
            write!(root, " (with \"{other}\" (instance ${other}))").unwrap();
        }
        root += "))\n";
    }
    let last = parts.last().unwrap();
    for function in &last.functions {
        writeln!(root, "(func (export \"{0}\") (alias export ${1} \"{0}\"))", function.name, last.name).unwrap();
    }
    root += ")";
    wat::parse_str(&root).unwrap_or_else(|error| panic!("{error}\n{root}"))
}

fn parse(text: &str) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for line in text.lines().map(str::trim) {
        if let Some(head) = line.strip_prefix("part ") {
            let (name, like) = head.split_once(" like ").map_or((head, None), |(name, like)| (name, Some(like.into())));
            parts.push(Part { name: name.into(), like, ..Part::default() });
            continue;
        }
        let Some(part) = parts.last_mut() else { continue };
        if let Some(resource) = line.strip_prefix("resource ") {
            let (name, dtor) = resource.split_once(' ').map_or((resource, None), |(n, d)| (n, Some(d.into())));
            part.resources.push((name.into(), dtor));
        } else if let Some((name, ty)) =
            line.split_once(": ").filter(|(_, ty)| ty.trim_start_matches("async ").starts_with("func("))
        {
            part.functions.push(function(name, ty));
        } else {
            part.core += &format!("{line}\n");
        }
    }
    parts
}

fn function(name: &str, ty: &str) -> Function {
    let (params, result) = ty.split_once("func(").unwrap().1.split_once(')').unwrap();
    let params = split(params).into_iter().map(|param| {
        let (name, ty) = param.split_once(": ").unwrap();
        (name.to_string(), ty.to_string())
    });
    Function {
        name: name.into(),
        is_async: ty.starts_with("async"),
        params: params.collect(),
        result: result.trim().strip_prefix("-> ").map(str::to_string),
    }
}

/// The pieces between commas that are outside of angle brackets; in names of functions, which have
/// no commas, the pieces between bars.
fn split(text: &str) -> Vec<&str> {
    let (mut items, mut depth, mut start) = (Vec::new(), 0, 0);
    for (index, c) in text.char_indices() {
        match c {
            '<' => depth += 1,
            '>' => depth -= 1,
            ',' | '|' if depth == 0 => {
                items.push(text[start..index].trim());
                start = index + 1;
            }
            _ => {}
        }
    }
    items.push(text[start..].trim());
    items.retain(|item| !item.is_empty());
    items
}

fn generic(ty: &str) -> (&str, Option<&str>) {
    ty.split_once('<').map_or((ty, None), |(name, inner)| (name, Some(inner.strip_suffix('>').unwrap())))
}

/// The type in WAT; resources of the part itself are said by their definitions if `canon`.
fn wat_type(ty: &str, canon: Option<&str>) -> String {
    match generic(ty) {
        (name @ ("own" | "borrow"), Some(resource)) => {
            let definition = canon.is_some_and(|part| resource.starts_with(&format!("{part}.")));
            format!("({name} ${resource}{})", if definition { "'" } else { "" })
        }
        (name, None) if name == "stream" || name == "future" => format!("({name})"),
        (name, Some(inner)) => {
            let inner: Vec<String> = split(inner).iter().map(|ty| wat_type(ty, canon)).collect();
            format!("({name} {})", inner.join(" "))
        }
        (name, None) => name.into(),
    }
}

fn flat(ty: &str) -> Vec<&'static str> {
    match generic(ty) {
        ("u64" | "s64", _) => vec!["i64"],
        ("f32", _) => vec!["f32"],
        ("f64", _) => vec!["f64"],
        ("string" | "list", _) => vec!["i32", "i32"],
        ("tuple", Some(inner)) => split(inner).into_iter().flat_map(flat).collect(),
        _ => vec!["i32"],
    }
}

impl Function {
    fn flat_params(&self) -> Vec<&'static str> {
        self.params.iter().flat_map(|(_, ty)| flat(ty)).collect()
    }

    fn flat_result(&self) -> Vec<&'static str> {
        self.result.as_deref().map(flat).unwrap_or_default()
    }

    fn wat(&self, canon: Option<&str>) -> String {
        let mut ty = String::from(if self.is_async { "async" } else { "" });
        for (name, param) in &self.params {
            write!(ty, " (param \"{name}\" {})", wat_type(param, canon)).unwrap();
        }
        if let Some(result) = &self.result {
            write!(ty, " (result {})", wat_type(result, canon)).unwrap();
        }
        ty
    }

    /// The core type of its lowering.
    fn lowered(&self, is_async: bool) -> String {
        let (mut params, mut result) = (self.flat_params(), self.flat_result());
        if params.len() > if is_async { 4 } else { 16 } {
            params = vec!["i32"];
        }
        if is_async {
            params.extend((!result.is_empty()).then_some("i32"));
            result = vec!["i32"];
        } else if result.len() > 1 {
            params.push("i32");
            result = vec![];
        }
        format!("(param {}) (result {})", params.join(" "), result.join(" "))
    }

    fn needs_memory(&self, by_task_return: bool) -> bool {
        let types = self.params.iter().map(|(_, ty)| ty).chain(&self.result);
        types.into_iter().any(|ty| ty.contains("string") || ty.contains("list"))
            || self.flat_params().len() > 16
            || self.flat_result().len() > if by_task_return { 16 } else { 1 }
    }
}

/// The parts and their functions, as the part names them in its code: `part.function`.
fn imports<'a>(part: &Part, others: &'a [Part]) -> BTreeMap<&'a str, Vec<&'a Function>> {
    let code = expanded(&part.core);
    let mut found = BTreeMap::new();
    for other in others {
        let definition = other.like.as_ref().map_or(other, |like| others.iter().find(|o| o.name == *like).unwrap());
        let uses = |function: &&Function| {
            let name = format!("{}.{}", other.name, function.name);
            names(&code).any(|token| token == name || token.strip_prefix("async:") == Some(&name))
        };
        let functions: Vec<&Function> = definition.functions.iter().filter(uses).collect();
        let resource = format!("{}.", other.name);
        let types = || part.functions.iter().flat_map(|f| f.params.iter().map(|(_, ty)| ty).chain(&f.result));
        let is_mentioned = names(&code).any(|token| token.contains(&format!("<{resource}")))
            || types().any(|ty| ty.contains(&format!("<{resource}")));
        if !functions.is_empty() || is_mentioned {
            found.insert(other.name.as_str(), functions);
        }
    }
    // A function whose type has a resource of yet another part.
    for other in others {
        let mentions = |f: &Function| {
            let mut types = f.params.iter().map(|(_, ty)| ty).chain(&f.result);
            types.any(|ty| ty.contains(&format!("<{}.", other.name)))
        };
        if found.values().flatten().any(|f| mentions(f)) {
            found.entry(other.name.as_str()).or_default();
        }
    }
    found
}

/// Names of functions in code, without the `$`.
fn names(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| c.is_whitespace() || "()".contains(c)).filter_map(|token| token.strip_prefix('$'))
}

/// The code with its helpers and abbreviations spelled out.
fn expanded(core: &str) -> String {
    let mut code = format!("{core}\n{IS}\n");
    for (name, text) in HELPERS {
        if names(&code).any(|token| token == &name[1..]) {
            code += text;
        }
    }
    // `$await` comes before `$next`, which it calls.
    let mut spelled = String::new();
    let mut rest = code.as_str();
    while let Some(at) = rest.find(['#', '%', '@']) {
        let (before, token) = rest.split_at(at);
        spelled += before;
        let end = token[1..].find(|c: char| c.is_whitespace() || "()".contains(c)).unwrap() + 1;
        let name = &token[1..end];
        spelled += &match &token[..1] {
            "#" => format!("(i32.const {name})"),
            "%" => format!("(local.get ${name})"),
            _ => format!("(global.get ${name})"),
        };
        rest = &token[end..];
    }
    spelled + rest
}

fn component(part: &Part, others: &[Part]) -> String {
    let code = expanded(&part.core);
    let mut before = String::new();
    for (name, functions) in imports(part, others) {
        let other = others.iter().find(|other| other.name == *name).unwrap();
        write!(before, "(import \"{name}\" (instance ${name}").unwrap();
        for (resource, _) in &other.resources {
            write!(before, " (export \"{resource}\" (type ${name}.{resource} (sub resource)))").unwrap();
        }
        for function in functions {
            write!(before, "\n  (export \"{}\" (func {}))", function.name, function.wat(None)).unwrap();
        }
        before += "))\n";
        for (resource, _) in &other.resources {
            writeln!(before, "(alias export ${name} \"{resource}\" (type ${name}.{resource}))").unwrap();
        }
    }
    for (resource, _) in part.resources.iter().filter(|(_, dtor)| dtor.is_none()) {
        writeln!(before, "(type ${}.{resource}' (resource (rep i32)))", part.name).unwrap();
    }

    let mut used: Vec<&str> = names(&code).collect();
    used.sort();
    used.dedup();
    let (mut core_imports, mut canon, mut exports) = (String::new(), String::new(), String::new());
    for name in used {
        let Some((definition, ty)) = built_in(name, &part.name).or_else(|| lowering(name, others)) else { continue };
        writeln!(core_imports, "(import \"\" \"{name}\" (func ${name} {ty}))").unwrap();
        if let Some(ty) = name.split_once('<').and_then(|(head, of)| end_type(head, of.strip_suffix('>')?, &part.name))
            && !canon.contains(&ty)
        {
            canon += &ty;
        }
        writeln!(canon, "(core func ${name} (canon {definition}))").unwrap();
        write!(exports, " (export \"{name}\" (func ${name}))").unwrap();
    }
    let mut after = String::new();
    for (resource, dtor) in &part.resources {
        if let Some(dtor) = dtor {
            writeln!(after, "(type ${}.{resource}' (resource (rep i32) (dtor (core func $m \"{dtor}\"))))", part.name)
                .unwrap();
        }
        writeln!(after, "(export ${0}.{resource} \"{resource}\" (type ${0}.{resource}'))", part.name).unwrap();
    }
    for function in &part.functions {
        let name = &function.name;
        let has = |name: &str| code.contains(&format!("(export \"{name}\")"));
        let lift = if has(name) {
            let callback = format!("{name}-cb");
            let async_lift = has(&callback);
            let mut options = String::new();
            if function.needs_memory(async_lift) {
                let realloc = if has("realloc") { "(core func $m \"realloc\")" } else { "$m.realloc" };
                write!(options, " (memory $m.memory) (realloc {realloc})").unwrap();
            }
            if has(&format!("{name}-post")) {
                write!(options, " (post-return (core func $m \"{name}-post\"))").unwrap();
            }
            if async_lift {
                write!(options, " async (callback (core func $m \"{callback}\"))").unwrap();
            }
            format!("(core func $m \"{name}\"){options}")
        } else {
            // A constructor of its own.
            let resource = name.strip_prefix("new-").unwrap();
            writeln!(after, "(core func $new.{resource} (canon resource.new ${}.{resource}'))", part.name).unwrap();
            format!("(core func $new.{resource})")
        };
        writeln!(after, "(func (export \"{name}\") {} (canon lift {lift}))", function.wat(None)).unwrap();
    }
    format!(
        r#"(component $'{name}
{before}
(core module $memory (memory (export "memory") 1) (global $free (mut i32) (i32.const 0x8000))
  (func (export "realloc") (param i32 i32 i32 i32) (result i32) (local $p i32)
    (local.set $p (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
    (global.set $free (i32.add (local.get $p) (local.get 3))) (local.get $p)))
(core instance $memory (instantiate $memory))
(alias core export $memory "memory" (core memory $m.memory))
(alias core export $memory "realloc" (core func $m.realloc))
{canon}
(core module $m (import "" "memory" (memory 1))
{core_imports}
{code})
(core instance $m (instantiate $m (with "" (instance (export "memory" (memory $m.memory)){exports}))))
{after})
"#,
        name = part.name
    )
}

/// The definition of the type of streams or futures that a built-in is for.
fn end_type(head: &str, of: &str, part: &str) -> Option<String> {
    let (what, _) = head.split_once('.').filter(|(what, _)| ["stream", "future"].contains(what))?;
    let payload = if of == "unit" { String::new() } else { wat_type(of, Some(part)) };
    Some(format!("(type ${what}<{of}> ({what} {payload}))\n"))
}

/// Definition and core type of a built-in.
fn built_in(name: &str, part: &str) -> Option<(String, String)> {
    let memory = "(memory $m.memory) (realloc $m.realloc)";
    let (head, of) = generic(name);
    let (head, is_sync) = head.strip_suffix("-sync").map_or((head, false), |head| (head, true));
    let (head, cancellable) = head.strip_suffix("-cancellable").map_or((head, ""), |head| (head, " cancellable"));
    let asynchronous = if is_sync { "" } else { " async" };
    let (what, op) = head.split_once('.')?;
    let own = of.is_some_and(|of| of.starts_with(&format!("{part}.")));
    let ty = format!("${}{}", of.unwrap_or_default(), if own { "'" } else { "" });
    let ends = format!("${what}<{}>", of.unwrap_or_default());
    let (definition, params, result) = match (what, op) {
        ("stream" | "future", "new") => (format!("{head} {ends}"), "", "i64"),
        ("stream", "read" | "write") => (format!("{head} {ends}{asynchronous} {memory}"), "i32 i32 i32", "i32"),
        ("future", "read" | "write") => (format!("{head} {ends}{asynchronous} {memory}"), "i32 i32", "i32"),
        ("stream" | "future", "cancel-read" | "cancel-write") => (format!("{head} {ends}{asynchronous}"), "i32", "i32"),
        ("stream" | "future", "drop-readable" | "drop-writable") => (format!("{head} {ends}"), "i32", ""),
        ("resource", "new" | "rep") => (format!("{head} {ty}"), "i32", "i32"),
        ("resource", "drop") => (format!("{head} {ty}"), "i32", ""),
        ("task", "return") => {
            let core = of.map(flat).unwrap_or_default();
            let needs_memory = core.len() > 16 || of.is_some_and(|of| of.contains("string") || of.contains("list"));
            let core = if core.len() > 16 { vec!["i32"] } else { core };
            let result = of.map(|of| format!(" (result {})", wat_type(of, Some(part)))).unwrap_or_default();
            let options = if needs_memory { " (memory $m.memory)" } else { "" };
            return Some((format!("{head}{result}{options}"), format!("(param {})", core.join(" "))));
        }
        ("task", "cancel") | ("backpressure", "inc" | "dec") => (head.into(), "", ""),
        ("context", "get") => ("context.get i32 0".into(), "", "i32"),
        ("context", "set") => ("context.set i32 0".into(), "i32", ""),
        ("waitable-set", "new") => (head.into(), "", "i32"),
        ("waitable-set", "wait" | "poll") => (format!("{head}{cancellable} (memory $m.memory)"), "i32 i32", "i32"),
        ("waitable-set", "drop") | ("subtask", "drop") => (head.into(), "i32", ""),
        ("waitable", "join") => (head.into(), "i32 i32", ""),
        ("subtask", "cancel") => (format!("{head}{asynchronous}"), "i32", "i32"),
        ("thread", "yield") => (format!("{head}{cancellable}"), "", "i32"),
        _ => return None,
    };
    Some((definition, format!("(param {params}) (result {result})")))
}

/// The same of a function of another part.
fn lowering(name: &str, others: &[Part]) -> Option<(String, String)> {
    let (name, is_async) = name.strip_prefix("async:").map_or((name, false), |name| (name, true));
    let (part, function) = name.split_once('.')?;
    let part = others.iter().find(|other| other.name == part)?;
    let definition = part.like.as_ref().map_or(part, |like| others.iter().find(|o| o.name == *like).unwrap());
    let lowered = definition.functions.iter().find(|f| f.name == function)?;
    let options = if is_async { " async" } else { "" };
    Some((
        format!("lower (func ${} \"{function}\"){options} (memory $m.memory) (realloc $m.realloc)", part.name),
        lowered.lowered(is_async),
    ))
}
