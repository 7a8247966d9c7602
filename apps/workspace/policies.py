"""What browsers are told with the workspace's files: what may run, and whom it may talk to.

Nothing here names an address: page, workers and API are of one origin, and of no other.
"""

from collections.abc import Mapping, Sequence

Directives = Mapping[str, Sequence[str]]

# The one policy of Trusted Types, `sealform`, makes the addresses of the workers and nothing else.
PAGE: Directives = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "connect-src": ["'self'"],
    "worker-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "blob:", "data:"],
    "frame-ancestors": ["'none'"],
    "form-action": ["'none'"],
    "base-uri": ["'none'"],
    "require-trusted-types-for": ["'script'"],
    "trusted-types": ["sealform"],
}
# Argon2id is WebAssembly, which runs in the worker that holds the keys and nowhere else.
KEY_WORKER: Directives = {
    "default-src": ["'none'"],
    "script-src": ["'self'", "'wasm-unsafe-eval'"],
    "connect-src": ["'self'"],
}
# Workers that open records are sent all that they need: they load nothing and ask nobody.
OPENING_WORKER: Directives = {"default-src": ["'none'"]}

PASSKEYS = ("publickey-credentials-get", "publickey-credentials-create")
NEVER_USED = (
    "accelerometer",
    "autoplay",
    "browsing-topics",
    "camera",
    "display-capture",
    "encrypted-media",
    "geolocation",
    "gyroscope",
    "hid",
    "identity-credentials-get",
    "idle-detection",
    "local-fonts",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "picture-in-picture",
    "serial",
    "storage-access",
    "usb",
    "window-management",
    "xr-spatial-tracking",
)

EVERYWHERE: Mapping[str, str] = {
    "Integrity-Policy": "blocked-destinations=(script)",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Permissions-Policy": ", ".join(
        [*(f"{name}=(self)" for name in PASSKEYS), *(f"{name}=()" for name in NEVER_USED)]
    ),
    "Cache-Control": "no-cache",
}


def written(directives: Directives) -> str:
    """Return a content security policy as its header says it."""
    return "; ".join(" ".join([name, *sources]) for name, sources in directives.items())
