"""Templates of Graphite paths: what each of their signs does, and which texts are none."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metricbox.graphite_templates import Templates, parse_templates


def read(templates: str, path: str) -> tuple[str, dict[str, str]]:
    meaning = parse_templates(templates).read(path)
    return "_".join(meaning.name_parts), meaning.labels


@pytest.mark.parametrize(
    ("templates", "path", "name", "labels"),
    [
        ("", "a.b.c", "a_b_c", {}),
        ("", "a..b", "a_b", {}),
        (
            "servers.{host}.cpu.{cpu}.*",
            "servers.w1.cpu.0.user",
            "servers_cpu_user",
            {"host": "w1", "cpu": "0"},
        ),
        ("(servers).{host}.**", "servers.w1.disk.sda.free", "disk_sda_free", {"host": "w1"}),
        ("(*).{host}.*", "x.w1.load", "load", {"host": "w1"}),
        (
            "(collectd).{host}.cpu-{cpu}.(cpu-)*",
            "collectd.w1.cpu-3.cpu-user",
            "cpu_user",
            {"host": "w1", "cpu": "3"},
        ),
        # Neither shorter nor longer paths fit.
        ("a.{host}.*", "a.b", "a_b", {}),
        ("a.{host}.*", "a.b.c.d", "a_b_c_d", {}),
        # The first that fits, wherever divided.
        ("a.{x}.*,\n a.{y}.**  b.**", "a.1.2", "a_2", {"x": "1"}),
        ("a.{x}.*,\n a.{y}.**  b.**", "a.1.2.3", "a_2_3", {"y": "1"}),
    ],
)
def test_signs(templates: str, path: str, name: str, labels: dict[str, str]) -> None:
    assert read(templates, path) == (name, labels)


def test_a_path_that_would_have_no_name_is_for_the_next_template() -> None:
    assert read("{host}.-*", "w1.-") == ("w1_-", {})


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{host}.{cpu}", "nothing is left"),
        ("(a).(b)", "nothing is left"),
        ("a.**.b", "only at the end"),
        ("a..b", "a part is empty"),
        ("a.{a-b}", "is not a label"),
        ("a.{}", "is not a label"),
        ("a.{x}.{x}", "twice"),
        ("a.*{x}", "must be a text"),
        ("a.*b*c*d*", "at most 3"),
        ("a.{x", "not to be understood"),
        ("a.()", "hold a text"),
    ],
)
def test_what_is_no_template_is_told_with_its_text(text: str, fault: str) -> None:
    with pytest.raises(ValueError, match="template") as caught:
        parse_templates(f"a.b {text}")
    assert fault in str(caught.value)
    assert repr(text) in str(caught.value)


def test_a_setting_shows_as_it_was_written() -> None:
    assert str(parse_templates("a.{x}.*, b.**")) == "a.{x}.*, b.**"
    assert parse_templates("  ") == Templates()


@settings(deadline=None)
@given(st.text("ab.{}()*-, ", max_size=30), st.text("ab.-", max_size=30))
def test_any_text_is_templates_or_a_sentence(text: str, path: str) -> None:
    try:
        templates = parse_templates(text)
    except ValueError as error:
        if not str(error).startswith("template "):
            raise
        return
    assert parse_templates(str(templates)) == templates
    meaning = templates.read(path)
    assert all(isinstance(part, str) for part in meaning.name_parts)
