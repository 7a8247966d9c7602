"""The tamper matrix, and that it can fail: each defence off in turn lets something through."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.envelope import fields, grants, manifests, records, rosters, statements, submissions
from apps.envelope.encoding import Part, ctx
from apps.envelope.errors import OpenError
from apps.envelope.fields import Place
from apps.envelope.grants import Grant
from apps.envelope.manifests import Manifest
from apps.envelope.primitives import unseal
from tests.envelope import tamper_families, tamper_moves
from tests.envelope.tamper import Family, Tally
from tests.tools.selection import nightly

BLOBS: tuple[Family, ...] = (
    tamper_families.fields,
    tamper_families.client_records,
    tamper_families.form_records,
    tamper_families.grants,
    tamper_families.groups,
    tamper_families.cards,
    tamper_families.manifests,
    tamper_families.statements,
    tamper_families.key_files,
    tamper_families.successions,
)
MOVES: tuple[Family, ...] = (
    tamper_moves.field_moves,
    tamper_moves.record_moves,
    tamper_moves.grant_moves,
    tamper_moves.group_grant_moves,
    tamper_moves.roster_moves,
    tamper_moves.form_moves,
    tamper_moves.manifest_moves,
    tamper_moves.statement_moves,
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("each_bit", "least"), [(False, 40_000), *nightly((True, 160_000))], ids=["one bit", "each bit"]
)
def test_everything_altered_is_rejected(
    each_bit: bool, least: int, capsys: pytest.CaptureFixture[str]
) -> None:
    tally = Tally().run(*BLOBS, *MOVES, each_bit=each_bit)
    with capsys.disabled():
        print(tally.report())
    assert tally.accepted == []
    assert tally.rejected.total() > least


def test_everything_moved_is_rejected() -> None:
    tally = Tally().run(*MOVES)
    assert tally.accepted == []
    assert tally.rejected.total() > 200


@pytest.mark.parametrize("component", ["id", "writer", "type", "rev", "akid"])
def test_the_matrix_sees_a_place_that_forgets(
    component: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Place.__init__
    nowhere: dict[str, Any] = {"rev": 0, "akid": b""}

    def forgetful(self: Place, **place: Any) -> None:
        original(self, **place | {component: nowhere.get(component, "")})

    monkeypatch.setattr(Place, "__init__", forgetful)
    accepted = set(Tally().run(tamper_moves.field_moves).accepted)
    kind = f"moved to another {tamper_moves.KINDS[component]}"
    assert {f"field k {kind}"} | ({f"field c {kind}"} if component != "akid" else set()) <= accepted


@pytest.mark.parametrize(("method", "seal"), [("key_aad", "k"), ("value_aad", "c")])
def test_the_matrix_sees_a_place_without_its_field(
    method: str, seal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    original: Callable[[Place, str], bytes] = getattr(Place, method)
    monkeypatch.setattr(Place, method, lambda self, field: original(self, ""))
    accepted = Tally().run(tamper_moves.field_moves).accepted
    assert set(accepted) == {f"field {seal} moved to another field"}


@pytest.mark.parametrize(
    ("module", "family", "kind"),
    [
        (records, tamper_moves.record_moves, "record id from another record"),
        (grants, tamper_moves.grant_moves, "grant sig from another reader"),
        (manifests, tamper_moves.manifest_moves, "manifest with the signature of another owner"),
        (statements, tamper_moves.statement_moves, "deletion of another record"),
        (statements, tamper_moves.statement_moves, "leave of another since"),
        (rosters, tamper_moves.roster_moves, "roster members from another version"),
        (grants, tamper_moves.group_grant_moves, "epoch grant sig from another owner"),
    ],
)
def test_the_matrix_sees_signatures_that_nobody_checks(
    module: Any, family: Family, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "verify", lambda *arguments: None)
    accepted = Tally().run(family).accepted
    assert kind in accepted


@pytest.mark.parametrize("part", range(4))
def test_the_matrix_sees_an_inbox_context_that_forgets(
    part: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgetful(manifest: Manifest, id: str, type: str, akid: bytes) -> bytes:
        parts: list[Part] = [manifest.hash, id, type, akid]
        parts[part] = b""
        return ctx("inbox", *parts)

    monkeypatch.setattr(submissions, "inbox_info", forgetful)
    monkeypatch.setattr(tamper_moves, "inbox_info", forgetful)
    kind = ("manifest", "record", "type", "akid")[part]
    accepted = Tally().run(tamper_moves.form_moves).accepted
    assert f"access key sealed for another {kind}" in accepted


@pytest.mark.parametrize(
    ("part", "kind"), [(0, "group"), (1, "epoch"), (2, "epoch before")], ids=["0", "1", "2"]
)
def test_the_matrix_sees_a_link_that_forgets(
    part: int, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgetful(*parts: Part) -> bytes:
        return ctx("past", *(b"" if n == part else one for n, one in enumerate(parts)))

    monkeypatch.setattr(rosters, "_link", forgetful)
    accepted = Tally().run(tamper_moves.roster_moves).accepted
    assert f"link of another {kind}" in accepted


def test_the_matrix_sees_a_grant_that_forgets_its_generation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def forgetful(self: Grant) -> bytes:
        return ctx("grant", self.writer, self.type, self.akid, self.record, self.reader)

    monkeypatch.setattr(Grant, "info", property(forgetful))
    accepted = Tally().run(tamper_moves.grant_moves).accepted
    assert "grant keys and sig from another generation" in accepted
    assert "grant gen from another generation" in accepted


def test_the_matrix_sees_seals_that_open_anyway(monkeypatch: pytest.MonkeyPatch) -> None:

    def lenient(key: bytes, sealed: bytes, aad: bytes) -> bytes:
        try:
            return unseal(key, sealed, aad)
        except OpenError:
            return fields.pad(b'""')

    monkeypatch.setattr(fields, "unseal", lenient)
    accepted = Tally().run(tamper_families.fields).accepted
    assert {"field k: bit flipped", "field c: bit flipped"} <= set(accepted)
