"""What people's editors, shells and mail programs make of texts, ids, tokens and names."""

import codecs
import io
import sys
from pathlib import Path

import pytest

from apps.client.acts.split_rules import read_rules
from apps.client.errors import RulesError, UsageError
from apps.client.trust.pins import read_shown
from apps.directory.enrolment import issue_token
from apps.envelope.keys import show_fingerprint
from tests.client.parties import Party, Signup, run
from tests.client.protection import WITHOUT_ASKING, opened

RULES = '[source]\ntype = "account"\n[targets.contact]\nname = "fullname"\n'
MARK = codecs.BOM_UTF8


@pytest.mark.parametrize("raw", [MARK + RULES.encode(), RULES.replace("\n", "\r\n").encode()])
def test_rules_may_come_from_any_editor(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "rules.toml").write_bytes(raw)

    assert read_rules(tmp_path / "rules.toml").source == "account"


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (RULES.encode("utf-16"), "is UTF-16, and not UTF-8"),
        (RULES.encode("utf-16-le"), "is UTF-16, and not UTF-8"),
        (RULES.encode("utf-16-be"), "is UTF-16, and not UTF-8"),
        (b"# \xe9\n" + RULES.encode(), "is not text in UTF-8"),
    ],
)
def test_another_encoding_is_named(tmp_path: Path, raw: bytes, said: str) -> None:
    (tmp_path / "rules.toml").write_bytes(raw)

    with pytest.raises(RulesError, match=said) as refused:
        read_rules(tmp_path / "rules.toml")

    assert "save it as UTF-8" in refused.value.hint


def test_credentials_may_have_a_mark(acme: Party) -> None:
    acme.path.write_bytes(MARK + acme.path.read_bytes().replace(b"\n", b"\r\n"))

    assert opened(acme.path).client_id == acme.id


@pytest.mark.parametrize("way", ["file", "stdin", "word"])
@pytest.mark.parametrize("before", ["", "\ufeff", " \u200b"])
def test_a_token_may_be_pasted(
    db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str, before: str
) -> None:
    token, _ = issue_token(name="acme")
    text = f"{before}{token} \u00a0\r\n"
    (tmp_path / "token").write_text(text, encoding="utf-8")
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))
    words = {
        "file": ("--token-file", str(tmp_path / "token")), "stdin": ("--token", "-"),
        "word": ("--token", text),
    }  # fmt: skip

    out = ("--name", "acme", "--out", str(tmp_path / "acme.json"), *WITHOUT_ASKING)
    ran = run("enroll", *words[way], *out)

    assert ran.error == ""


def test_a_token_in_utf_16_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("s\0f\0e\0_\0"))

    ran = run("enroll", "--token", "-", "--name", "acme", "--out", str(tmp_path / "acme.json"))

    assert "stdin is UTF-16, and not UTF-8" in ran.error


def typeset(text: str) -> str:
    """As a mail program shows it."""
    return f"\u00a0{text.replace('-', chr(0x2011), 2).replace('-', chr(0x2013), 2)}\u200b "


def test_ids_and_fingerprints_may_be_pasted(acme: Party, marketing: Party) -> None:
    ran = acme.run(
        "share", "contact", "--allow-empty", "--with", typeset(marketing.id),
        "--fingerprint", typeset(marketing.fingerprint),
    )  # fmt: skip

    assert ran.error == ""
    assert acme.run("revoke", "contact", "--from", typeset(marketing.id), "--yes").error == ""


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda text: text[:-1] + "B", "nobody has a fingerprint that ends with B"),
        (lambda text: text[:-2], "a fingerprint has 52 characters, and not 50"),
        (lambda text: text + "AA", "a fingerprint has 52 characters, and not 54"),
        (lambda text: "0" + text[1:-1] + "8", "A-Z and 2-7 only, and no 0 8"),
        (lambda text: "é" + text[1:], "A-Z and 2-7 only, and no É"),
        (lambda text: "", "a fingerprint has 52 characters, and not 0"),
    ],
)
def test_what_nobody_can_have_as_a_fingerprint_is_said(spoil: object, why: str) -> None:
    assert callable(spoil)
    with pytest.raises(UsageError, match=why):
        read_shown(spoil(show_fingerprint(bytes(32)).replace("-", "")))


def test_forms_may_be_pasted(acme: Party, signup: Signup) -> None:
    signup.fill()
    for words in (
        ("--form", " \u200bsignup\ufeff"),
        ("--form", typeset(str(signup.form.id))),
        ("--writer", typeset(f"form:{signup.form.id}")),
    ):
        ran = acme.run("extract", "--type", "account", "--format", "jsonl", *words)
        assert len(ran.lines) == 1, ran.error


# --- Parties by name ------------------------------------------------------------------------


@pytest.mark.slow
def test_a_pinned_party_can_be_named(acme: Party, marketing: Party) -> None:
    acme.client.write("contact", {"name": "Ann"})
    acme.knows(marketing)
    marketing.knows(acme)

    assert acme.run("share", "contact", "--with", "marketing").error == ""
    read = marketing.run("extract", "--type", "contact", "--writer", "acme", "--format", "jsonl")
    assert [line["data"] for line in read.lines] == [{"name": "Ann"}]
    assert acme.run("revoke", "contact", "--from", "marketing", "--yes").error == ""
    assert "reads nothing of type contact" in marketing.run("extract", "--type", "contact").error


def test_who_is_not_pinned_cannot_be_named(acme: Party, marketing: Party, clinic: Party) -> None:
    acme.knows(clinic)

    ran = acme.run("share", "contact", "--with", "marketing")
    near = acme.run("share", "contact", "--with", "clinick")

    assert "'marketing' is no client id, and no client is pinned here under that name" in ran.error
    assert "did you mean clinic by clinick?" in near.error


def test_a_name_that_two_have_is_not_enough(
    acme: Party, marketing: Party, clinic: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    for one in (marketing, clinic):
        acme.knows(one)
    with acme.client.session.state.change() as state:
        state.names[clinic.id] = "marketing"

    ran = acme.run("share", "contact", "--with", "marketing")

    assert "2 clients are pinned here under the name marketing" in ran.error
    assert marketing.id in ran.error
    assert clinic.id in ran.error


def test_nothing_to_revoke_is_said_and_nothing_is_done(
    acme: Party, marketing: Party, clinic: Party
) -> None:
    acme.client.write("contact", {"name": "Ann"})
    acme.knows(marketing)
    acme.client.share("contact", clinic.id, fingerprint=clinic.fingerprint)
    before = acme.client.session.state.load()

    for type in ("contact", "health"):
        ran = acme.run("revoke", type, "--from", "marketing", "--yes")
        assert ran.error
        assert ran.out == ""

    assert "marketing reads no contact: there is nothing to revoke, and nothing was done" in (
        acme.run("revoke", "contact", "--from", "marketing", "--yes").error
    )
    assert acme.client.session.state.load() == before
