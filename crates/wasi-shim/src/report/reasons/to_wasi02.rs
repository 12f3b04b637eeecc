//! Reasons on hosts of WASI 0.2: `E02…`.

use super::Reason;

pub(super) const ALL: &[Reason] = &[
    NO_ADAPTER_FOR_IMPORT_OF_03,
    NO_ADAPTER_FOR_EXPORT_OF_03,
    NOTHING_BEHIND_MIDDLEWARE,
    ASYNC_IMPORT,
    STREAMS_IN_EXPORT,
    ASYNC_BESIDE_CODE,
    NAMELESS_PAYLOAD,
    HANDLER_WITH_TWO_CALLERS,
    HANDLES_WITHOUT_HOME,
    SEVERAL_PATCHES,
    MEMORY64,
    GC_VALUES,
    STACKFUL_LIFT,
    COMPONENT_THREAD,
    ERROR_CONTEXT,
];

pub(crate) const NO_ADAPTER_FOR_IMPORT_OF_03: Reason = Reason {
    code: "E0201",
    title: "an import of WASI 0.3 without an adapter",
    text: "there is no adapter for this interface: WASI {latest} does not have it",
    hint: "compose the component with one that implements `{subject}` first, then wrap the \
           composition",
    meaning: "The component imports an interface under a version of WASI 0.3, but the latest \
              version that wasi-shim knows has no such interface.",
    cause: "The adapter implements the interfaces of the version in the message on those of WASI \
            0.2. It does not know what others do.",
    advice: "Compose the component with one that implements the interface, then wrap the \
             composition. If the name is wrong, correct it.",
};

pub(crate) const NO_ADAPTER_FOR_EXPORT_OF_03: Reason = Reason {
    code: "E0202",
    title: "an export of WASI 0.3 without an adapter",
    text: "there is no adapter for this export of WASI 0.3",
    hint: "only commands (`wasi:cli/run`), services (`wasi:http/handler`) and exports of your own \
           interfaces can be adapted; if it is for another component, compose the component with \
           the one that uses `{subject}` first, then wrap the composition",
    meaning: "The component exports an interface of WASI 0.3 that hosts do not call: it implements \
              WASI for other components.",
    cause: "Hosts of WASI call two exports, `wasi:cli/run` and the handler of HTTP requests, and \
            these become those of WASI 0.2. Any other one is for a component that was built for \
            WASI 0.3 and would not find it under the names of WASI 0.2.",
    advice: "Compose the component with the one that uses the export, then wrap the composition.",
};

pub(crate) const NOTHING_BEHIND_MIDDLEWARE: Reason = Reason {
    code: "E0203",
    title: "a middleware without the service behind it",
    text: "a middleware hands requests on to a component behind it, and a host of WASI 0.2 has \
           none to offer",
    hint: "compose it with the service behind it first: `wasi-shim compose MIDDLEWARE SERVICE \
           --to 0.2 -o OUT`",
    meaning: "The component imports `wasi:http/handler`, the interface by which one component has \
              another answer a request.",
    cause: "On WASI 0.2 the interface of that kind, `wasi:http/incoming-handler`, is only \
            exported; what a host offers, `wasi:http/outgoing-handler`, sends requests over the \
            network.",
    advice: "Compose it with the service behind it: `wasi-shim compose MIDDLEWARE SERVICE --to \
             0.2 -o OUT`.",
};

pub(crate) const ASYNC_IMPORT: Reason = Reason {
    code: "E0204",
    title: "an async import that is not of WASI",
    text: "its types use `async`, `stream` or `future`, which a host of WASI 0.2 does not have",
    hint: "compose the component with one that implements `{subject}` first, then wrap the \
           composition",
    meaning: "The component imports an interface or function of your own with an `async` function, \
              a `stream` or a `future` in its types.",
    cause: "They belong to the async component model, which came with WASI 0.3. A host of WASI 0.2 \
            can neither offer such a function nor give or take such a value.",
    advice: "Compose the component with one that implements the import, then wrap the composition: \
             between its components the adapter carries async calls, streams and futures. Or give \
             the import another type.",
};

pub(crate) const STREAMS_IN_EXPORT: Reason = Reason {
    code: "E0205",
    title: "an export that takes or gives streams or futures",
    text: "its types use `stream` or `future`, which a host of WASI 0.2 does not have",
    hint: "compose the component with the one that uses `{subject}` first, then wrap the \
           composition",
    meaning: "An export of your own has a `stream` or a `future` in its types. (A function that is \
              only `async` is adapted: it returns when it has ended.)",
    cause: "Streams and futures belong to the async component model, which came with WASI 0.3. \
            Whoever calls the export on a host of WASI 0.2 has none to give, and cannot take one.",
    advice: "Compose the component with the one that calls the export, then wrap the composition. \
             Or let the export have another type, like a list.",
};

pub(crate) const ASYNC_BESIDE_CODE: Reason = Reason {
    code: "E0206",
    title: "an async component nested beside code",
    text: "it uses the async component model and is nested in a component with code of its own, \
           which is not supported yet",
    hint: "wrap the components one by one, then compose them",
    meaning: "A component has core modules of its own and a component nested in it that uses \
              `async`, streams, futures or tasks.",
    cause: "A component with code is one part, whatever is nested in it: only what it defines \
            itself is replaced.",
    advice: "Wrap the components one by one, then compose them: with `wac`, a composition has no \
             code of its own.",
};

pub(crate) const NAMELESS_PAYLOAD: Reason = Reason {
    code: "E0207",
    title: "streams or futures of values whose types are not imported by name",
    text: "{part} reads or writes streams or futures of its values, and does not import {names} \
           from it",
    hint: "let the component import the interface with these types, as `wit-bindgen` does",
    meaning: "The component reads or writes a stream or future of WASI whose elements have a type \
              of this interface, like its `error-code`, and does not import that type by its name.",
    cause: "Towards WASI 0.2 the adapter gives such values by functions of that interface, in \
            whose types it has to name the same type.",
    advice: "Let the component import the interface with these types, as `wit-bindgen` does.",
};

pub(crate) const HANDLER_WITH_TWO_CALLERS: Reason = Reason {
    code: "E0208",
    title: "a handler that the host and another component call",
    text: "the host calls the handler, and a component of the composition as well, which is not \
           supported",
    hint: "instantiate the service twice in the composition: once for the host, once for that \
           component",
    meaning: "The composition exports the handler of a service, and another component in it \
              imports the same instance.",
    cause: "What a task of the handler returns is the answer to the host, given through its \
            `response-outparam`, or a value for that component. The handler is rewritten for one \
            of them.",
    advice: "Instantiate the service twice in the composition: once for the host, once for that \
             component.",
};

pub(crate) const HANDLES_WITHOUT_HOME: Reason = Reason {
    code: "E0209",
    title: "handles in a stream or future whose resource has no known definition",
    text: "the function passes a stream or future of `{payload}` between components, and the \
           component that defines the resource is not known",
    hint: "pass resources as parameters and results of functions",
    meaning: "Components of a composition pass each other a stream or future with handles of a \
              resource in its elements, and the resource reaches them in an unusual way, as by an \
              instance within an imported instance.",
    cause: "Between write and read such handles wait in the table of the component that defines \
            the resource, or beside the host's import of it. It has to be known which one that is.",
    advice: "Pass the resource as a parameter or result of functions. Or let each component import \
             the interface that defines the resource directly.",
};

pub(crate) const SEVERAL_PATCHES: Reason = Reason {
    code: "E0210",
    title: "an interface at several versions, of which one was asked for",
    text: "{part} has this interface at several versions, which would get one name",
    hint: "leave out `--wasi-patch`: hosts satisfy several versions at once",
    meaning: "A component imports or exports an interface of WASI 0.2 at several patches, and \
              `--wasi-patch` asks for one.",
    cause: "No two imports of a component have the same name, and no two exports. (Different \
            components of a composition may import different patches.)",
    advice: "Leave out `--wasi-patch`, since hosts satisfy several versions at once. Or build the \
             component from one version of WASI.",
};

// Constructs that need more than an event loop and 32-bit memories.

pub(crate) const MEMORY64: Reason = Reason {
    code: "E0220",
    title: "a 64-bit memory",
    text: "the adapter addresses the component's memory by 32 bits",
    hint: "build the component for 32-bit memories",
    meaning: "A function is lifted or lowered with a memory that is addressed by 64 bits \
              (memory64).",
    cause: "The adapter's code addresses the component's memory by 32 bits, and engines do not \
            take 64-bit memories for lifting and lowering by default either.",
    advice: "Build the component for 32-bit memories, for example for `wasm32-wasip2`.",
};

pub(crate) const GC_VALUES: Reason = Reason {
    code: "E0221",
    title: "values as garbage-collected objects",
    text: "hosts of WASI 0.2 do not have the option `gc` of the Canonical ABI",
    hint: "build the component for linear memories",
    meaning: "A function is lifted or lowered with the option `gc` of the Canonical ABI: its \
              values are objects of Wasm GC instead of bytes in a memory.",
    cause: "The option is a proposal to the component model, which hosts of WASI 0.2 do not have.",
    advice: "Build the component for linear memories. Core modules may use Wasm GC inside.",
};

pub(crate) const STACKFUL_LIFT: Reason = Reason {
    code: "E0222",
    title: "a stackful async lift",
    text: "a host of WASI 0.2 has one stack for a component",
    hint: "build the component with a toolchain that lifts with callbacks",
    meaning: "An `async` function is lifted without a callback. It waits in the middle of its \
              code, so the engine keeps its stack while other tasks of the component run.",
    cause: "A host of WASI 0.2 has one stack for a component. The adapter runs tasks in turns, by \
            calling their callbacks.",
    advice: "Build the component with a toolchain that lifts with callbacks, as those of \
             `wit-bindgen` do.",
};

pub(crate) const COMPONENT_THREAD: Reason = Reason {
    code: "E0223",
    title: "a thread of the component model",
    text: "each thread has a stack, and a host of WASI 0.2 has one stack for a component",
    hint: "build the component without threads",
    meaning: "The component uses a built-in `thread.*`, by which it starts threads or switches \
              between them.",
    cause: "Each thread has a stack of its own, and a host of WASI 0.2 has one for a component. \
            The built-ins are a proposal to the component model.",
    advice: "Build the component without threads.",
};

pub(crate) const ERROR_CONTEXT: Reason = Reason {
    code: "E0224",
    title: "error-context",
    text: "hosts of WASI 0.2 do not have the type `error-context`",
    hint: "build the component without error-context",
    meaning: "The component makes, reads or drops values of the type `error-context`.",
    cause: "The type is a proposal to the component model that WASI 0.3 does not contain, and a \
            host of WASI 0.2 does not know it.",
    advice: "Build the component without error-context: return errors as values.",
};
