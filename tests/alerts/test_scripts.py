"""Each script of the folder is a test."""

from pathlib import Path

import pytest

from tests.alerts.runner import Script
from tests.scripts.runner import ScriptError

SCRIPTS = sorted((Path(__file__).parent / "scripts").glob("*.test"))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_script(path: Path, tmp_path: Path) -> None:
    script = Script(tmp_path)
    try:
        script.run(path.read_text(encoding="utf-8"))
    finally:
        script.close()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("at 10s\n  firing cpu", "expected:\n  firing cpu\nfound:"),
        ("dance", "dance is no command"),
        ("rule a: x gt 1 sometimes yes", "sometimes is no option"),
    ],
)
def test_a_script_that_does_not_hold_fails_with_its_line(text: str, words: str, tmp_path: Path) -> None:
    script = Script(tmp_path)
    try:
        with pytest.raises(ScriptError, match="line 1") as caught:
            script.run(text)
        assert words in str(caught.value)
    finally:
        script.close()
