"""Every script of this folder; and that the runner notices what is wrong."""

from pathlib import Path

import pytest

from tests.promql.script import ScriptError, expand, read_duration_ms, run, split_series

SCRIPTS = sorted(Path(__file__).parent.glob("*.test"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_script(script: Path) -> None:
    assert run(script.read_text(encoding="utf-8"))


LOADED = 'load 10s\n    cpu{host="a"} 0+1x10\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "eval instant at 20s cpu\n    cpu{host='a'} 3",
            "line 3: cpu\n    gives {__name__='cpu',host='a'} 2.0",
        ),
        ("eval instant at 20s cpu\n    cpu{host='b'} 2", "not {__name__='cpu',host='b'}"),
        ("eval instant at 20s cpu", "not nothing"),
        ("eval instant at 20s 1 + 1\n    3", "gives 2.0"),
        ("eval range from 0 to 20s step 10s cpu\n    cpu{host='a'} 0 1", "gives"),
        ("eval range from 0 to 20s step 10s cpu\n    cpu{host='a'} 0 _ 2", "gives"),
        ("eval instant at 0 cpu(", "fails: "),
        ("eval_fail instant at 0 cpu", "did not fail"),
        ("expect fail other words\neval instant at 0 cpu(", "fails with other words"),
        ("fly", "line 3: fly\nno such command"),
        ("load 10s\n    cpu{host=a} 1", "cannot be read"),
    ],
)
def test_a_script_that_is_wrong_is_told(text: str, words: str) -> None:
    with pytest.raises(ScriptError) as caught:
        run(LOADED + text)
    assert words in str(caught.value)


def test_the_notation() -> None:
    assert expand("0+1x2 4x1 _ 2-0.5x1 0x2 1e-3 _x2") == [
        0,
        1,
        2,
        4,
        4,
        None,
        2,
        1.5,
        0,
        0,
        0,
        0.001,
        None,
        None,
    ]
    assert split_series(r'm{a="x \"y\" \\ \n",b=`\n`,} 1 2') == (
        (("__name__", "m"), ("a", 'x "y" \\ \n'), ("b", r"\n")),
        "1 2",
    )
    assert split_series("{} 5") == ((), "5")
    assert [read_duration_ms(text) for text in ("1h30m", "90", "1ms", "-2m", "0")] == [
        5_400_000,
        90_000,
        1,
        -120_000,
        0,
    ]
