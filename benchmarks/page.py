"""How quickly the page shows itself in Chromium, and how much it loads for that.

python -m benchmarks.page --loads 15
"""

import argparse
from typing import Any

from playwright.sync_api import sync_playwright

from benchmarks.process import MAIN, serving
from benchmarks.stats import Spread, Verdict, table, verdict_table
from tests.browser.chromium import find_browser
from web.views.assets import STATIC

MEASURE = """() => new Promise(resolve => new PerformanceObserver(list => {
    const paint = list.getEntriesByName("first-contentful-paint")[0];
    const files = performance.getEntriesByType("resource").filter(
        entry => /\\.(js|css)$/.test(new URL(entry.name).pathname));
    const sum = key => files.reduce((total, file) => total + file[key], 0);
    if (paint) resolve({ paint: paint.startTime, files: files.length,
                         sent: sum("encodedBodySize"), unpacked: sum("decodedBodySize") });
}).observe({ type: "paint", buffered: true }))"""


def load(browser: Any, address: str) -> dict[str, float]:
    """Open the page in a fresh profile; return milliseconds to its first paint, and bytes."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    try:
        page = context.new_page()
        page.goto(address, wait_until="load")
        return dict(page.evaluate(MEASURE))
    finally:
        context.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="First paint and weight of the page.")
    parser.add_argument("--loads", type=int, default=15, help="each with an empty cache (15)")
    options = parser.parse_args()
    with serving((*MAIN, "demo")) as server, sync_playwright() as playwright:
        chromium = playwright.chromium
        arguments = ["--no-sandbox", "--disable-gpu"]
        path = find_browser(chromium.executable_path)
        browser = chromium.launch(executable_path=path, args=arguments)
        address = f"http://127.0.0.1:{server.port}/"
        load(browser, address)
        loads = [load(browser, address) for _ in range(options.loads)]
        browser.close()
    paints = Spread.of([one["paint"] for one in loads])
    last = loads[-1]
    files = [file for kind in ("*.js", "*.css") for file in STATIC.glob(kind)]
    rows = [
        ("first paint, ms: median / p95 / worst",
         f"{paints.median:.0f} / {paints.p95:.0f} / {paints.worst:.0f}"),
        ("scripts and styles loaded at first", f"{last['files']:.0f} files"),
        ("those of every page and dialog", f"{len(files)} files"),
        ("these unpacked", f"{sum(file.stat().st_size for file in files) / 1000:.1f} kB"),
    ]  # fmt: skip
    verdicts = [
        Verdict("first paint, median", paints.median, 300, "ms"),
        Verdict("scripts and styles loaded at first, unpacked", last["unpacked"] / 1000, 60, "kB"),
        Verdict("the same as sent", last["sent"] / 1000, 60, "kB"),
    ]
    print(f"{table((f'{options.loads} loads', ''), rows)}\n\n{verdict_table(verdicts)}")


if __name__ == "__main__":
    main()
