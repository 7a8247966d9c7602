"""gunicorn -c config/gunicorn.py config.wsgi

A few sync workers: requests are short, and SQLite and PostgreSQL like few writers.
"""

workers = 2
worker_class = "sync"
timeout = 30
control_socket_disable = True  # one door less
max_requests = 10_000
max_requests_jitter = 1_000
accesslog = None  # who asked for what, and when, is not ours to keep
errorlog = "-"
loglevel = "warning"
