"""Uses the page and the package in a browser: `page.py CHROMIUM DIST FIXTURES WRAPPED SCREENSHOTS [LARGE...]`, where
WRAPPED is what the command line made of `hello` for 0.3. Fails by an assertion. The times of LARGE, other components,
are printed."""

import sys
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import sync_playwright

sys.path.append(str(Path(__file__).parents[1] / "support"))
from browser import contrast, launch, nothing_is_wider  # noqa: E402

chromium, dist, fixtures, wrapped, shots, *large = sys.argv[1:]
url = (Path(dist) / "page/index.html").resolve().as_uri()


def fixture(name):
    return Path(fixtures) / f"{name}.wasm"


def status(page, text):
    page.get_by_role("status").filter(has_text=text).wait_for(timeout=120_000)


def look(page, path):
    page.locator("#file").set_input_files(str(path))
    status(page, f"Looked at {Path(path).name}.")


def drop(page, path, then=""):
    """Drops a file on the page, and runs `then` before the page does anything else."""
    page.evaluate(
        """([name, bytes, then]) => {
          const data = new DataTransfer();
          data.items.add(new File([new Uint8Array(bytes)], name));
          const fire = (type) => document.getElementById('drop')
            .dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: data }));
          fire('dragover');
          fire('drop');
          if (then === 'cancel') document.getElementById('cancel').click();
        }""",
        [path.name, list(path.read_bytes()), then],
    )


def download(page, button):
    page.get_by_role("button", name=button).click()
    link = page.get_by_role("link", name="Download")
    link.wait_for(timeout=120_000)
    with page.expect_download() as started:
        link.click()
    return started.value


with sync_playwright() as playwright:
    browser = launch(playwright, chromium)
    problems, requests = [], []

    def opened(**options):
        page = browser.new_page(**options)
        page.on("console", lambda message: problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(url)
        return page

    # From a file, without a server. What it makes is what the command line makes.
    page = opened(viewport={"width": 1280, "height": 800}, color_scheme="light")
    look(page, fixture("hello"))
    assert page.get_by_role("heading", name="hello.wasm uses WASI 0.2").count() == 1
    assert page.evaluate("document.activeElement.tagName") == "H2", "a screen reader begins at the report"
    to03 = page.locator("section", has=page.get_by_role("heading", name="Hosts of WASI 0.3"))
    assert "can be wrapped" in to03.inner_text() and "on disk" in to03.inner_text()
    assert "runs as it is" in page.locator("section", has=page.get_by_role("heading", name="Hosts of WASI 0.2")).inner_text()
    to03.get_by_text("W0110 in full").click()
    to03.locator("pre", has_text="W0110: ").wait_for()
    made = download(page, "Wrap for WASI 0.3")
    assert made.suggested_filename == "hello.p3.wasm"
    assert Path(made.path()).read_bytes() == Path(wrapped).read_bytes()
    commands = page.locator("pre").all_inner_texts()
    assert "wasmtime run hello.p3.wasm" in commands, commands
    assert "wasi-shim wrap hello.wasm --to 0.3" in commands, commands
    page.screenshot(path=f"{shots}/1280-light.png", full_page=True)

    # Options.
    page.get_by_text("Options").click()
    page.get_by_label("Put the adapter beside").check()
    page.get_by_role("button", name="Wrap for WASI 0.3").click()
    page.get_by_text("wasi-shim wrap hello.wasm --to 0.3 --link composed").wait_for()

    # A refusal, by the keyboard: the first stop is the file.
    page = opened(viewport={"width": 360, "height": 740}, color_scheme="dark", has_touch=True)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "file"
    look(page, fixture("blobstore"))
    blocked = page.locator("section", has=page.get_by_role("heading", name="Hosts of WASI 0.3"))
    assert "cannot be wrapped" in blocked.inner_text() and "wasi:blobstore/" in blocked.inner_text()
    assert blocked.get_by_role("button").count() == 0
    nothing_is_wider(page, 360)
    page.screenshot(path=f"{shots}/360-dark-refused.png", full_page=True)

    # Dropped, on a phone, in the dark and by day.
    for scheme in ["dark", "light"]:
        page = opened(viewport={"width": 360, "height": 740}, color_scheme=scheme)
        drop(page, fixture("mixed"))
        status(page, "Looked at mixed.wasm.")
        page.get_by_role("button", name="Wrap for WASI 0.2").click()
        page.get_by_role("link", name="Download mixed.p2.wasm").wait_for()
        for summary in page.locator("#report summary").all():
            summary.click()
        nothing_is_wider(page, 360)
        for selector in ["h1", "header p", ".ask", ".quiet", ".mark.good", ".mark.warn", "button.main", "a.button", "summary",
                         ".copy button", "pre", "footer p"]:
            ratio = contrast(page, selector)
            assert ratio >= 4.5, f"{selector} in {scheme}: {ratio}"
        small = page.eval_on_selector_all(
            "button, a.button, summary, label", "(all) => all.filter((it) => it.checkVisibility() "
            "&& it.getBoundingClientRect().height < 40).map((it) => it.outerHTML)")
        assert not small, small[0]
        page.screenshot(path=f"{shots}/360-{scheme}.png", full_page=True)

    # Everything has a name for those who do not see it.
    unnamed = page.eval_on_selector_all(
        "button, input, a, summary, progress",
        "(all) => all.filter((it) => !(it.textContent.trim() || it.labels?.length || it.ariaLabel"
        " || it.getAttribute('aria-labelledby'))).map((it) => it.outerHTML)")
    assert not unnamed, unnamed[0]

    # No component.
    page = opened()
    page.locator("#file").set_input_files({"name": "x.wasm", "mimeType": "application/wasm", "buffer": b"<b>no</b>"})
    page.get_by_text("expected a WebAssembly component").wait_for()
    assert problems == [], problems

    # Large components: the page answers while its worker works.
    for path in large:
        page = opened()
        page.evaluate(
            """() => {
              [window.ticks, window.longest] = [0, 0];
              let last = performance.now();
              const tick = () => {
                const now = performance.now();
                window.longest = Math.max(window.longest, now - last);
                window.ticks += !document.getElementById('work').hidden;
                last = now;
                setTimeout(tick, 0);
              };
              tick();
            }"""
        )
        times = [time.monotonic()]
        look(page, path)
        times.append(time.monotonic())
        page.get_by_role("button", name="Wrap for WASI").first.click()
        page.get_by_role("link", name="Download").wait_for(timeout=120_000)
        times.append(time.monotonic())
        assert page.evaluate("window.ticks") > 10, "the page answers, and shows that there is progress"
        looked, took = times[1] - times[0], times[2] - times[1]
        print(f"{Path(path).name}: looked {looked:.1f} s, wrapped {took:.1f} s, "
              f"longest pause of the page {page.evaluate('window.longest'):.0f} ms")

    # Work can be stopped, and the next component begins anew.
    page = opened()
    drop(page, fixture("mixed"), "cancel")
    status(page, "Cancelled.")
    look(page, fixture("hello"))
    assert problems == [], problems

    # The page itself, its worker, and what is downloaded from it.
    assert all(request.startswith(("file:", "blob:", "data:")) for request in requests), requests

    # The page may not send anything, even if it wanted to; nor may its worker.
    page.evaluate("fetch('https://example.com').catch((error) => { window.refused = String(error); })")
    page.wait_for_function("window.refused")
    assert any("Content Security Policy" in problem for problem in problems), problems

    # The package in a browser, from a server.
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=dist))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{server.server_port}/npm/package.json")
    bytes_ = page.evaluate(
        """async (bytes) => {
          const { wrap } = await import('/npm/index.js');
          return [...wrap(new Uint8Array(bytes), { to: 'wasi03' }).component];
        }""",
        list(fixture("hello").read_bytes()),
    )
    assert bytes(bytes_) == Path(wrapped).read_bytes()
    server.shutdown()
    browser.close()
