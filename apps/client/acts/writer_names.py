"""What to call where a record comes from: a form by its slug, a client by its card's name."""

from ...envelope.encoding import FORM
from ..session import Session
from ..trust import pins, verified_manifests
from . import own_forms


class Sources:
    """Names writers for people; each is looked up once, and only if it occurs."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._names = {session.me.id: "own"}
        self._slugs: dict[str, str] | None = None

    def of(self, writer: str) -> str:
        """Return ``own``, an own form's slug, a client's name, or ``form of`` one."""
        if writer not in self._names:
            self._names[writer] = (
                self._form(writer) if writer.startswith(FORM) else self._client(writer)
            )
        return self._names[writer]

    def _form(self, writer: str) -> str:
        if self._slugs is None:
            self._slugs = {FORM + line.id: line.slug for line in own_forms.own_forms(self._session)}
        if writer in self._slugs:
            return self._slugs[writer]
        owner = verified_manifests.owner_of(self._session, writer[len(FORM) :])
        return f"form of {self._client(owner)}"

    def _client(self, id: str) -> str:
        return pins.known_card(self._session, id).name
