//! Reasons on hosts of WASI 0.3: `E01…`.

use super::Reason;

pub(super) const ALL: &[Reason] = &[NO_ADAPTER_FOR_IMPORT_OF_02, NO_ADAPTER_FOR_EXPORT_OF_02, UNWATCHED_ANSWER];

pub(crate) const NO_ADAPTER_FOR_IMPORT_OF_02: Reason = Reason {
    code: "E0101",
    title: "an import of WASI 0.2 without an adapter",
    text: "there is no adapter for this interface: WASI {latest} does not have it",
    hint: "compose the component with one that implements `{subject}` first, then wrap the \
           composition",
    meaning: "The component imports an interface under a released version of WASI 0.2, but the \
              latest version that wasi-shim knows has no such interface.",
    cause: "The adapter implements the interfaces of the version in the message on those of WASI \
            0.3. It does not know what others do. Drafts like \
            `wasi:blobstore/container@0.2.0-draft` are left to the host.",
    advice: "Compose the component with one that implements the interface, then wrap the \
             composition. If the name is wrong, correct it.",
};

pub(crate) const NO_ADAPTER_FOR_EXPORT_OF_02: Reason = Reason {
    code: "E0102",
    title: "an export of WASI 0.2 without an adapter",
    text: "there is no adapter for this export of WASI 0.2",
    hint: "only commands (`wasi:cli/run`), services (`wasi:http/incoming-handler`) and exports of \
           your own interfaces can be adapted; if it is for another component, compose the \
           component with the one that uses `{subject}` first, then wrap the composition",
    meaning: "The component exports an interface of WASI 0.2 that hosts do not call: it implements \
              WASI for other components.",
    cause: "Hosts of WASI call two exports, `wasi:cli/run` and the handler of HTTP requests, and \
            these become those of WASI 0.3. Any other one is for a component that was built for \
            WASI 0.2 and would not find it under the names of WASI 0.3.",
    advice: "Compose the component with the one that uses the export, then wrap the composition.",
};

pub(crate) const UNWATCHED_ANSWER: Reason = Reason {
    code: "E0103",
    title: "a service that lets another component answer, by a function that cannot be watched",
    text: "it hands a `response-outparam` on through a function that has a result or more than \
           four parameters, and in WASI 0.3 it has to answer itself",
    hint: "let it hand requests on by a function without result, like `handle` of \
           `wasi:http/incoming-handler`",
    meaning: "In a composition, the service that the host calls gives the `response-outparam` to a \
              component behind it, which answers.",
    cause: "In WASI 0.3 the task that the host began has to return the response. So the service \
            calls the component behind it asynchronously, and watches for the answer meanwhile. \
            Such a call takes four flat parameters (`MAX_FLAT_ASYNC_PARAMS` of the Canonical ABI) \
            and no result without memory for them.",
    advice: "Let the service hand requests on by a function without a result and with at most four \
             flat parameters, like `handle` of `wasi:http/incoming-handler`.",
};
