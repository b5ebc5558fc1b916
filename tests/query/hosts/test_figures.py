"""From samples to the figures of hosts."""

import numpy as np
import pytest

from metricbox.model import SampleColumns, Series
from metricbox.query.hosts.families import RECIPES, Figure, Recipe, Reduce, Source, Take, Term
from metricbox.query.hosts.figures import Plan, by_host, make_plan, values_by_step, values_now
from metricbox.store.step_partials import empty_steps

NAN = float("nan")


def series(number: int, name: str, **labels: str) -> Series:
    return Series(number, name, labels)


def recipe_of(figure: Figure, source: Source = Source.NODE) -> Recipe:
    return next(one for one in RECIPES if one.figure is figure and one.source is source)


def columns(*rows: tuple[int, int, float]) -> SampleColumns:
    ids, ts_ms, values = zip(*rows, strict=True)
    return SampleColumns(np.array(ids, np.int64), np.array(ts_ms, np.int64), np.array(values, np.float64))


def test_series_of_a_term_find_the_key_of_the_term_before() -> None:
    recipe = recipe_of(Figure.DISK)
    plan = make_plan(
        recipe,
        "instance",
        {
            "node_filesystem_size_bytes": [
                series(7, "s", instance="b", device="sda", mountpoint="/", fstype="ext4"),
                series(3, "s", instance="a", device="sda", mountpoint="/", fstype="ext4"),
                series(4, "s", instance="a", device="tmpfs", mountpoint="/run", fstype="tmpfs"),
                series(5, "s", device="sda", mountpoint="/", fstype="ext4"),
            ],
            "node_filesystem_free_bytes": [
                series(9, "f", instance="a", device="sda", mountpoint="/", fstype="ext4")
            ],
            "node_filesystem_avail_bytes": [],
        },
    )
    assert plan.keys == [("a", "sda", "/"), ("b", "sda", "/")]
    assert plan.hosts == ["a", "b"]
    assert [(term.series_ids.tolist(), term.keys.tolist()) for term in plan.terms] == [
        ([3, 7], [0, 1]),
        ([9], [0]),
        ([], []),
    ]


def test_the_last_value_counts_and_a_mark_of_the_end_is_none() -> None:
    plan = make_plan(
        recipe_of(Figure.LOAD),
        "instance",
        {"node_load1": [series(2, "l", instance="a"), series(4, "l", instance="b")]},
    )
    samples = columns((2, 0, 1.0), (2, 10, 2.5), (4, 0, 7.0), (4, 10, NAN))
    assert values_now(Term("node_load1"), samples, plan.terms[0], 2)[:, 0].tolist() == pytest.approx(
        [2.5, NAN], nan_ok=True
    )


def test_a_rate_counts_growth_over_a_reset_and_needs_two_samples() -> None:
    plan = make_plan(
        Recipe(Source.NODE, Figure.NETWORK, (Term("c", Take.RATE),)),
        "instance",
        {"c": [series(one, "c", instance=str(one)) for one in (1, 2, 3)]},
    )
    samples = columns((1, 0, 10), (1, 10_000, 40), (1, 20_000, 20), (2, 0, 5), (3, 0, NAN), (3, 10_000, 4))
    assert values_now(Term("c", Take.RATE), samples, plan.terms[0], 3)[:, 0].tolist() == pytest.approx(
        [50 / 20, NAN, NAN], nan_ok=True
    )


def test_a_clock_is_compared_with_the_time_of_the_sample() -> None:
    plan = make_plan(
        recipe_of(Figure.AHEAD), "instance", {"node_time_seconds": [series(1, "t", instance="a")]}
    )
    samples = columns((1, 5_000, 17.0))
    assert values_now(Term("t", Take.AHEAD), samples, plan.terms[0], 1).tolist() == [[12_000.0]]


def plan_of(*keys: tuple[str, ...]) -> Plan:
    hosts = sorted({key[0] for key in keys})
    starts = [next(number for number, key in enumerate(keys) if key[0] == host) for host in hosts]
    return Plan(keys, hosts, np.array(starts, np.int64), [])


def column(*values: float) -> np.ndarray:
    return np.array([[value] for value in values])


def test_the_fullest_file_system_of_a_host_is_its_figure() -> None:
    plan = plan_of(("a", "1"), ("a", "2"), ("b", "1"), ("c", "1"), ("c", "2"))
    size, free, usable = column(100, 100, 0, 10, 10), column(40, 20, 0, 5, NAN), column(35, 10, 0, 5, 5)
    found = by_host(recipe_of(Figure.DISK), plan, [size, free, usable])[:, 0]
    assert found.tolist() == pytest.approx([100 * (1 - 10 / 90), NAN, 50.0], nan_ok=True)


def test_the_cpu_is_the_mean_of_its_cores_without_idle_and_waiting() -> None:
    plan = plan_of(("a", "0"), ("a", "1"), ("b", "0"))
    found = by_host(recipe_of(Figure.CPU), plan, [column(0.5, 0.9, 1.01), column(0.1, NAN, 0.0)])
    assert found[:, 0].tolist() == pytest.approx([(40 + 10) / 2, 0.0])


def test_devices_are_added_up() -> None:
    plan = plan_of(("a", "eth0"), ("a", "eth1"), ("b", "eth0"))
    found = by_host(recipe_of(Figure.NETWORK), plan, [column(1, 10, NAN), column(2, NAN, 1)])
    assert found[:, 0].tolist() == pytest.approx([3.0, NAN], nan_ok=True)


def test_a_figure_that_is_no_number_is_none() -> None:
    found = by_host(recipe_of(Figure.MEMORY), plan_of(("a",), ("b",)), [column(1, np.inf), column(0, 1)])
    assert np.isnan(found).all()


def test_rollup_rows_become_means_and_rates() -> None:
    rows = empty_steps()._replace(
        groups=np.array([0, 1]), steps=np.array([1, 0]), counts=np.array([4, 2]), sums=np.array([8.0, 1.0]),
        increases=np.array([120.0, 60.0]), first_bucket_ms=np.array([0, 0]), last_bucket_ms=np.array([60_000, 0]),
    )  # fmt: skip
    means = values_by_step(Term("m"), rows, 2, 2, 60_000)
    rates = values_by_step(Term("m", Take.RATE), rows, 2, 2, 60_000)
    assert means[[0, 1], [1, 0]].tolist() == [2.0, 0.5]
    assert rates[[0, 1], [1, 0]].tolist() == [1.0, 1.0]
    assert np.isnan(means).sum() == np.isnan(rates).sum() == 2


@pytest.mark.parametrize("how", Reduce)
def test_a_host_without_values_has_none_however_they_are_joined(how: Reduce) -> None:
    recipe = Recipe(Source.NODE, Figure.LOAD, (Term("m"),), reduce=how)
    found = by_host(recipe, plan_of(("a", "1"), ("a", "2"), ("b", "1")), [column(NAN, NAN, 3)])
    assert found[:, 0].tolist() == pytest.approx([NAN, 3.0], nan_ok=True)
