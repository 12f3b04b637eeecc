//! Reasons on hosts of either generation: `E00…`.

use super::Reason;
use crate::error::UNSUPPORTED;

pub(super) const ALL: &[Reason] = &[
    WHOLE_COMPONENT,
    UNADOPTED_FEATURE,
    PRIVATE_NAME,
    NAME_OF_ITS_OWN,
    NOT_OF_WASI,
    NOT_A_PROGRAM,
    RESOURCE_IN_IMPORT,
    RESOURCE_IN_EXPORT,
    COMPONENT_IMPORTED,
    TOO_MANY_COMPONENTS,
    NOT_CLOSED,
    NOT_BETWEEN_COMPONENTS,
    MEMBER_PASSED_ON,
    IMPORT_EXPORTED,
    NO_LIFT,
    TYPES_OF_PROGRAM,
    TYPES_FROM_ELSEWHERE,
    PASSED_TO_NESTED,
    EXPORTED_BESIDE_CODE,
    OTHER_REQUESTS,
    SERVICE_OF_BOTH,
    UNUSUAL_CONSTRUCT,
    LATER_FUNCTION,
    LACKING_FUNCTION,
    SAME_NAME,
    UNKNOWN_INTERFACE,
    CHANGED_SINCE_CANDIDATE,
];

pub(crate) const WHOLE_COMPONENT: Reason = Reason {
    code: "E0001",
    title: "another error of `wrap`",
    text: "`wrap` fails: {message}",
    hint: "{hints}",
    meaning: "`inspect` has tried to wrap the component, and `wrap` failed with an error that is \
              not about a construct in it, for example because the component uses an unknown \
              version of WASI.",
    cause: "The message and the hint are those of `wrap`.",
    advice: "The manual explains the message: see Troubleshooting.",
};

// The component's features and names.

pub(crate) const UNADOPTED_FEATURE: Reason = Reason {
    code: "E0010",
    title: "a feature that no standard has adopted",
    text: "engines do not have it by default, and no standard has adopted it: {message}",
    hint: "build the component without this feature",
    meaning: "The component uses a proposal to WebAssembly or to the component model that no \
              standard has adopted, such as fixed-length lists or stack switching. The feature has \
              the name by which `wasm-tools` knows it; the message is the validator's.",
    cause: "Engines do not take such a component by default, and the proposal may still change, so \
            an output with it may become invalid. Features that standards have adopted are passed \
            on (W0130, W0230).",
    advice: "Build the component without this feature; it is an option of the compiler or of the \
             tool that made the component.",
};

pub(crate) const PRIVATE_NAME: Reason = Reason {
    code: "E0011",
    title: "a name that is reserved for adapters",
    text: "names that begin with `wasi-shim:` are reserved for adapters",
    hint: "give the interface another name",
    meaning: "The component imports or exports a name that begins with `wasi-shim:`. By these \
              names the components of an output call their adapter.",
    cause: "A component that called an adapter by itself could reach what other components hold. \
            No host offers these interfaces.",
    advice: "Give the interface another name.",
};

pub(crate) const NAME_OF_ITS_OWN: Reason = Reason {
    code: "E0012",
    title: "an interface of WASI under another name",
    text: "it is `{interface}` under a name of the component's own, and the adapter offers the \
           interface under WASI's name only",
    hint: "import `{interface}` itself",
    meaning: "The import has a plain name, and says by `implements`, which came with WASI 0.3.1, \
              that it is an interface of WASI.",
    cause: "A component may have several that implement one interface, from different providers. \
            The adapter is one provider, and offers the interface under its own name.",
    advice: "Import the interface by the name that it has in WASI.",
};

pub(crate) const NOT_OF_WASI: Reason = Reason {
    code: "E0013",
    title: "an import that differs from the interface of WASI",
    text: "it differs from the interface of {wasi}: {difference}",
    hint: "build the component with the WIT of a released version of WASI",
    meaning: "The component imports an interface under a name and version of WASI, but with other \
              functions or types: it was built with a draft, or with an edited copy of the WIT.",
    cause: "The adapter implements the interface as it was released. It cannot offer an import of \
            another type, and neither could a host.",
    advice: "Build the component with the WIT of a released version of WASI. The message names the \
             function or type, with what WASI has as expected and what the component has as found.",
};

pub(crate) const NOT_A_PROGRAM: Reason = Reason {
    code: "E0014",
    title: "an export that hosts could not call",
    text: "its `{function}` is missing, or is not the function of {wasi}",
    hint: "build the component with the WIT of a released version of WASI",
    meaning: "The component exports `wasi:cli/run` or a handler of HTTP requests, and the function \
              in it is missing, is `async` where WASI 0.2 has one that is not, or is not where WASI \
              0.3 has one that is.",
    cause: "No host of its generation calls such a function, so there is no program to adapt.",
    advice: "Build the component with the WIT of a released version of WASI.",
};

pub(crate) const RESOURCE_IN_IMPORT: Reason = Reason {
    code: "E0015",
    title: "an import that takes or gives a resource of WASI",
    text: "its types use the resource `{resource}` of {from}, which a host of {to} does not have",
    hint: "compose the component with one that implements `{subject}` first, then wrap the \
           composition",
    meaning: "An import that the adapter does not offer, of your own or one like `wasi:blobstore`, \
              takes or gives a resource of the generation that is adapted away: an `input-stream` \
              or a `pollable` of WASI 0.2, a `descriptor` of either.",
    cause: "In the wrapped component the resource belongs to the adapter. A host of the other \
            generation does not have it, so it cannot offer an import whose functions take or give \
            one.",
    advice: "Compose the component with one that implements the import, then wrap the composition: \
             its components share the adapter. `wasi-shim compose` does both.",
};

pub(crate) const RESOURCE_IN_EXPORT: Reason = Reason {
    code: "E0016",
    title: "an export that takes or gives a resource of WASI",
    text: "the export's types use the resource `{resource}` of {from}",
    hint: "compose the component with the one that uses `{subject}` first, then wrap the \
           composition",
    meaning: "An export of your own takes or gives a resource of the generation that is adapted \
              away.",
    cause: "In the wrapped component the resource belongs to the adapter inside it. Whoever calls \
            the export has a resource of the host, or none.",
    advice: "Compose the component with the one that calls the export, then wrap the composition: \
             its components share the adapter.",
};

// How a composition is wired.

pub(crate) const COMPONENT_IMPORTED: Reason = Reason {
    code: "E0020",
    title: "an imported component that is instantiated",
    text: "the composition instantiates it without having its code",
    hint: "put the component itself into the composition, then wrap the composition",
    meaning: "The composition imports a component, not an instance, and instantiates it. Or the \
              component is an export of another component.",
    cause: "Components are adapted by rewriting them, and this one is not there before the \
            composition is instantiated.",
    advice: "Put the component itself into the composition, then wrap the composition.",
};

pub(crate) const TOO_MANY_COMPONENTS: Reason = Reason {
    code: "E0021",
    title: "a composition of very many components",
    text: "it instantiates more than {most} components",
    hint: "wrap the components one by one, then compose them",
    meaning: "The composition instantiates more components than any known tool makes. One that \
              instantiates each level twice in the next grows like that.",
    cause: "Each instantiation is adapted for itself. The limit keeps a small input from taking \
            all memory.",
    advice: "Take the composition apart, wrap the components one by one, then compose them.",
};

pub(crate) const NOT_CLOSED: Reason = Reason {
    code: "E0022",
    title: "a component that uses imports of the component around it",
    text: "it uses definitions of the component around it instead of imports",
    hint: "compose components that stand for themselves, for example with `wac`",
    meaning: "A component in the composition refers by an outer alias to something that the \
              component around it imports, or to a resource type of it.",
    cause: "A composition is taken apart and put together again beside one adapter, so each \
            component must have what it uses. Core modules, components and types of values are \
            copied; what was given from outside cannot be.",
    advice: "Compose components that import what they use, as `wac` and `wasi-shim compose` do.",
};

pub(crate) const NOT_BETWEEN_COMPONENTS: Reason = Reason {
    code: "E0023",
    title: "a definition that components of a composition cannot share",
    text: "it is {what}, which is not supported between the components of a composition",
    hint: "wrap the components one by one, then compose them",
    meaning: "A component of the composition is given, or the composition exports, something other \
              than an import of the composition or an export of one of its components: an instance \
              that is put together from several, a component, a core module, or a type that the \
              composition defines.",
    cause: "The output wires imports and exports of whole components, and nothing else.",
    advice: "Wrap the components one by one, then compose them; or compose them with `wac` or \
             `wasi-shim compose`, which connect whole instances.",
};

pub(crate) const MEMBER_PASSED_ON: Reason = Reason {
    code: "E0024",
    title: "a single function of an interface of WASI that is passed on",
    text: "only a member of the import is passed on, as `{import}` of {part}",
    hint: "compose whole instances, for example with `wac`",
    meaning: "The composition takes one function or type out of an imported interface of WASI and \
              gives it to a component under another name.",
    cause: "The adapter offers interfaces. What a component imports is adapted by the interface's \
            name.",
    advice: "Let the component import the interface, and give it the whole instance, for example \
             with `wac`.",
};

pub(crate) const IMPORT_EXPORTED: Reason = Reason {
    code: "E0025",
    title: "an import that the composition exports again",
    text: "the export is an import, passed on unchanged, which is not supported",
    hint: "let the user of the composition take it from the host",
    meaning: "The composition exports what it imports, without a component between the two.",
    cause: "Imports of WASI go, or become those of the other generation, so there is nothing left \
            to be exported.",
    advice: "Drop the export, and let the component that uses it import the interface from the \
             host.",
};

pub(crate) const NO_LIFT: Reason = Reason {
    code: "E0026",
    title: "the function of a program that is not found",
    text: "the component that exports the function does not lift it, so its core function is not \
           known",
    hint: "export `{function}` from the component that implements it",
    meaning: "The component that exports `wasi:cli/run` or a handler of HTTP requests has only \
              passed the function on, from an import.",
    cause: "Such an export is adapted by lifting its core function anew, with the type that the \
            other generation has.",
    advice: "Let the component with the core function export the interface, and the composition \
             export that component's instance.",
};

pub(crate) const TYPES_OF_PROGRAM: Reason = Reason {
    code: "E0027",
    title: "types that are taken from an export of WASI",
    text: "another export takes its types from this one, which becomes an export of the other \
           generation",
    hint: "let all exports take their types from the interface that defines them, like \
           `wasi:http/types`",
    meaning: "The component exports a handler of HTTP requests, or `wasi:cli/run`, and refers to \
              that export in another one, for its types.",
    cause: "The export becomes that of the other generation, which has other types.",
    advice: "Let all exports take the types from the interface that defines them, like \
             `wasi:http/types`, as `wasm-tools component new` does.",
};

pub(crate) const TYPES_FROM_ELSEWHERE: Reason = Reason {
    code: "E0028",
    title: "an import whose types are declared elsewhere",
    text: "{part} declares the type of the import, or of functions in it, outside of the import",
    hint: "declare types where they are used, as `wasm-tools component new` does",
    meaning: "The type of an imported instance of WASI is an alias of a type outside the \
              declaration of the import, or that is so for the type of a function in it that other \
              functions replace.",
    cause: "The import is declared anew for the adapter. A type that is declared elsewhere may \
            have other users, for which it must not change.",
    advice: "Declare the type of the import in the import, as `wasm-tools component new` and the \
             toolchains that use it do.",
};

pub(crate) const PASSED_TO_NESTED: Reason = Reason {
    code: "E0029",
    title: "an import that is passed on to a component beside code",
    text: "the import is passed on to a component nested in one with code of its own, which is not \
           supported yet",
    hint: "wrap the components one by one, then compose them",
    meaning: "A component has core modules of its own and a component nested in it, and gives the \
              nested one an import of WASI.",
    cause: "A component with code is one part, whatever is nested in it. Only the functions that \
            it lowers itself are replaced.",
    advice: "Wrap the components one by one, then compose them: with `wac`, a composition has no \
             code of its own.",
};

pub(crate) const EXPORTED_BESIDE_CODE: Reason = Reason {
    code: "E0030",
    title: "an import that a component exports again",
    text: "the import is exported again, which is not supported yet",
    hint: "wrap the components one by one, then compose them",
    meaning: "A component with code exports an interface of WASI that it imports, or a function of \
              one, or puts it into an instance of its own.",
    cause: "The import goes or becomes one of the other generation. Only functions that the \
            component lowers are replaced by those of the adapter.",
    advice: "Drop the export, and let its user import the interface; or wrap the components one by \
             one, then compose them.",
};

pub(crate) const OTHER_REQUESTS: Reason = Reason {
    code: "E0031",
    title: "a service whose requests are not those of the host",
    text: "{part} handles requests that are not resources of the host's `{interface}`",
    hint: "let the service import `{interface}` from the host",
    meaning: "The component exports a handler of HTTP requests, and the types of requests and \
              responses in it are its own, or come from another component.",
    cause: "The adapter makes the request that the handler is given, and takes the response from \
            it: they are resources of its `wasi:http/types`.",
    advice: "Let the service import `wasi:http/types` from the host. A component that makes \
             requests by itself for a service behind it cannot be wrapped.",
};

pub(crate) const SERVICE_OF_BOTH: Reason = Reason {
    code: "E0032",
    title: "a service that imports the types of both generations",
    text: "{part} is a service of {from} and imports this interface of {to} as well, which is not \
           supported",
    hint: "let another component of the composition make the requests of the other generation",
    meaning: "The component handles HTTP requests of one generation, and imports `wasi:http/types` \
              of the other, for example to send requests by it.",
    cause: "Its handler becomes one of the other generation, so the wrapped component takes \
            requests of the very interface that it imports already, and their resources could not \
            be told apart.",
    advice: "Let another component of the composition make the requests of the other generation.",
};

pub(crate) const UNUSUAL_CONSTRUCT: Reason = Reason {
    code: UNSUPPORTED.code,
    title: "a construct that no known toolchain makes",
    text: UNSUPPORTED.reason,
    hint: UNSUPPORTED.hint,
    meaning: "The component has a construct that is valid, but that no known toolchain makes, or \
              only in unusual combinations. Troubleshooting lists these constructs.",
    cause: "Each would need a case of its own in the rewrite, which nobody has needed yet. Limits \
            of nesting keep a small input from taking all memory.",
    advice: "Build the component without the construct. If a toolchain makes it by itself, please \
             report that.",
};

// Other versions of the same interfaces.

pub(crate) const LATER_FUNCTION: Reason = Reason {
    code: "E0040",
    title: "a function that a version of WASI does not have",
    text: "WASI {version} does not have this function, which came with {since}",
    hint: "ask for {asked} or a later one",
    meaning: "The component imports or exports a function of WASI 0.2 that came with a later patch \
              than the one that was asked for, by `--wasi-patch` or `reversion --to`.",
    cause: "Hosts of that patch do not have the function.",
    advice: "Ask for the patch that the message names, or for a later one.",
};

pub(crate) const LACKING_FUNCTION: Reason = Reason {
    code: "E0041",
    title: "an export that lacks a function of another version",
    text: "WASI {version} has the function `{function}`, which the component does not export",
    hint: "ask for a version before {since}",
    meaning: "The component exports an interface of WASI 0.2, and is to be named by a later patch, \
              in which the interface has more functions.",
    cause: "A component that exports an interface must have all of its functions.",
    advice: "Ask for a patch before the one that the message names, or implement the function.",
};

pub(crate) const SAME_NAME: Reason = Reason {
    code: "E0042",
    title: "two versions of an interface that would get one name",
    text: "`{interface}` is there, too, and would have the same name",
    hint: "build all parts of the component from the same version of WASI",
    meaning: "The component imports, or exports, an interface at two versions, which would both \
              get the name with the new version.",
    cause: "No two imports of a component have the same name, and no two exports.",
    advice: "Build all parts of the component from the same version of WASI. In a composition, \
             rename the components one by one before they are composed.",
};

pub(crate) const UNKNOWN_INTERFACE: Reason = Reason {
    code: "E0043",
    title: "an interface that WASI does not have",
    text: "no known version of WASI has this interface",
    hint: "leave its version as it is, or give an interface of your own a package of your own",
    meaning: "The component uses an interface of one of the packages of WASI that WASI does not \
              have.",
    cause: "Nothing says whether the interface is the same in both versions.",
    advice: "Correct its name. An interface of your own belongs to a package of your own, whose \
             versions nobody changes.",
};

pub(crate) const CHANGED_SINCE_CANDIDATE: Reason = Reason {
    code: "E0044",
    title: "an interface that has changed since a release candidate",
    text: "its types or functions differ between {candidate} and {release}",
    hint: "build the component anew, with a toolchain for WASI {release}",
    meaning: "The component was built for a release candidate of WASI 0.3, or is to be renamed to \
              one, and uses an interface that is not the same in the release.",
    cause: "A change of names does not change types or functions, so the result could not run on a \
            host of the other version.",
    advice: "Build the component anew, with a toolchain for the release.",
};
