"""Rules of a split: complete by name, and strict."""

import pytest

from apps.client.acts.split_rules import parse_rules, read_rules
from apps.client.errors import RulesError
from apps.demo.samples import RULES


def test_each_field_goes_where_the_rules_say() -> None:
    rules = parse_rules(RULES)

    assert rules.apply({"fullname": "Ann", "age": "1", "comments": "x"}) == {
        "contact": {"name": "Ann"},
        "health": {"age": "1"},
    }


def test_a_field_may_go_to_two_targets_and_drop_may_stand_in_source() -> None:
    rules = parse_rules(
        '[source]\ntype="a"\ndrop=["x"]\n[targets.b]\nzip="zip"\n[targets.c]\nplace="zip"\n'
    )

    assert rules.apply({"zip": "1", "x": "2"}) == {"b": {"zip": "1"}, "c": {"place": "1"}}


def test_forgotten_fields_are_all_named() -> None:
    with pytest.raises(RulesError, match="nothing is said of phone, title of type account"):
        parse_rules(RULES).apply({"title": "Dr", "zip": "1", "phone": "2"})


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", r"lack \[source\]"),
        ("drop = [", "not TOML"),
        ('[source]\ntype="a"', r"lack \[targets\]"),
        ('[source]\ntype="a"\n[targets]', "name no target"),
        ('[source]\ntype="A"\n[targets.b]\nc="d"', "type in"),
        ('[source]\ntype="a"\n[targets.a]\nc="d"', "cannot be split into itself"),
        ('[source]\ntype="a"\n[targets.b]\n', "1 to 128 fields"),
        ('[source]\ntype="a"\n[targets.b]\nC="d"', "must match"),
        ('[source]\ntype="a"\n[targets.b]\nc=1', "takes c from"),
        ('[source]\ntype="a"\nform="x"\n[targets.b]\nc="d"', "does not know `form`"),
        ('dorp=["x"]\n[source]\ntype="a"\n[targets.b]\nc="d"', "does not know `dorp`"),
        ('drop="x"\n[source]\ntype="a"\n[targets.b]\nc="d"', "`drop` is a list"),
        ('drop=["d"]\n[source]\ntype="a"\n[targets.b]\nc="d"', "d is dropped, and assigned"),
        ('[source]\ntype="a"\n[targets.b]\nc="d"\ndrop=["x"]', "`drop` stands inside"),
    ],
)
def test_wrong_rules_are_refused(text: str, what: str) -> None:
    with pytest.raises(RulesError, match=what):
        parse_rules(text)


def test_a_file_that_is_not_there_is_said() -> None:
    with pytest.raises(RulesError, match=r"nowhere\.toml cannot be read"):
        read_rules("nowhere.toml")


META = """
[source]
type = "account"
[targets.contact]
name = "fullname"
[targets.health]
age = "age"
[meta.contact]
campaign = "spring"
region = { from = "state" }
"""


def test_meta_stands_where_the_rules_say_and_nowhere_else() -> None:
    rules = parse_rules(META)
    data = {"fullname": "Ann", "age": "1", "state": "OR"}

    assert rules.meta_of(data) == {"contact": {"campaign": "spring", "region": "OR"}, "health": {}}
    assert rules.named == {"fullname", "age", "state"}
    assert rules.links == []
    assert parse_rules(RULES).meta_of(data) == {"contact": {}, "health": {}}


@pytest.mark.parametrize("state", ["", " OR", "O\u200bR", "x" * 201, None, True, 7, ["OR"], "O\nR"])
def test_what_meta_cannot_hold_is_left_out(state: object) -> None:
    """A visitor who sends it does not end the split of the others."""
    meta = parse_rules(META).meta_of({"fullname": "Ann", "age": "1", "state": state})

    assert meta["contact"] == {"campaign": "spring"}


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ('zone = { from = "age" }', "age goes to health, contact, and in plaintext to the meta of"),
        ('zone = { from = "state" }', ""),
        ('[meta.health]\nzone = { from = "state" }', "the server, and whoever reads several"),
        ('[meta.health]\ncampaign = "spring"', ""),
    ],
)
def test_a_field_that_would_link_two_types_is_told(more: str, says: str) -> None:
    links = parse_rules(META + more).links

    assert says in "".join(links)
    assert len(links) == bool(says)


@pytest.mark.parametrize(
    ("meta", "what"),
    [
        ("[meta]\ncontact = 1", r"lack \[meta.contact\]"),
        ("[meta.contact]\n", "has 1 to 16 names"),
        ("[meta.contcat]\na = 'x'", "no target"),
        ("[meta.contact]\nA = 'x'", "must match"),
        ("[meta.contact]\na = ''", "1 to 200"),
        ("[meta.contact]\na = ' x'", "no outer spaces"),
        ("[meta.contact]\na = 1", "neither a text nor"),
        ("[meta.contact]\na = { form = 'zip' }", "neither a text nor"),
        ("[meta.contact]\na = { from = 'Zip' }", "must match"),
        ("[meta.contact]\na = { from = 'comments' }", "is dropped, and stands in the meta"),
    ],
)
def test_wrong_meta_is_refused(meta: str, what: str) -> None:
    with pytest.raises(RulesError, match=what):
        parse_rules(f"{RULES}\n{meta}")
