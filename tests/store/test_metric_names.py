"""The tree of metric names and their order."""

import random

from metricbox.store.metric_names import Branch, MetricNames, branches

HOST = ["node_cpu_seconds", "node_load1", "node_load15", "up"]


def tree(names: list[str], prefix: str = "") -> list[tuple[str, int]]:
    return [(one.prefix, one.metric_count) for one in branches(sorted(names), prefix)]


def test_names_are_split_after_their_separators() -> None:
    assert tree(HOST) == [("node_", 3), ("up", 1)]
    assert tree(HOST, "node_") == [("node_cpu_seconds", 1), ("node_load1", 1), ("node_load15", 1)]
    assert tree(["a.b", "a.c", "a/b", "a/c", "a:b", "a:c", "a-b", "a-c"]) == [
        ("a-b", 1), ("a-c", 1), ("a.", 2), ("a/", 2), ("a:", 2),
    ]  # fmt: skip


def test_a_branch_with_one_name_is_that_name_and_others_go_on_to_where_names_part() -> None:
    assert tree(["http_server_requests_total", "http_server_requests_sum", "go_gc"]) == [
        ("go_gc", 1), ("http_server_requests_", 2),
    ]  # fmt: skip


def test_a_metric_may_be_named_like_a_branch() -> None:
    names = ["cpu", "cpu_", "cpu_user", "cpu_user_time"]
    assert list(branches(names, "")) == [Branch("cpu", 1, is_metric=True), Branch("cpu_", 3, is_metric=False)]
    assert tree(names, "cpu_") == [("cpu_", 1), ("cpu_user", 1), ("cpu_user_time", 1)]
    assert next(iter(branches(names, "cpu_user"))) == Branch("cpu_user", 1, is_metric=True)


def test_any_prefix_is_taken() -> None:
    assert tree(HOST, "no") == [("node_", 3)]
    assert tree(HOST, "none") == tree(HOST, "\U0010ffff") == tree([], "") == []
    assert tree([":a", ":b", "a//b", "a//c"]) == [(":", 2), ("a//", 2)]


def test_every_name_is_reached_and_counts_add_up() -> None:
    rng = random.Random(7)
    names = sorted({"".join(rng.choices("ab_.:/", k=rng.randint(1, 7))) for _ in range(400)})

    def walk(prefix: str) -> list[str]:
        found: list[str] = []
        for one in branches(names, prefix):
            below = [one.prefix] if one.is_metric else walk(one.prefix)
            assert len(below) == one.metric_count
            assert one.is_metric or len(below) > 1
            found += below
        return found

    assert walk("") == names


def test_names_are_put_in_order_again_when_there_are_more() -> None:
    source = {"b": 1}
    names = MetricNames(source)
    first = names.ordered()
    source["a"] = 1
    assert (first, names.ordered()) == (["b"], ["a", "b"])
    assert names.ordered() is names.ordered()


def test_what_begins_as_searched_comes_first() -> None:
    names = MetricNames(dict.fromkeys(["a_up", "UP", "up_time", "up", "b"]))
    assert names.search("up") == ["up", "UP", "up_time", "a_up"]
    assert names.search("") == ["UP", "a_up", "b", "up", "up_time"]
