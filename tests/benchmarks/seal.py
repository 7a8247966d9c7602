"""How long Chromium takes to seal a ten-field submission, and how large the script is.

    python -m tests.benchmarks.seal

Measures with the engine's own X-Wing and with noble's, after warm-up, and prints
the figures beside their targets. It judges nothing: the machine may be busy.
"""

import gzip
from statistics import quantiles

from playwright.sync_api import sync_playwright

from tests.browser.pages import ROOT, empty_page, run_in
from tests.tools import browsers

TARGETS = {"native": 50.0, "noble": 150.0}  # milliseconds, p95
MOST_BYTES = 32_000
COUNTS = {"warmUp": 20, "rounds": 200}
RUN = "([kem, counts]) => timeSealing(kem, counts)"


def main() -> None:
    _report_size()
    with sync_playwright() as playwright, empty_page() as url:
        for kem, target in TARGETS.items():
            with browsers.chromium(playwright) as browser:  # a fresh one: warm from itself alone
                page = browser.new_page()
                page.goto(url)
                run_in(page, "tests/js/seal-benchmark.js")
                done = page.evaluate(RUN, [kem, COUNTS])
            _report_times(kem, done["first"], done["times"], target=target)


def _report_size() -> None:
    script = (ROOT / "static/dist/sealform.js").read_bytes()
    size = len(gzip.compress(script, 9))
    print(f"sealform.js: {len(script)} bytes, {size} with gzip -9 (at most {MOST_BYTES})")


def _report_times(kem: str, first: float, times: list[float], *, target: float) -> None:
    cuts = quantiles(times, n=20)
    p50, p95 = cuts[9], cuts[18]
    print(
        f"ten fields sealed in Chromium, {kem}: p50 {p50:.1f} ms, p95 {p95:.1f} ms"
        f" (under {target:.0f}), the first {first:.1f} ms, {len(times)} times"
    )


if __name__ == "__main__":
    main()
