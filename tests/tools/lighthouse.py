"""Measures the hosted sign-up page with Lighthouse: ``python -m tests.tools.lighthouse``.

A real server and Debian's Chromium, as Lighthouse drives it: a slow phone on a slow network.
Prints the three scores and what cost points; ends with 1 if one is below what we promise.
"""

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from tests.browser.sites import Site
from tests.end_to_end.house import built
from tests.end_to_end.servers import serving
from tests.tools.browsers import CHROMIUM, CHROMIUM_ARGUMENTS
from tests.tools.processes import ROOT

LIGHTHOUSE = ROOT / "node_modules/lighthouse/cli/index.js"
PROMISED = {"accessibility": 100, "best-practices": 100, "performance": 95}
ATTEMPTS = 3
Report = dict[str, Any]


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="sealform-lighthouse-") as name:
        folder = Path(name)
        (folder / "server").mkdir()
        with serving(folder / "server") as server:
            house = built(server, Site("http://localhost:1"), folder)
            report = measure(house.hosted, folder)
    for line in shown(report):
        print(line)
    raise SystemExit(below(report, PROMISED) or None)


def measure(url: str, folder: Path) -> Report:
    """Lighthouse's report on a page, as of one visit.

    Now and then Chromium loses the beginning of the recording, and Lighthouse asks to be run again.
    """
    for attempt in range(ATTEMPTS):
        done = _run(url, folder / f"profile-{attempt}")
        if done.returncode == 0:
            report: Report = json.loads(done.stdout)
            return report
    raise RuntimeError(f"lighthouse failed: {done.stderr[-2000:]}")


def _run(url: str, profile: Path) -> "subprocess.CompletedProcess[str]":
    flags = ["--headless=new", *CHROMIUM_ARGUMENTS, f"--user-data-dir={profile}"]
    command = ["node", str(LIGHTHOUSE), url, "--quiet", "--output=json", "--output-path=stdout"]
    command += ["--no-enable-error-reporting", f"--only-categories={','.join(PROMISED)}"]
    return subprocess.run(
        [*command, f"--chrome-flags={' '.join(flags)}"],
        env={"PATH": os.environ["PATH"], "HOME": str(profile), "CHROME_PATH": str(CHROMIUM)},
        capture_output=True,
        text=True,
        timeout=180,
    )


def scores(report: Report) -> dict[str, int]:
    """Points of 100 by category."""
    return {name: round(report["categories"][name]["score"] * 100) for name in PROMISED}


def below(report: Report, least: dict[str, int]) -> str:
    """Which categories have fewer points than these, "" for none."""
    missed = {name: got for name, got in scores(report).items() if got < least.get(name, 0)}
    found = [f"{name} has {got}, not {least[name]}" for name, got in missed.items()]
    return "; ".join(found + costs(report)) if found else ""


def shown(report: Report) -> list[str]:
    """The scores, what cost points, and the times of the first visit."""
    lines = [f"{name:16} {score:4}" for name, score in scores(report).items()]
    for name in ("first-contentful-paint", "largest-contentful-paint", "total-byte-weight"):
        audit = report["audits"][name]
        lines.append(f"  {audit['title']}: {audit['displayValue']}")
    return lines + [f"  costs points: {text}" for text in costs(report)]


def costs(report: Report) -> list[str]:
    """The audits of the three categories that weigh something and are not perfect."""
    weights = {
        ref["id"]: ref["weight"]
        for name in PROMISED
        for ref in report["categories"][name]["auditRefs"]
    }
    audits = [report["audits"][id] for id, weight in weights.items() if weight]
    return [
        f"{audit['title']} ({audit.get('displayValue') or audit['score']})"
        for audit in audits
        if audit["score"] is not None and audit["score"] < 1
    ]


if __name__ == "__main__":
    main()
