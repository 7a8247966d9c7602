"""Numbers for who watches the server: how many requests, how they ended, how long they took.

By method, route and status alone: no form, client or visitor has a name here. Each process counts
for itself, or all together in the folder that PROMETHEUS_MULTIPROC_DIR names (config/gunicorn.py).
"""

import os

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)

REGISTRY = CollectorRegistry()
REQUESTS = Counter(
    "sealform_requests", "Requests answered", ["method", "route", "status"], registry=REGISTRY
)
SECONDS = Histogram(
    "sealform_request_seconds",
    "How long answers took to make",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=REGISTRY,
)
STORED = Gauge(
    "sealform_stored_bytes",
    "Bytes used, by budget",
    ["what"],
    registry=REGISTRY,
    multiprocess_mode="mostrecent",
)
BUDGET = Gauge(
    "sealform_budget_bytes",
    "Bytes that may be used, by budget; 0 for no bound",
    ["what"],
    registry=REGISTRY,
    multiprocess_mode="mostrecent",
)


def seen(*, method: str, route: str, status: int, seconds: float) -> None:
    """Count one request."""
    REQUESTS.labels(method, route, str(status)).inc()
    SECONDS.labels(route).observe(seconds)


def stored(*, what: str, used: int, budget: int) -> None:
    """Say how full something is."""
    STORED.labels(what).set(used)
    BUDGET.labels(what).set(budget)


def exposed() -> bytes:
    """Return all numbers in Prometheus's text format."""
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return generate_latest(REGISTRY)
    together = CollectorRegistry()
    multiprocess.MultiProcessCollector(together)
    return generate_latest(together)
