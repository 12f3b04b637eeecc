"""Pages in a browser, as their tests look at them."""

# Without these, Chromium asks servers of its maker.
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
           "--disable-component-update", "--disable-sync"]


def launch(playwright, chromium):
    return playwright.chromium.launch(executable_path=chromium, args=OPTIONS)


def luminance(page, selector):
    """Of the background behind an element, and of its text: 0 to 1, as WCAG defines it."""
    return page.eval_on_selector(
        selector,
        """(element) => {
          const parse = (color) => color.match(/[\\d.]+/g).map(Number);
          const light = (color) => {
            const [r, g, b] = parse(color).slice(0, 3).map((c) => c / 255)
              .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          let behind = element;
          while (parse(getComputedStyle(behind).backgroundColor)[3] === 0) behind = behind.parentElement;
          return [light(getComputedStyle(behind).backgroundColor), light(getComputedStyle(element).color)];
        }""",
    )


def contrast(page, selector):
    one, other = sorted(luminance(page, selector))
    return (other + 0.05) / (one + 0.05)


def nothing_is_wider(page, width, selector="body *"):
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width, f"the page is {wide} wide at {width}"
    outside = page.eval_on_selector_all(
        selector, f"(all) => all.filter((it) => it.getBoundingClientRect().right > {width} + 0.5).map((it) => it.outerHTML)"
    )
    assert not outside, outside[0]
