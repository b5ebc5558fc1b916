"""The [[scrape]] tables of the settings file: what they hold and what a person is told of a wrong one."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from metricbox.cli import cli
from metricbox.errors import UsageError
from metricbox.scrape_settings import mask_param, read_scrape_tables, split_address
from metricbox.settings import load_settings
from tests.support import secrecy

TEXT = """
agent = false

[[scrape]]
job = "node"
targets = ["web1:9100", "[::1]:9100"]
labels = { env = "prod" }

[[scrape]]
job = "app"
files = ["targets/*.yml"]
interval = "30s"
timeout = "5s"
path = "/admin/metrics"
scheme = "https"
params = { module = ["a", "b"], api_key = "k1" }
honor_labels = true
honor_timestamps = false
basic_auth = { username = "me", password = "pw-hidden" }
tls = { ca = "ca.pem", insecure = false }
sample_limit = 5000
body_size_limit = "4MiB"

[[scrape.relabel]]
source_labels = ["__address__"]
regex = "old.*"
action = "drop"

[[scrape.metric_relabel]]
source_labels = ["__name__"]
regex = "go_.*"
action = "drop"
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "metricbox.toml"
    path.write_text(text, encoding="utf-8")
    return path


def fault_of(**fields) -> str:
    with pytest.raises(ValueError) as caught:
        read_scrape_tables([{"job": "node", "targets": ["a:1"]} | fields])
    return str(caught.value)


def test_the_file_holds_jobs_beside_flat_settings(tmp_path: Path) -> None:
    settings = load_settings({}, {}, write(tmp_path, TEXT)).settings
    assert settings.agent is False
    node, app = settings.scrape
    assert (node.job, node.targets, node.labels) == ("node", ("web1:9100", "[::1]:9100"), {"env": "prod"})
    assert (node.interval_ms, node.timeout_ms, node.path, node.scheme) == (15_000, 10_000, "/metrics", "http")
    assert (app.interval_ms, app.timeout_ms, app.body_size_limit_bytes) == (30_000, 5_000, 4 * 2**20)
    assert app.params == {"module": ("a", "b"), "api_key": ("k1",)}
    assert (app.honor_labels, app.honor_timestamps, app.sample_limit) == (True, False, 5000)
    assert app.basic_auth.password.get_secret_value() == "pw-hidden"
    assert app.relabel[0].apply({"__address__": "old1:1"}) is None
    assert app.metric_relabel[0].apply({"__name__": "go_x"}) is None
    assert load_settings({}, {}).settings.scrape == ()


def test_the_time_limit_follows_a_short_interval() -> None:
    (job,) = read_scrape_tables([{"job": "a", "targets": ["a:1"], "interval": "2s"}])
    assert job.timeout_ms == 2_000


def test_what_is_shown_masks_secrets(tmp_path: Path) -> None:
    _, app = load_settings({}, {}, write(tmp_path, TEXT)).settings.scrape
    shown = dict(app.shown)
    assert shown["basic_auth"] == "username=me, password=***"
    assert shown["params"] == "module=a, module=b, api_key=***"
    assert shown["interval"] == "30s"
    assert shown["relabel"] == "drop"
    assert "pw-hidden" not in f"{shown} {app!r}"
    (job,) = read_scrape_tables([{"job": "a", "targets": ["a:1"], "bearer_token": "hush"}])
    assert dict(job.shown)["bearer_token"] == "***"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"targets": []}, "[[scrape]] 1 (job 'node'): has no targets; write targets = "),
        ({"job": ""}, "job: String should have at least 1 character"),
        ({"targets": ["http://web1:9100/metrics"]}, "targets: a target is host:port; its scheme and path"),
        (
            {"targets": ["u:p@web1:9100"]},
            "targets: a target is host:port; a name and a password go under basic_auth",
        ),
        ({"targets": ["web1:99999"]}, "'web1:99999' is not host:port"),
        ({"targets": "web1:9100"}, "targets: Input should be a valid tuple"),
        ({"interval": "soon"}, "interval: 'soon' is not a duration; write it like 30s"),
        ({"interval": "10ms"}, "interval: must be from 1s to 1d"),
        ({"interval": 15.5}, "interval: must be a duration, as in 30s"),
        ({"interval": "5s", "timeout": "6s"}, "timeout must be more than 0 and no longer than interval"),
        ({"path": "metrics"}, "path: must begin with /"),
        ({"scheme": "ftp"}, "scheme: Input should be 'http' or 'https'"),
        ({"labels": {"a b": "c"}}, "labels: 'a b' cannot be the name of a label"),
        ({"labels": {"a": 1}}, "labels.a: Input should be a valid string"),
        ({"colour": "red"}, "colour: there is no such field"),
        ({"basic_auth": {"user": "x"}}, "basic_auth.user: there is no such field"),
        (
            {"basic_auth": {"username": "x", "password": "a", "password_file": "b"}},
            "password or password_file, not both",
        ),
        ({"bearer_token": "a", "bearer_token_file": "b"}, "bearer_token or bearer_token_file, not both"),
        ({"bearer_token": "a", "basic_auth": {"username": "x"}}, "basic_auth or a bearer token, not both"),
        ({"tls": {"cert": "a"}}, "tls: cert and key belong together"),
        (
            {"relabel": [{"target_label": "x"}, {"regex": "("}]},
            "relabel[1].regex: '(' is not a regular expression",
        ),
        ({"metric_relabel": [{"action": "keep"}]}, "metric_relabel[0]: the action keep needs source_labels"),
        ({"sample_limit": -1}, "sample_limit: Input should be greater than or equal to 0"),
        ({"body_size_limit": "much"}, "body_size_limit: 'much' is not a size"),
    ],
)
def test_a_wrong_table_is_named_with_its_field(fields: dict, expected: str) -> None:
    assert expected in fault_of(**fields)
    if "job" not in fields:
        assert fault_of(**fields).startswith("[[scrape]] 1 (job 'node'): ")


def test_a_job_needs_a_name_of_its_own() -> None:
    with pytest.raises(ValueError, match=r"^\[\[scrape\]\] 1: job: is missing$"):
        read_scrape_tables([{"targets": ["a:1"]}])
    tables = [{"job": "a", "targets": ["a:1"]}] * 2
    with pytest.raises(ValueError, match=r"^\[\[scrape\]\] 2 \(job 'a'\): job: there is another table"):
        read_scrape_tables(tables)
    with pytest.raises(ValueError, match=r"write \[\[scrape\]\] above each job"):
        read_scrape_tables("a:1")


def test_a_fault_stops_the_start_with_one_line_and_shows_no_secret(tmp_path: Path) -> None:
    path = write(tmp_path, '[[scrape]]\njob = "a"\ntargets = ["a:1"]\nbearer_token = ["tk-hidden"]\n')
    with pytest.raises(UsageError) as caught:
        load_settings({}, {}, path)
    assert caught.value.message.startswith(f"{path}: [[scrape]] 1 (job 'a'): bearer_token: ")
    assert "tk-hidden" not in caught.value.message
    secrecy.note(caught.value.message, "the message about a wrong table")


def test_addresses_and_parameters() -> None:
    assert split_address("[fe80::1%eth0]:9100") == ("[fe80::1%eth0]", 9100)
    assert split_address("web1") == ("web1", None)
    assert mask_param("module", "x") == "x"
    assert [mask_param(name, "x") for name in ("token", "API_KEY", "X-Signature", "password")] == ["***"] * 4


def test_check_config_shows_the_tables_without_their_secrets(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["check-config", "--config", str(write(tmp_path, TEXT))])
    assert result.exit_code == 0
    lines = [" ".join(line.split()) for line in result.output.splitlines() if line.startswith("scrape ")]
    assert "scrape node: targets = web1:9100, [::1]:9100 # file" in lines
    assert "scrape app: basic_auth = username=me, password=*** # file" in lines
    assert "pw-hidden" not in result.output
    secrecy.note(result.output, "what check-config prints")
