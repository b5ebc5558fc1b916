"""The table of settings: four sources, their precedence, and what a person is told of a bad value."""

from pathlib import Path

import pytest

from metricbox.addresses import Address
from metricbox.durations import UNIT_MS
from metricbox.errors import UsageError
from metricbox.settings import (
    Settings,
    duration_between,
    list_rows,
    load_settings,
    one_of,
    parse_bool,
    parse_bytes,
    parse_count,
    parse_optional_address,
    parse_optional_path,
    parse_path,
)


def write_config(folder: Path, text: str) -> Path:
    path = folder / "metricbox.toml"
    path.write_text(text, encoding="utf-8")
    return path


def message_of(
    flags: dict[str, str] | None = None, environment: dict[str, str] | None = None, file: Path | None = None
) -> str:
    with pytest.raises(UsageError) as caught:
        load_settings(flags or {}, environment or {}, file)
    return caught.value.message


def test_defaults_hold_without_any_source() -> None:
    effective = load_settings({}, {})
    assert effective.settings == Settings()
    assert set(effective.origins.values()) == {"default"}
    assert effective.settings.listen == Address("0.0.0.0", 8642)
    assert effective.settings.retention_raw == 7 * UNIT_MS["d"]


def test_a_flag_beats_the_environment_which_beats_the_file_which_beats_the_default(tmp_path: Path) -> None:
    file = write_config(tmp_path, 'query_timeout = "3s"\n')
    environment = {"METRICBOX_QUERY_TIMEOUT": "2s"}
    flags = {"query_timeout": "1s"}
    for sources, expected_ms, origin in (
        ((flags, environment, file), 1_000, "flag"),
        (({}, environment, file), 2_000, "environment"),
        (({}, {}, file), 3_000, "file"),
        (({}, {}, None), 30_000, "default"),
    ):
        effective = load_settings(*sources)
        assert effective.settings.query_timeout == expected_ms
        assert effective.origins["query_timeout"] == origin


def test_the_file_takes_texts_numbers_and_booleans(tmp_path: Path) -> None:
    file = write_config(tmp_path, 'agent = false\nmax_series = 10\ndata = "elsewhere"\n')
    settings = load_settings({}, {}, file).settings
    assert (settings.agent, settings.max_series, settings.data) == (False, 10, Path("elsewhere"))


def test_environment_of_other_programs_is_ignored() -> None:
    environment = {"PATH": "/bin", "METRICBOX_CONFIG": "x", "METRICBOX_TOKEN": "x", "metricbox_data": "x"}
    assert load_settings({}, environment).settings == Settings()


@pytest.mark.parametrize("row", list_rows(), ids=lambda row: row.name)
def test_every_setting_reads_its_own_default_and_what_it_shows(row) -> None:
    value = row.parse(row.default_text)
    assert row.parse(row.show(value)) == value
    assert row.help.endswith(".")
    assert row.environment_name == "METRICBOX_" + row.name.upper()
    assert row.option_name == "--" + row.name.replace("_", "-")


@pytest.mark.parametrize("row", list_rows(), ids=lambda row: row.name)
def test_every_setting_comes_from_every_source(row, tmp_path: Path) -> None:
    """The other value, so that a source that is not looked at would show."""
    others = {
        "agent": "false",
        "explore": "false",
        "trusted_proxies": "10.0.0.0/8, unix",
        "public_url": "http://box:8642",
        "tls_cert": "c",
        "tls_key": "k",
        "log_format": "json",
        "log_level": "debug",
        "otlp_names": "raw",
        "graphite_templates": "servers.{host}.*",
        "statsd_flush_interval": "20s",
        "influx_db_label": "true",
    }
    partners = {
        "tls_cert": {"tls_key": "k"},
        "tls_key": {"tls_cert": "c"},
        "admin_email": {"admin_password": "p"},
        "admin_password": {"admin_email": "e"},
    }
    durations = {"retention_raw": "5h", "retention_1min": "8d", "retention_1hour": "61d"}
    texts = {"listen": "127.0.0.1:1", "store": ""} | durations | others
    text = texts.get(row.name, "10m" if row.default_text[-1:] in {"s", "m", "d"} else "77")
    partner = partners.get(row.name, {})
    toml = "".join(f'{name} = "{value}"\n' for name, value in ({row.name: text} | partner).items())
    environment = {"METRICBOX_" + name.upper(): value for name, value in ({row.name: text} | partner).items()}
    loaded = [
        load_settings({row.name: text} | partner, {}),
        load_settings({}, environment),
        load_settings({}, {}, write_config(tmp_path, toml)),
    ]
    assert [one.origins[row.name] for one in loaded] == ["flag", "environment", "file"]
    assert {getattr(one.settings, row.name) for one in loaded} == {row.parse(text)}


@pytest.mark.parametrize("row", [row for row in list_rows() if row.name == "query_timeout"])
def test_a_bad_value_is_told_with_its_source(row, tmp_path: Path) -> None:
    file = write_config(tmp_path, 'query_timeout = "soon"\n')
    assert message_of({"query_timeout": "soon"}).startswith("option --query-timeout: 'soon' is not")
    assert "environment variable METRICBOX_QUERY_TIMEOUT" in message_of({}, {row.environment_name: "soon"})
    assert f"query_timeout in {file}" in message_of({}, {}, file)


def test_unknown_names_are_refused_by_name(tmp_path: Path) -> None:
    assert "METRICBOX_QUERY_TIMOUT" in message_of({}, {"METRICBOX_QUERY_TIMOUT": "1s"})
    assert "query_timout in" in message_of({}, {}, write_config(tmp_path, "query_timout = 1\n"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("agent = [true]", "must be a text"),
        ("max_series = 1.5", "must be a text"),
        ("x = = 1", "is not TOML"),
    ],
)
def test_a_bad_settings_file_is_told(tmp_path: Path, text: str, expected: str) -> None:
    assert expected in message_of({}, {}, write_config(tmp_path, text))


def test_a_missing_settings_file_is_told(tmp_path: Path) -> None:
    assert "cannot be read" in message_of({}, {}, tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b'data = "\xe9"')
    assert "is not TOML" in message_of({}, {}, tmp_path / "latin.toml")


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ({"tls_cert": "c"}, "tls_cert and tls_key belong together"),
        ({"tls_key": "k"}, "tls_cert and tls_key belong together"),
        ({"admin_email": "a@b.c"}, "admin_email and admin_password belong together"),
        ({"admin_password": "x"}, "admin_email and admin_password belong together"),
        ({"retention_raw": "31d"}, "retention must grow"),
        ({"retention_1min": "366d"}, "retention must grow"),
    ],
)
def test_settings_that_belong_together_are_checked_together(flags: dict[str, str], expected: str) -> None:
    assert expected in message_of(flags)


def test_only_the_password_is_secret() -> None:
    assert [row.name for row in list_rows() if row.is_secret] == ["admin_password"]


def test_no_message_holds_the_value_of_a_secret() -> None:
    """Trap B172."""
    assert "canary" not in message_of({"admin_password": "canary"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0", 0), ("1048576", 2**20), ("512MB", 512 * 10**6), ("64MiB", 64 << 20), ("1.5 GiB", 3 << 29),
     ("1k", 1_000), ("2T", 2 * 10**12), ("7b", 7), ("1tib", 2**40)],
)  # fmt: skip
def test_sizes(text: str, expected: int) -> None:
    assert parse_bytes(text) == expected


@pytest.mark.parametrize("text", ["", "MB", "-1", "1X", "1iB", "1,5GB", "٣MB", "1e3"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a size"):
        parse_bytes(text)


def test_booleans_counts_and_choices() -> None:
    assert [parse_bool(text) for text in ("1", "TRUE", " yes", "on")] == [True] * 4
    assert [parse_bool(text) for text in ("0", "false", "No", "off ")] == [False] * 4
    assert parse_count(" 12 ") == 12
    assert one_of("a", "b")("b") == "b"
    for parse, text in ((parse_bool, "maybe"), (parse_count, "-1"), (parse_count, "٣"), (one_of("a"), "A")):
        with pytest.raises(ValueError):
            parse(text)


def test_paths_expand_the_home_folder_and_only_optional_ones_may_be_empty() -> None:
    assert parse_path("~/x") == Path.home() / "x"
    assert parse_optional_path("") is None
    with pytest.raises(ValueError, match="must not be empty"):
        parse_path("")


def test_durations_have_bounds_that_are_included() -> None:
    parse = duration_between("1s", "1h")
    assert (parse("1s"), parse("1h")) == (1_000, 3_600_000)
    for text in ("999ms", "1h1ms", "x"):
        with pytest.raises(ValueError):
            parse(text)


def test_a_store_that_is_refused_is_not_repeated() -> None:
    """Trap B172: its URL holds a password."""
    with pytest.raises(UsageError) as error:
        load_settings({}, {"METRICBOX_STORE": "postgresql://u:s3cr3t@h/db"})
    assert "s3cr3t" not in error.value.message
    assert "METRICBOX_STORE" in error.value.message


def test_listeners_without_credentials_are_on_this_machine_alone_unless_told_otherwise() -> None:
    """Trap B174."""
    assert parse_optional_address("") is None
    assert parse_optional_address("2003") == parse_optional_address(":2003") == Address("127.0.0.1", 2003)
    assert parse_optional_address("0.0.0.0:2003") == Address("0.0.0.0", 2003)
    assert parse_optional_address("[::]:2003") == Address("::", 2003)
    for text in ("box", "127.0.0.1:x", "127.0.0.1:70000"):
        with pytest.raises(ValueError, match="is not an address"):
            parse_optional_address(text)
