"""Looks at a page of `wasi-shim matrix` in a browser: `page.py CHROMIUM PAGE SCREENSHOTS`. Fails by an assertion."""

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

sys.path.append(str(Path(__file__).parents[1] / "support"))
from browser import contrast, launch, luminance, nothing_is_wider  # noqa: E402

chromium, page_path, shots = sys.argv[1:]


def shown(page, selector):
    return page.locator(f"{selector}:visible").count()


def rows(page):
    return [text.strip() for text in page.locator("tbody tr:visible .component").all_inner_texts()]


def marks_are_readable(page, scheme):
    for word in ["native", "wrapped", "differs", "fails", "fails-too", "refused", "lacks", "nothing"]:
        ratio = contrast(page, f"tbody .mark.{word}")
        assert ratio >= 4.5, f"{word} in {scheme}: {ratio}"
    for selector in ["h1", ".kind", "caption span", ".component", "p", "header a", "dt", "dd"]:
        ratio = contrast(page, selector)
        assert ratio >= 4.5, f"{selector} in {scheme}: {ratio}"


def layout_holds(page, width):
    """Nothing is outside, marks are one line in their cell, names wrap in theirs."""
    nothing_is_wider(page, width, "body *:not(thead, thead *)")
    broken = page.eval_on_selector_all(
        "tbody .mark, tbody .component, tbody .case",
        """(all) => all.filter((it) => it.offsetParent !== null).filter((it) => {
          const [box, cell] = [it, it.closest('td, th')].map((it) => it.getBoundingClientRect());
          const lines = box.height / parseFloat(getComputedStyle(it).lineHeight);
          const isMark = it.classList.contains('mark');
          return box.left < cell.left || box.right > cell.right + 0.5 || it.scrollWidth > it.clientWidth + 1
            || isMark && lines > 1.6;
        }).map((it) => it.outerHTML)""",
    )
    assert not broken, broken[0]


with sync_playwright() as playwright:
    browser = launch(playwright, chromium)

    page = browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme="light")
    problems, requests = [], []
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    url = Path(page_path).resolve().as_uri()
    page.goto(url)
    all_rows = rows(page)
    assert len(all_rows) == 7, all_rows
    assert page.get_by_role("status").inner_text() == "8 of 8 rows"
    assert page.locator("thead th:visible").count() == 3
    # A component has one name, above its cases, and goes with the last of them.
    many = page.locator("tbody", has_text="many.wasm")
    assert many.locator("tr:visible").count() == 3

    # What was run, what is wrong and what it means comes before the table, and leads to the cell.
    header = page.locator("header").inner_text()
    for part in ["wasi-shim matrix", "wasmtime 48, WASI 0.2", "UTC", "fails, and no case expects it", "exit status 1"]:
        assert part in header, (part, header)
    page.locator("header a", has_text="fails.wasm").first.click()
    assert "fails.wasm" in page.locator("tr:target").inner_text()
    assert page.locator("header code", has_text="wasi:blobstore").count() == 0, "only what is wrong"
    assert page.locator("td code", has_text="example:host/log").count() > 0
    page.goto(url)

    # By text, of components, cases and details.
    text = page.get_by_label("Text")
    text.fill("HELLO.wasm")
    assert rows(page) == ["hello.wasm"], rows(page)
    assert page.get_by_role("status").inner_text() == "1 of 8 rows"
    text.fill("many.wasm second")
    assert rows(page) == ["many.wasm"], rows(page)
    assert many.locator("tr:visible").count() == 2
    text.fill("blobstore/types")
    assert rows(page) == ["blobstore.wasm"], rows(page)
    text.fill("no such thing")
    assert rows(page) == []
    text.fill("")

    # By outcome.
    outcomes = page.get_by_role("group", name="Outcomes")
    for box in outcomes.get_by_role("checkbox").all():
        box.uncheck()
    assert rows(page) == []
    outcomes.get_by_label("refused").check()
    assert rows(page) == ["blobstore.wasm"], rows(page)
    outcomes.get_by_label("differs").check()
    assert rows(page) == ["blobstore.wasm", "cli.wasm"], rows(page)

    # By host: the column goes, and rows that were shown for its sake.
    hosts = page.get_by_role("group", name="Hosts")
    hosts.get_by_label("0.3 only").uncheck()
    assert page.locator("thead th:visible").count() == 2
    assert rows(page) == ["cli.wasm"], rows(page)
    assert page.locator("tbody tr:visible td:visible").count() == 1
    hosts.get_by_label("0.3 only").check()
    for box in outcomes.get_by_role("checkbox").all():
        box.check()
    assert rows(page) == all_rows

    # Details open by mouse and by keyboard, and text stays text.
    detail = page.locator("tr", has_text="cli.wasm").locator("details").first
    assert not detail.locator("li").first.is_visible()
    detail.locator("summary").click()
    assert "<b>bold</b>" in detail.locator("li").first.inner_text()
    assert page.locator("tbody b").count() == 0
    detail.locator("summary").focus()
    page.keyboard.press("Enter")
    assert not detail.locator("li").first.is_visible()
    layout_holds(page, 1280)
    columns = page.eval_on_selector_all("thead th", "(all) => all.map((it) => it.offsetWidth)")
    page.eval_on_selector_all("details", "(all) => all.forEach((it) => { it.open = true; })")
    layout_holds(page, 1280)
    assert columns == page.eval_on_selector_all("thead th", "(all) => all.map((it) => it.offsetWidth)")
    page.eval_on_selector_all("details", "(all) => all.forEach((it) => { it.open = false; })")

    # Each input has a name.
    unnamed = page.eval_on_selector_all("input", "(all) => all.filter((input) => !input.labels.length).length")
    assert unnamed == 0
    assert page.locator("th:not([scope])").count() == 0
    marks_are_readable(page, "light")
    page.screenshot(path=f"{shots}/light.png", full_page=True)

    # Without the script all is there, and nothing to filter with.
    still = browser.new_context(java_script_enabled=False).new_page()
    still.goto(url)
    assert len(rows(still)) == 7
    assert not still.get_by_label("Text").is_visible()

    dark = browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme="dark")
    dark.goto(url)
    background, foreground = luminance(dark, "body")
    assert background < 0.05 < 0.5 < foreground, (background, foreground)
    marks_are_readable(dark, "dark")
    dark.screenshot(path=f"{shots}/dark.png", full_page=True)

    # On a phone, also a narrow one, with details open.
    for width in [390, 360, 320]:
        phone = browser.new_page(viewport={"width": width, "height": 844}, is_mobile=True, has_touch=True)
        phone.goto(url)
        for summary in phone.locator("summary").all():
            summary.tap()
        layout_holds(phone, width)
        first = phone.locator("tbody tr.run").first.locator("td").first
        label = first.evaluate("(cell) => getComputedStyle(cell, '::before').content")
        assert label == '"0.2 only"', label
        phone.screenshot(path=f"{shots}/phone-{width}.png", full_page=True)

    assert problems == [], problems
    assert set(requests) == {url}, requests
    browser.close()
print("the page is as it should be")
