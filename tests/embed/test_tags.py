"""The one writer of the tags that sites copy, and the documentation that shows what it writes"""

import re
from dataclasses import replace

import pytest

from apps.embed.integrity import script_integrity
from apps.embed.release import STATIC, Files, Sentences, Served, released_files, sentences_for
from apps.embed.tags import EmbedTags, embed_tags
from apps.envelope.manifests import Manifest
from apps.envelope.questions import KINDS, Field, Option
from tests.intake.html import Tags
from tests.tools.processes import ROOT

HOSTILE = "\"'><script>alert(1)</script>&"
SHOWN = Manifest(
    form="FORM ID",
    version=3,
    owner="",
    issued=1,
    expires=2,
    title="Sign up",
    description="",
    confirmation="",
    types=(),
    fields=(Field("fullname", "account", "text", "Full name", "", False, ()),),
)
# As docs/embedding.md names the files.
FILES = Files(
    script=Served("/static/dist/sealform.0123456789ab.js", "sha384-…"),
    frame_script=Served("/static/dist/sealform-frame.0123456789ab.js", "sha384-…"),
    style=Served("/static/css/sealform.0123456789ab.css", "sha384-…"),
)


def tags(manifest: Manifest = SHOWN, **changed: str) -> EmbedTags:
    given = {
        "fingerprint": "OWNER FINGERPRINT",
        "slug": "SLUG",
        "server": "https://forms.example.org",
    }
    return embed_tags(manifest, **given | changed, files=FILES, sentences=sentences_for(manifest))


def examples() -> list[str]:
    text = (ROOT / "docs/embedding.md").read_text()
    return [_one_line(each) for each in re.findall(r"```html\n(.*?)```", text, re.DOTALL)]


def _one_line(html: str) -> str:
    return re.sub(r"\s+", " ", html).strip().replace("> <", "><")


def test_the_documentation_shows_what_is_written() -> None:
    own, rendered, framed = map(_one_line, tags())
    theirs = {  # of an owner's own form: where it goes, and what is not ours
        ' action="/thanks" method="post"': "",
        '<label>Newsletter <input type="checkbox" name="newsletter"></label>': "",
    }

    own_example, *others = examples()

    for part, nothing in theirs.items():
        assert part in own_example
        own_example = own_example.replace(part, nothing)
    assert own_example == own
    assert others == [rendered, framed]


def hostile_field(kind: str) -> Field:
    field = Field(kind, "account", kind, HOSTILE, "", False, (Option(HOSTILE, HOSTILE),))
    if kind == "rating":
        return replace(field, min="1", max="2", low=HOSTILE, high=HOSTILE)
    return replace(field, text=HOSTILE)


@pytest.mark.parametrize(("least", "keys"), [("0", "decimal"), ("", None), ("-5", None)])
def test_a_number_of_an_own_form_is_typed_with_digits_where_it_has_no_sign(
    least: str, keys: str | None
) -> None:
    fields = (replace(SHOWN.fields[0], name="age", kind="number", min=least),)

    [age] = Tags(tags(replace(SHOWN, fields=fields)).own).having("data-sealform-field")

    assert (age.get("inputmode"), age.get("type")) == (keys, None)


def test_a_frame_has_no_border() -> None:
    [frame] = Tags(tags(SHOWN).framed).named("iframe")
    assert frame["frameborder"] == "0"


def test_nothing_that_is_given_becomes_markup() -> None:
    fields = tuple(map(hostile_field, KINDS))
    hostile = replace(SHOWN, form=HOSTILE, title=HOSTILE, fields=fields)
    names = [name for name, _ in Tags(tags(replace(SHOWN, fields=fields)).own).all]

    ways = embed_tags(
        hostile,
        fingerprint=HOSTILE,
        slug=HOSTILE,
        server=HOSTILE,
        files=Files(*3 * [Served(HOSTILE, HOSTILE)]),
        sentences=Sentences(HOSTILE, HOSTILE),
    )

    assert [name for name, _ in Tags(ways.own).all] == names
    for way in ways:
        parsed = Tags(way)
        assert not parsed.inline
        assert len(parsed.named("script")) == 1
        for named in parsed.having("data-sealform"):
            assert named["data-sealform"] == named["data-pin"] == HOSTILE
    [frame] = Tags(ways.framed).named("iframe")
    assert frame["title"] == HOSTILE
    assert frame["src"] == f"{HOSTILE}/f/{HOSTILE}/embed/"


@pytest.mark.parametrize(
    ("languages", "expected"),
    [((), "Send"), (("de", "ar"), "Senden"), (("de-AT",), "Senden"), (("it", "de"), "Send")],
)
def test_the_sentences_are_of_the_first_language_or_english(
    languages: tuple[str, ...], expected: str
) -> None:
    assert sentences_for(replace(SHOWN, languages=languages)).send == expected


def test_the_files_are_those_of_this_release() -> None:
    script, frame_script, style = released_files()

    assert script.integrity == script_integrity((STATIC / "dist/sealform.js").read_bytes())
    assert re.fullmatch(r"/static/dist/sealform\.[0-9a-f]{12}\.js", script.url)
    assert re.fullmatch(r"/static/dist/sealform-frame\.[0-9a-f]{12}\.js", frame_script.url)
    assert re.fullmatch(r"/static/css/sealform\.[0-9a-f]{12}\.css", style.url)
