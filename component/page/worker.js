// Calls the tool, off the page's thread. The first message is the module; every other is a call.

const inflate = (bytes) => new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));

const compiled = async (base64) => {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  return WebAssembly.compile(await new Response(inflate(bytes)).arrayBuffer());
};

const calls = {
  inspect: async (tool, { file }) => tool.inspect(await file.arrayBuffer()),
  wrap: async (tool, { file, options }) => {
    const { component, ...wrapped } = tool.wrap(await file.arrayBuffer(), options);
    return { ...wrapped, file: new Blob([component], { type: 'application/wasm' }) };
  },
  explain: async (tool, { what }) => tool.explain(what),
};

let ready;

addEventListener('message', async ({ data: { core, id, name, args } }) => {
  if (core) {
    ready = compiled(core).then(tool);
    return;
  }
  try {
    postMessage({ id, result: await calls[name](await ready, args) });
  } catch (error) {
    const { kind, message, hints = [], obstacles = [] } = error;
    postMessage({ id, error: { kind, message, hints, obstacles } });
  }
});
