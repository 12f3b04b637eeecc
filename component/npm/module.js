// The compiled module of the tool, in Node and in browsers.

const url = new URL('./tool/tool.core.wasm', import.meta.url);

async function compile() {
  if (url.protocol === 'file:') {
    const { readFile } = await import('node:fs/promises');
    return WebAssembly.compile(await readFile(url));
  }
  const response = await fetch(url);
  if (!response.ok) throw new Error(`cannot load ${url}: ${response.status} ${response.statusText}`);
  // Not every server knows the type that streaming wants.
  return WebAssembly.compile(await response.arrayBuffer());
}

export const module = await compile();
