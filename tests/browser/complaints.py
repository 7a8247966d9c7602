"""What a browser complains of while a page is open: errors of scripts and breaches of the policy.

Each browser has its own way to tell, and WebKit's driver has none. So the server adds to each page
what tells it: a script that stands before all others, and the address for reports of the policy.
The policy is otherwise the one that is released; it allows this script by its digest.
"""

import hashlib
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tests.malicious.lying import Answer, Asked, PassOn, answering

PLACE = "/complaints"
SCRIPT = """
{
  const tell = (text) =>
    fetch('/complaints', { method: 'POST', body: String(text), keepalive: true });
  const told = console.error;
  console.error = (...args) => { tell(`console: ${args.join(' ')}`); told(...args); };
  addEventListener('unhandledrejection', ({ reason }) => tell(`rejection: ${reason}`));
  addEventListener('error', ({ message, target }) => tell(
    message ? `error: ${message}` : `not loaded: ${target.src ?? target.href}`,
  ), true);
}
"""
TAG = f"<script>{SCRIPT}</script>"
DIGEST = f"'sha256-{b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()}'"

Lie = Callable[[Asked, PassOn], Answer]


@dataclass
class Complaints:
    """What was complained of, on any page of the server."""

    heard: list[str] = field(default_factory=list)

    def hearing(self, then: Lie | None = None) -> Lie:
        """How a server answers that keeps what is complained of; else as ``then`` does."""

        def answer(asked: Asked, pass_on: PassOn) -> Answer:
            if asked.path == PLACE:
                self.heard.append(asked.body.decode(errors="replace"))
                return answering(b"", status="204 No Content")
            given = then(asked, pass_on) if then else pass_on()
            return self._told(given)

        return answer

    def _told(self, answer: Answer) -> Answer:
        headers = {name.lower(): value for name, value in answer.headers.items()}
        if not headers.get("content-type", "").startswith("text/html") or not answer.body:
            return answer
        policy = headers["content-security-policy"]
        assert policy.count("script-src 'self'") == 1, policy
        allowed = policy.replace("script-src 'self'", f"script-src 'self' {DIGEST}")
        headers["content-security-policy"] = f"{allowed}; report-uri {PLACE}"
        return replace(answer, headers=headers, body=listened(answer.body.decode()).encode())


def listened(page: str) -> str:
    """A page with the script before all that is in its head."""
    assert page.count("<head>") == 1, page[:200]
    return page.replace("<head>", f"<head>{TAG}")
