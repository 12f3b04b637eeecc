"""Runs what jco has transpiled in a browser: `chromium.py CHROMIUM DIR SHIMS RUNS`.

DIR has the packages and the modules, and SHIMS is the package of the shims. RUNS are, as JSON, lists of the module's
directory, arguments and standard input. Prints, as JSON, the standard output and the exit code of each; 134 is a trap.
"""

import json
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import TimeoutError, sync_playwright

sys.path.append(str(Path(__file__).parents[1] / "support"))
from browser import launch  # noqa: E402

chromium, root, shims, runs = sys.argv[1:]

RUN = """async ([shims, module, args, stdin]) => {
  const cli = await import(`${shims}/cli`);
  const { pollableCreate } = await import('@bytecodealliance/preview2-shim/io');
  const bytes = [];
  let rest = new TextEncoder().encode(stdin);
  const blockingRead = (length) => {
    if (rest.length === 0) throw { tag: 'closed' };
    const read = rest.slice(0, Number(length));
    rest = rest.slice(read.length);
    return read;
  };
  cli._setStdin({ blockingRead, read: blockingRead, subscribe: () => pollableCreate() });
  cli._setStdout({ write: (contents) => { bytes.push(...contents); }, blockingFlush() {}, flush() {} });
  cli._setArgs(args);
  cli._setEnv({ A: '1', EMPTY: '' });
  const { run } = await import(`/${module}/program.js`);
  let code = 0;
  try {
    await run.run();
  } catch (error) {
    console.error(error.stack ?? JSON.stringify(error));
    code = error instanceof WebAssembly.RuntimeError ? 134 : error.exitError ? error.code : 1;
  }
  window.outcome = [new TextDecoder().decode(new Uint8Array(bytes)), code];
}"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


def modules(package):
    """The modules that a browser finds under the names of `package`."""
    short = package.rsplit("/node_modules/", 1)[-1].removeprefix("node_modules/")
    found = sorted((Path(root) / package / "dist/browser").glob("*.js"))
    return {f"{short}/{path.stem}": f"/{package}/dist/browser/{path.name}" for path in found}


used = f"node_modules/{shims}"
imports = {**modules("node_modules/@bytecodealliance/preview2-shim"), **modules(used)}
# The shims of 0.3 are built on a version of those of 0.2 of their own.
imports |= modules(f"{used}/node_modules/@bytecodealliance/preview2-shim")
page_text = f'<script type="importmap">{json.dumps({"imports": imports})}</script>'

server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=root))
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}"


def outcome(playwright, *run):
    # A browser for each: in one for all, the seventh run did not end.
    browser = launch(playwright, chromium)
    page = browser.new_page()
    page.on("console", lambda message: print(message.text, file=sys.stderr))
    page.on("pageerror", lambda error: print(error, file=sys.stderr))
    page.route(f"{url}/page", lambda route: route.fulfill(content_type="text/html", body=page_text))
    page.goto(f"{url}/page")
    # Not awaited here: that would have no limit.
    page.evaluate(f"(run) => {{ ({RUN})(run); }}", [shims, *run])
    try:
        return page.wait_for_function("window.outcome", timeout=30_000).json_value()
    finally:
        browser.close()


with sync_playwright() as playwright:
    outcomes = []
    for run in json.loads(runs):
        try:
            outcomes.append(outcome(playwright, *run))
        except TimeoutError:
            print("once more:", *run, file=sys.stderr)
            outcomes.append(outcome(playwright, *run))
print(json.dumps(outcomes))
