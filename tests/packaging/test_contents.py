"""What goes into the executable, as far as that shows without building it; the built one is tried by `make package`."""

import ast
import marshal
import re
from pathlib import Path

import pytest

from metricbox.licenses import list_needed
from tests.architecture.files import ROOT, iter_own_files, list_own_files
from tests.packaging.loading import FOLDER, load

contents = load("contents")
SPEC = (FOLDER / "metricbox.spec").read_text(encoding="utf-8")
_DATA = re.compile(r'\(str\(package((?: / "[\w.]+")+)\), "([\w./]+)"\)')

# Files of the package that a running server does not read.
LEFT_OUT = ("metricbox/web/types/", "metricbox/web/jsconfig.json", "metricbox/web/vendor.toml")


def list_data() -> dict[str, str]:
    """Source of each entry of the spec -> the folder it goes to."""
    return {
        "metricbox/" + "/".join(re.findall(r'"([\w.]+)"', source)): target
        for source, target in _DATA.findall(SPEC)
    }


def iter_imports() -> set[str]:
    """Every module that the package imports, by its whole name."""
    names = set()
    for path in iter_own_files(".py"):
        if path.startswith("metricbox/"):
            for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    names |= {alias.name for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module:
                    names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_the_spec_is_python() -> None:
    compile(SPEC, "metricbox.spec", "exec")


def test_data_files_exist_and_go_where_the_package_looks_for_them() -> None:
    data = list_data()
    assert len(data) >= 5
    for source, target in data.items():
        path = ROOT / source
        assert path.exists()
        assert target == (source if path.is_dir() else str(Path(source).parent))


def test_every_file_that_the_package_reads_is_taken_along() -> None:
    taken = tuple(f"{source}/" if (ROOT / source).is_dir() else source for source in list_data())
    forgotten = [
        path
        for path in list_own_files()
        if path.startswith("metricbox/")
        and not path.endswith((".py", "README.md"))
        and not path.startswith((*taken, *LEFT_OUT))
    ]
    assert forgotten == []


def test_nothing_that_the_package_imports_is_left_out() -> None:
    excluded = contents.list_excluded(list_needed(contents.list_requirements()))
    wrong = [
        (name, left_out)
        for name in iter_imports()
        for left_out in excluded
        if name == left_out or name.startswith(f"{left_out}.")
    ]
    assert wrong == []


def test_tools_of_developers_are_left_out() -> None:
    excluded = set(contents.list_excluded(list_needed(contents.list_requirements())))
    assert {
        "pytest",
        "playwright",
        "mypy",
        "hypothesis",
        "uv",
        "pip",
        "setuptools",
        "pandas",
        "tkinter",
    } <= excluded
    assert excluded.isdisjoint(
        {"sanic", "duckdb", "apsw", "numpy", "apprise", "yaml", "httpx", "certifi", "metricbox"}
    )


def test_there_is_a_hook_for_each_package_that_hides_its_modules() -> None:
    hooks = {path.stem.removeprefix("hook-") for path in (FOLDER / "hooks").glob("hook-*.py")}
    assert hooks <= set(list_needed(contents.list_requirements()))


def test_compiled_files_lie_where_the_interpreter_looks_and_name_no_path_of_the_builder(
    tmp_path: Path,
) -> None:
    source = tmp_path / "part.py"
    source.write_text("answer = 42\n", encoding="utf-8")
    place, made = contents.compile_beside(str(source), "apprise/plugins/part.py", tmp_path / "made")
    assert re.fullmatch(r"apprise/plugins/__pycache__/part\.cpython-\d+\.pyc", place)
    content = Path(made).read_bytes()
    assert content[4:8] == b"\1\0\0\0", "not of the kind that is believed unchecked"
    assert marshal.loads(content[16:]).co_filename == "apprise/plugins/part.py"
    assert str(tmp_path).encode() not in content


@pytest.mark.parametrize("name", ["numpy.libs/libblas.so", "small.so"])
def test_libraries_that_strip_would_spoil_or_not_help_are_taken_as_they_are(
    tmp_path: Path, name: str
) -> None:
    library = tmp_path / name
    library.parent.mkdir(exist_ok=True)
    library.write_bytes(b"\x7fELF" + bytes(600_000 if "libs" in name else 10))
    assert contents.strip_symbols(str(library), tmp_path) == str(library)


def test_what_strip_does_not_know_is_taken_as_it_is(tmp_path: Path) -> None:
    library = tmp_path / "lib.so"
    library.write_bytes(bytes(600_000))
    made = tmp_path / "made"
    made.mkdir()
    assert contents.strip_symbols(str(library), made) == str(library)
