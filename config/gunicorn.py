"""gunicorn -c config/gunicorn.py config.wsgi

Two processes, each of which buffers slow requests and answers four at a time (config/serving.py).
WEB_CONCURRENCY says how many processes: one for each core is right.
"""

import os
import shutil
import tempfile
from typing import Any

from prometheus_client import multiprocess

# All processes count into one folder of files, which is gone when they are.
metrics_folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")
if not metrics_folder:
    metrics_folder = tempfile.mkdtemp(prefix="sealform-metrics-")
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = metrics_folder

workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "config.serving.BufferingWorker"
timeout = 30  # of a process that does not say that it lives; requests have bounds of their own
graceful_timeout = 30
control_socket_disable = True  # one door less
accesslog = None  # who asked for what, and when, is not ours to keep
errorlog = "-"
loglevel = "warning"
logger_class = "config.serving.PolicyLogger"


def child_exit(server: Any, worker: Any) -> None:
    """Forget what a process that ended said of itself alone."""
    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(server: Any) -> None:
    """Leave nothing behind."""
    shutil.rmtree(metrics_folder, ignore_errors=True)
