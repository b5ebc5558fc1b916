"""Prometheus's files of alerting rules as rules of ours."""

import re
import subprocess
from shutil import which

import pytest

from metricbox.errors import ValidationError
from metricbox.query.promql.parse import parse
from metricbox.web.prometheus_rule_files import MAX_FILE_RULES, ReadRules, read_rule_file

HEAD = "groups:\n- name: g\n  rules:\n"


def check_query(text: str) -> None:
    parse(text)


def read(text: str) -> ReadRules:
    return read_rule_file(text, "owner", check_query)


def rule_of(*lines: str) -> str:
    return HEAD + "".join(f"  {'-' if index == 0 else ' '} {line}\n" for index, line in enumerate(lines))


def told(found: ReadRules) -> list[tuple[str | None, str]]:
    return [(fault.rule, fault.field) for fault in found.report]


def fault_of(text: str) -> str:
    with pytest.raises(ValidationError) as caught:
        read(text)
    return caught.value.message


def test_all_fields_of_a_rule() -> None:
    found = read(
        """
groups:
- name: g
  interval: 30s
  query_offset: 1m
  labels: {site: here, team: none}
  rules:
  - alert: HighLatency
    expr: |
      # p95
      histogram_quantile(0.95, sum by (le) (rate(seconds_bucket[5m]))) > 0.5
    for: 10m
    keep_firing_for: 5m
    labels: {severity: Critical, team: web}
    annotations: {summary: "slow: {{ $value | humanize }} s", description: "on {{$labels.host}}"}
"""
    )
    (rule,) = found.rules
    assert (rule.name, rule.owner_id, rule.is_enabled) == ("HighLatency", "owner", True)
    assert rule.content == {
        "query": "histogram_quantile(0.95, sum by (le) (rate(seconds_bucket[5m])))",
        "condition": "gt",
        "threshold": 0.5,
        "duration": "10m",
        "severity": "critical",
        "keepFiringFor": "5m",
        "evaluationDelay": "1m",
        "labels": {"site": "here", "team": "web"},
        "notification": {"channels": [], "message": "slow: {{value}} s\non {{labels.host}}"},
    }
    assert told(found) == [(None, "groups[0].interval")]


def test_what_is_not_taken_over_is_told_and_the_rest_is_taken() -> None:
    found = read(
        """
groups:
- name: g
  limit: 3
  rules:
  - {record: a, expr: b}
  - {alert: Broken, expr: "up =="}
  - {alert: "", expr: up > 0}
  - just text
  - alert: Odd
    expr: a > 1 or b > 2
    for: soon
    severity: high
    labels: {severity: sev9, host: "{{ $labels.instance }}", alertname: x}
    annotations: {description: "{{ if true }}x{{ end }}", dashboard: d}
- no group
"""
    )
    assert [rule.name for rule in found.rules] == ["Odd"]
    assert found.rules[0].content["query"] == "group without () (a > 1 or b > 2)"
    assert "notification" not in found.rules[0].content
    assert told(found) == [
        (None, "groups[0].limit"),
        ("a", "record"),
        ("Broken", "query"),
        ("groups[0].rules[2]", "name"),
        (None, "groups[0].rules[3]"),
        ("Odd", "severity"),
        ("Odd", "expr"),
        ("Odd", "labels.severity"),
        ("Odd", "labels.host"),
        ("Odd", "labels.alertname"),
        ("Odd", "for"),
        ("Odd", "annotations.dashboard"),
        ("Odd", "annotations.description"),
        (None, "groups[1]"),
    ]


def test_what_is_no_yaml_is_refused_with_its_line() -> None:
    assert "line 4" in fault_of("groups:\n- name: g\n  rules: [\n")
    assert "`groups`" in fault_of("- a\n")
    assert "up is there twice (line 3)" in fault_of("groups:\n- rules:\n  - up: 1\n    up: 2\n")
    assert "No alerting rule" in fault_of(HEAD + "  - {record: a, expr: b}\n")
    assert "nests too deeply" in fault_of("[" * 20_000)


def test_a_small_text_cannot_name_a_large_one() -> None:
    """Nine lines of YAML that would be 10^9 texts."""
    lines = ["a0: &a0 x"] + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)]
    assert "Aliases" in fault_of("\n".join(lines))


def test_no_tag_makes_an_object() -> None:
    found = read(
        rule_of("alert: A", "expr: !!python/object/apply:os.system [x]", "for: 1m")
        + "  - {alert: B, expr: up > 0}\n"
    )
    assert [rule.name for rule in found.rules] == ["B"]


def test_rules_are_bounded() -> None:
    one = "  - {alert: A, expr: up > 0}\n"
    assert len(read(HEAD + one * MAX_FILE_RULES).rules) == MAX_FILE_RULES
    assert str(MAX_FILE_RULES) in fault_of(HEAD + one * (MAX_FILE_RULES + 1))


@pytest.mark.skipif(
    which("promtool") is None, reason="promtool is not installed (Debian: package prometheus)"
)
def test_promtool_takes_what_is_taken_here(tmp_path) -> None:  # type: ignore[no-untyped-def]
    text = rule_of("alert: Down", "expr: up == 0", "for: 5m", "labels: {severity: page}")
    assert len(read(text).rules) == 1
    path = tmp_path / "rules.yml"
    path.write_text(text, encoding="utf-8")
    result = subprocess.run(["promtool", "check", "rules", path], check=False, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert re.search("1 rules found", result.stdout)
