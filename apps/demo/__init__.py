"""The story of README with real cryptography, told by ``manage.py demo``.

Read ``story``; ``samples`` is what visitors answer, ``teller`` how it is printed.
"""
