"""Every script of this folder, on every backend; and that the runner notices what is wrong."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.scripts.engines import DuckDBEngine
from tests.scripts.runner import Script, ScriptError
from tests.support.series import expand_values, parse_series, split_series

SCRIPTS = sorted(Path(__file__).parent.glob("*.test"))
BACKENDS = {"duckdb": DuckDBEngine}

Run = Callable[[str], None]


@pytest.fixture(params=BACKENDS)
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Run:
    return lambda text: Script(BACKENDS[request.param], tmp_path).run(text)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_script(run: Run, script: Path) -> None:
    run(script.read_text(encoding="utf-8"))


LOADED = """
at 2026-11-25T10:10
load 10s from 10:00
    cpu{host="a"} 0+1x11
refresh 1min
"""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('expect rows 1min cpu{host="a"} from 10:00\n    count 5 6', "count is   6 6"),
        ('expect rows 1min cpu{host="a"} from 10:00\n    count 6', "expected   6 _"),
        (
            'expect rows 1min cpu{host="a"} from 10:01\n    count 6',
            "rows at other times: 2026-11-25T10:00:00",
        ),
        ('expect rows 1min cpu{host="a"} nothing', "rows"),
        ("expect watermark 1min 10:10", "the watermark: 2026-11-25T10:09:00"),
        ("expect watermark 1hour 10:00", "the watermark: none"),
        ("expect invalidations 1min 1", "invalidations: 0, expected 1"),
        ("expect chunks raw sealed 1", "sealed chunks: 0"),
        ("expect pieces 3", "pieces: 1"),
        ("expect fail is no tier\nseal", "did not fail"),
        ("expect fail other words\nrefresh 1day", "failed with other words"),
        ("late 10:09:30\n    cpu 1", "not late"),
        ("fly", "line 6: fly\nno such command"),
    ],
)
def test_a_script_that_is_wrong_is_told(run: Run, text: str, words: str) -> None:
    with pytest.raises(ScriptError) as caught:
        run(LOADED + text)
    assert words in str(caught.value)


def test_values_expand() -> None:
    assert expand_values("0+1x3 9-2.5x1 _ 4x2 _x2 -1e3") == [
        0,
        1,
        2,
        3,
        9,
        6.5,
        None,
        4,
        4,
        4,
        None,
        None,
        -1000,
    ]
    with pytest.raises(ValueError, match="'x3' is no value"):
        expand_values("x3")


def test_series_are_read() -> None:
    key, rest = split_series('cpu{host="a", dc="x y"} 1 2')
    assert (key.name, key.labels, rest) == ("cpu", (("dc", "x y"), ("host", "a")), "1 2")
    with pytest.raises(ValueError, match="labels"):
        parse_series("cpu{host=a}")
