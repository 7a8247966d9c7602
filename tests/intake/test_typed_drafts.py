"""What admins type into a draft: sites as they were copied, options that people can tell apart"""

import pytest
from django.core.exceptions import ValidationError

from apps.intake.rules.validators import (
    tidy_origin,
    validate_options,
    validate_origins,
    validate_text,
)


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        ("https://www.example.com", "https://www.example.com"),
        ("https://www.example.com/", "https://www.example.com"),
        ("HTTPS://WWW.Example.COM/shop/?a=1#b", "https://www.example.com"),
        ("https://www.example.com:443", "https://www.example.com"),
        ("http://www.example.com:80/", "http://www.example.com"),
        ("http://www.example.com:443", "http://www.example.com:443"),
        ("https://www.example.com:08443", "https://www.example.com:8443"),
        (" https://www.example.com\u200b\u00a0", "https://www.example.com"),
        ("https://b\u00fccher.example/", "https://xn--bcher-kva.example"),
        ("http://[::1]:8000/", "http://[::1]:8000"),
        ("http://[0:0:0:0:0:0:0:1]:8000/", "http://[::1]:8000"),
        ("https://[2001:DB8::0:1]", "https://[2001:db8::1]"),
        ("http://192.168.1.20:65535/a", "http://192.168.1.20:65535"),
        ("https://www.example.com./", "https://www.example.com."),
        ("https://\uff57ww.example\u3002com", "https://www.example.com"),
        ("*", "*"),
    ],
)
def test_a_site_is_taken_however_its_address_was_copied(typed: str, origin: str) -> None:
    assert tidy_origin(typed) == origin
    validate_origins([origin])


@pytest.mark.parametrize(
    "typed",
    [
        "www.example.com",
        "https://",
        "https://*.example.com",
        "https://user@www.example.com",
        "https://www.example.com\\@evil.example",
        "https://www.exa mple.com",
        "https://www.example.com:x",
        "javascript:alert(1)",
        "ftp://www.example.com",
        "https://www.example.com;script-src",
        "https://www.example.com:65536",
        "https://192.168.1",
        "https://192.168.1.256",
        "https://192.168.01.2",
        "https://0x7f.1",
        "http://[::1::2]",
        "https://a.example,https://b.example",
        "null",
        "file:///home/me/page.html",
        "//www.example.com",
    ],
)
def test_what_is_no_site_stays_as_it_was_typed_and_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        validate_origins([tidy_origin(typed)])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("a b", "1"), ("a\u00a0b", "2")),
        (("\u00e9", "1"), ("e\u0301", "2")),
        (("1", "Yes"), ("2", "Yes\u200b")),
        (("1", "a  b"), ("2", "a b")),
        (("1", "Yes"), ("2", "Yes")),
    ],
)
def test_options_that_look_alike_are_refused(one: tuple[str, str], other: tuple[str, str]) -> None:
    options = [{"value": value, "label": label} for value, label in (one, other)]

    with pytest.raises(ValidationError, match="look like"):
        validate_options(options, kind="radio")


@pytest.mark.parametrize("words", [" ", "\u00a0\u200b", "\u2800", "\u3164\ufe0f", "\u200f\n"])
def test_words_that_nobody_can_see_are_refused(words: str) -> None:
    with pytest.raises(ValidationError, match="Nothing of this can be seen"):
        validate_text(words)
    with pytest.raises(ValidationError, match="Nothing of this can be seen"):
        validate_options([{"value": "a", "label": words}], kind="radio")


@pytest.mark.parametrize("words", ["", "\u0301", "\u06a9\u200c", "a\u200b"])
def test_what_can_be_seen_or_is_left_empty_is_taken(words: str) -> None:
    validate_text(words)
