//! Putting the parts of a guest and an adapter under one root.
//!
//! The root only wires: it holds no core instance and calls nothing, because a component that calls its child, or
//! is called by it, traps in engines that guard against re-entrance. All parts and the adapter are siblings.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use wac_graph::types::Package;
use wac_graph::{CompositionGraph, EncodeOptions, NodeId, PackageId};

use crate::composition::{Origin, Source};
use crate::wasi::InterfaceName;
use crate::{Error, foreign};

/// A component to be composed.
pub(crate) struct Part<'a> {
    pub bytes: Vec<u8>,
    /// Where its imports come from; those that are not listed come from the root under their own names.
    pub args: BTreeMap<&'a str, Source<'a>>,
}

/// Composes `parts` with `adapter` so that the root exports `exports`.
///
/// `satisfied` are the imports of the root that the adapter's exports satisfy, matched by interface whatever the patch
/// version; what else comes from the root is the adapter's export of the very name, or an import of the result. Such
/// imports have the types that the parts give them, but those of `original`, the composition that the parts came from, if
/// a part takes them under another name. A single part that needs no adapter is the result itself.
pub(crate) fn compose_all(
    original: &[u8],
    parts: &[Part<'_>],
    exports: &[(&str, Source<'_>)],
    adapter: Option<&[u8]>,
    satisfied: &BTreeSet<String>,
) -> Result<Vec<u8>, Error> {
    if let ([part], None) = (parts, adapter) {
        return Ok(part.bytes.clone());
    }
    foreign::call("wac-graph", || graph(original, parts, exports, adapter, satisfied))
}

/// Composes them by `wac-graph`.
fn graph(
    original: &[u8],
    parts: &[Part<'_>],
    exports: &[(&str, Source<'_>)],
    adapter: Option<&[u8]>,
    satisfied: &BTreeSet<String>,
) -> Result<Vec<u8>, Error> {
    let mut root = Root::new(original, parts, adapter, satisfied)?;
    for part in parts {
        root.add(part)?;
    }
    for (name, source) in exports {
        let node = root.node(source)?;
        root.graph.export(node, *name).map_err(Error::unsound)?;
    }
    root.graph
        .encode(EncodeOptions { define_components: true, validate: false, processor: None })
        .map_err(|error| Error::unsound(format!("{:#}", anyhow::Error::new(error))))
}

/// The root under construction.
struct Root<'p> {
    graph: CompositionGraph,
    /// The adapter's instance and the names of its exports.
    adapter: Option<(NodeId, Vec<String>)>,
    satisfied: &'p BTreeSet<String>,
    /// The root's imports of which some part takes a member, or which it knows by another name.
    explicit: HashMap<&'p str, NodeId>,
    /// Equal components are defined once.
    packages: HashMap<&'p [u8], PackageId>,
    /// The instances of the parts.
    instances: Vec<NodeId>,
}

impl<'p> Root<'p> {
    fn new(
        original: &[u8],
        parts: &'p [Part<'_>],
        adapter: Option<&[u8]>,
        satisfied: &'p BTreeSet<String>,
    ) -> Result<Root<'p>, Error> {
        let mut graph = CompositionGraph::new();
        let adapter = match adapter {
            Some(bytes) => {
                let package = register(&mut graph, "wasi-shim:adapter", bytes)?;
                let exports = graph.types()[graph[package].ty()].exports.keys().cloned().collect();
                Some((graph.instantiate(package), exports))
            }
            None => None,
        };
        let mut root = Root {
            graph,
            adapter,
            satisfied,
            explicit: HashMap::new(),
            packages: HashMap::new(),
            instances: Vec::new(),
        };
        let args = parts.iter().flat_map(|part| &part.args);
        let renamed = args.filter(|(name, source)| source.origin == Origin::Root && source.path[..] != [**name]);
        let renamed: BTreeSet<&'p str> = renamed.map(|(_, source)| source.path[0]).collect();
        let mut world = None;
        for name in renamed {
            if root.adapter_export(name)?.is_some() {
                continue;
            }
            let world = match world {
                Some(world) => world,
                None => {
                    let package = Package::from_bytes("wasi-shim:original", None, original, root.graph.types_mut())
                        .map_err(|error| Error::unsound(format!("{error:#}")))?;
                    *world.insert(package.ty())
                }
            };
            let imports = &root.graph.types()[world].imports;
            let other_patch =
                || imports.iter().rev().find(|(import, _)| same_interface(import, name)).map(|(_, kind)| kind);
            let kind = imports.get(name).or_else(other_patch).copied();
            let kind = kind.ok_or_else(|| Error::unsound(format!("the root does not import `{name}`")))?;
            let node = root.graph.import(name, kind).map_err(Error::unsound)?;
            root.explicit.insert(name, node);
        }
        Ok(root)
    }

    /// Instantiates `part` with its arguments.
    fn add(&mut self, part: &'p Part<'_>) -> Result<(), Error> {
        let package = match self.packages.get(&part.bytes[..]) {
            Some(package) => *package,
            None => {
                let name = match self.packages.len() {
                    0 => "wasi-shim:guest".to_string(),
                    at => format!("wasi-shim:guest{at}"),
                };
                let package = register(&mut self.graph, &name, &part.bytes)?;
                self.packages.insert(&part.bytes, package);
                package
            }
        };
        let imports = self.graph.types()[self.graph[package].ty()].imports.keys().cloned();
        let imports: Vec<String> = imports.collect();
        let instance = self.graph.instantiate(package);
        self.instances.push(instance);
        for import in &imports {
            let by_name = Source { origin: Origin::Root, path: vec![import] };
            let source = part.args.get(import.as_str()).unwrap_or(&by_name);
            let is_implicit = source.root_import().is_some_and(|name| !self.explicit.contains_key(name));
            if is_implicit && self.adapter_export(source.path[0])?.is_none() {
                continue;
            }
            let node = self.node(source)?;
            self.graph
                .set_instantiation_argument(instance, import, node)
                .map_err(|error| Error::unsound(format!("import `{import}`: {:#}", anyhow::Error::new(error))))?;
        }
        Ok(())
    }

    /// What `source` leads to.
    fn node(&mut self, source: &Source<'_>) -> Result<NodeId, Error> {
        let mut path = source.path.iter().copied();
        let mut node = match source.origin {
            Origin::Part(part) => self.instances[part],
            Origin::Root => {
                let name = path.next().unwrap_or_default();
                match (self.adapter_export(name)?, self.explicit.get(name)) {
                    (Some(node), _) => node,
                    (None, Some(node)) => *node,
                    (None, None) => return Err(Error::unsound(format!("`{name}` is not imported by the root"))),
                }
            }
        };
        for member in path {
            node = self.graph.alias_instance_export(node, member).map_err(Error::unsound)?;
        }
        Ok(node)
    }

    /// The export of the adapter that satisfies import `name` of the root.
    fn adapter_export(&mut self, name: &str) -> Result<Option<NodeId>, Error> {
        let satisfied = self.satisfied.contains(name);
        let export = self.adapter.as_ref().and_then(|(adapter, exports)| {
            let matches = |export: &&String| *export == name || (satisfied && same_interface(export, name));
            exports.iter().find(matches).map(|export| (*adapter, export))
        });
        match export {
            Some((adapter, export)) => {
                self.graph.alias_instance_export(adapter, export).map(Some).map_err(Error::unsound)
            }
            None if satisfied => Err(Error::unsound(format!("the adapter does not export `{name}`"))),
            None => Ok(None),
        }
    }
}

fn register(graph: &mut CompositionGraph, name: &str, bytes: &[u8]) -> Result<PackageId, Error> {
    let package = Package::from_bytes(name, None, bytes.to_vec(), graph.types_mut())
        .map_err(|error| Error::unsound(format!("{error:#}")))?;
    graph.register_package(package).map_err(Error::unsound)
}

fn same_interface(a: &str, b: &str) -> bool {
    match (InterfaceName::parse(a), InterfaceName::parse(b)) {
        (Some(a), Some(b)) => a.unversioned() == b.unversioned() && a.generation() == b.generation(),
        _ => false,
    }
}
