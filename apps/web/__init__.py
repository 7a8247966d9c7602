"""The HTTP kit that every room of the server uses; it knows no room.

Read ``errors`` and ``error_handler``, then ``parsers`` and ``renderers`` (strict JSON in,
canonical JSON out), ``queries``, ``json_pages`` and ``compression`` (parameters and listings),
``addresses`` and ``throttles`` (who asks too often), ``schema`` and ``views``.
"""
