"""Fields that several models share."""

from typing import Any

import pydantic
import pytest
from pydantic import TypeAdapter

from metricbox.web import fields


def read(kind: Any, value: object) -> Any:
    return TypeAdapter(kind).validate_python(value, strict=True)


def fault(kind: Any, value: object) -> str:
    with pytest.raises(pydantic.ValidationError) as caught:
        read(kind, value)
    (error,) = caught.value.errors()
    return str(error["msg"])


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("ada@example.org", "ada@example.org"),
        (" Ada+x@Example.org ", "Ada+x@Example.org"),
        ("a@b", "a@b"),
        ('"a@b"@c', '"a@b"@c'),
        ("jürgen@exämple.de", "jürgen@exämple.de"),
        ("x" * 250 + "@b.c", "x" * 250 + "@b.c"),
    ],
)
def test_addresses_are_kept_without_spaces_around(text: str, kept: str) -> None:
    assert read(fields.Email, text) == kept


@pytest.mark.parametrize(
    "text",
    ["", " ", "ada", "@", "ada@", "@b", "a b@c", "a@b c", "a@b\nc", "a\0@b", "a@b@", "x" * 251 + "@b.c"],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    assert "e-mail address" in fault(fields.Email, text) or len(text) > fields.MAX_EMAIL_CHARS
    with pytest.raises(ValueError, match="e-mail address"):
        fields.check_email(text)


def test_names_are_kept_without_spaces_around() -> None:
    assert read(fields.Name, "  Web servers ") == "Web servers"
    assert read(fields.Name, "x" * 200) == "x" * 200
    assert "must not be empty" in fault(fields.Name, " \t")
    assert "200" in fault(fields.Name, "x" * 201)
    with pytest.raises(ValueError, match="at most 200"):
        fields.check_name("x" * 201)


def test_passwords_have_8_to_1024_characters() -> None:
    for length in (8, 1024):
        assert read(fields.NewPassword, " " * length) == " " * length
    for length in (0, 7, 1025):
        fault(fields.NewPassword, "x" * length)


@pytest.mark.parametrize(
    ("text", "kept"), [("", ""), ("off", ""), ("1s", "1s"), ("1000ms", "1000ms"), ("1h30m", "1h30m")]
)
def test_refresh_intervals(text: str, kept: str) -> None:
    assert read(fields.RefreshInterval, text) == kept


@pytest.mark.parametrize("text", ["0s", "999ms", "-1m", "1", "never", "1e3s", " 1s"])
def test_refresh_intervals_that_cannot_be(text: str) -> None:
    assert fault(fields.RefreshInterval, text)


@pytest.mark.parametrize(
    "text", ["now", "now-6h", "now/d", "2026-11-25T10:00:00Z", "1795600800000", "1795600800.5"]
)
def test_times_as_text_are_kept_as_they_were_written(text: str) -> None:
    assert read(fields.TimeText, text) == text


@pytest.mark.parametrize("text", ["", "soon", "now-", "1e400", "x" * 65])
def test_texts_that_are_no_times(text: str) -> None:
    assert fault(fields.TimeText, text)


@pytest.mark.parametrize("value", ["now", 1_795_600_800_000, 1_795_600_800.5])
def test_times_are_texts_or_numbers(value: object) -> None:
    assert read(fields.TimeInput, value) == value


@pytest.mark.parametrize("value", [True, None, [], {}, {"str": "now"}])
def test_what_is_neither_is_told_in_one_sentence(value: object) -> None:
    assert "must be a time" in fault(fields.TimeInput, value)


@pytest.mark.parametrize("name", ["", "UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"])
def test_zones_that_exist(name: str) -> None:
    assert read(fields.ZoneName, name) == name


@pytest.mark.parametrize("name", ["Mars/Phobos", "Europe", "../etc/passwd", "\0", "x" * 65])
def test_zones_that_do_not_exist(name: str) -> None:
    """Trap B155."""
    assert fault(fields.ZoneName, name)


def test_tag_filters_hold_a_value_or_several() -> None:
    assert read(fields.TagFilter, {"host": "a", "dc": ["x", "y"], "rack": []})
    for value in ({"": "a"}, {"x" * 256: "a"}, {f"k{number}": "" for number in range(65)}):
        assert fault(fields.TagFilter, value)


def test_groups_are_lists_of_names() -> None:
    for value in ([], ["host", "dc"]):
        assert read(fields.GroupBy, value) == value
    for bad in ([""], ["x"] * 65, "host"):
        assert fault(fields.GroupBy, bad)
