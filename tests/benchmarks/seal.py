"""What a form of ten fields costs a visitor in Chromium: bytes to load, and time to seal.

    python -m tests.benchmarks.seal

Measures with the engine's own X-Wing and with noble's, the times after warm-up, and prints
the figures beside their targets. It judges nothing: the machine may be busy.
"""

import argparse
from statistics import quantiles

from playwright.sync_api import sync_playwright

from tests.benchmarks.loading import loaded
from tests.browser.pages import empty_page, run_in
from tests.tools import browsers

TARGETS = {"native": 50.0, "noble": 150.0}  # milliseconds, p95
MOST_BYTES = 14_000  # gzipped, of what a page names and waits for
COUNTS = {"warmUp": 20, "rounds": 200}
RUN = "([kem, counts]) => timeSealing(kem, counts)"


def main() -> None:
    argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0]).parse_args()
    with sync_playwright() as playwright, empty_page() as url:
        for kem, target in TARGETS.items():
            with browsers.chromium(playwright) as browser:  # a fresh one: warm from itself alone
                _report_sizes(kem, loaded(browser, native=kem == "native"))
                page = browser.new_page()
                page.goto(url)
                run_in(page, "tests/js/seal-benchmark.js")
                done = page.evaluate(RUN, [kem, COUNTS])
            _report_times(kem, done["first"], done["times"], target=target)


def _report_sizes(kem: str, sizes: dict[str, tuple[int, int]]) -> None:
    files, size = sizes.pop("named")
    states = [f"{size} when {state} ({files} files)" for state, (files, size) in sizes.items()]
    print(
        f"bytes of script with gzip -9, {kem}: {size} named by the page ({files} files, at most "
        f"{MOST_BYTES}), {', '.join(states)}"
    )


def _report_times(kem: str, first: float, times: list[float], *, target: float) -> None:
    cuts = quantiles(times, n=20)
    p50, p95 = cuts[9], cuts[18]
    print(
        f"ten fields sealed in Chromium, {kem}: p50 {p50:.1f} ms, p95 {p95:.1f} ms"
        f" (under {target:.0f}), the first {first:.1f} ms, {len(times)} times"
    )


if __name__ == "__main__":
    main()
