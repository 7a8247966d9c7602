"""gunicorn -c config/gunicorn.py config.wsgi

Two processes, each of which buffers slow requests and answers four at a time (config/serving.py).
WEB_CONCURRENCY says how many processes: one for each core is right.
"""

import os

workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "config.serving.BufferingWorker"
timeout = 30  # of a process that does not say that it lives; requests have bounds of their own
graceful_timeout = 30
control_socket_disable = True  # one door less
accesslog = None  # who asked for what, and when, is not ours to keep
errorlog = "-"
loglevel = "warning"
