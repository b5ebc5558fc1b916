"""What goes into the executable: which distributions metricbox needs, and the modules of all others, left out.

The build environment holds test tools besides the runtime dependencies, and some libraries would take those along
when they find them. Worked out from the metadata of what is installed, so that no list is kept by hand.
"""

import py_compile
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from importlib import metadata
from pathlib import Path

from metricbox.licenses import Licence, collect_licences

ROOT = Path(__file__).resolve().parents[1]
_DOCUMENTS = Path("/usr/share/doc")
_STRIP_FROM_BYTES = 500_000

# Of the standard library and of our own dependencies: never imported by a running server.
UNUSED_MODULES = (
    *(
        "setuptools",
        "pkg_resources",
        "_distutils_hack",
        "tkinter",
        "turtle",
        "turtledemo",
        "idlelib",
        "lib2to3",
    ),
    *("ensurepip", "venv", "pydoc_data", "test", "curses"),
    *("numpy.f2py", "numpy.distutils", "numpy.testing", "numpy.tests", "numpy._pyinstaller"),
    *("apsw.tests", "apsw.shell", "apsw.sqlite_extra", "apsw.speedtest", "uvloop._testbase"),
    *(
        "duckdb.experimental",
        "duckdb.polars_io",
        "pydantic.v1",
        "pydantic.mypy",
        "pydantic._hypothesis_plugin",
    ),
    *("sanic.cli", "sanic.worker.daemon", "apprise.cli", "psutil.tests"),
)

# Optional companions of libraries, which make use of them where they are installed; none is in any lock file.
ABSENT_MODULES = (
    "pandas",
    "polars",
    "pyarrow",
    "fsspec",
    "IPython",
    "matplotlib",
    "scipy",
    "torch",
    "pyspark",
)


def list_requirements() -> list[str]:
    """What pyproject.toml asks for: the metadata of an installed source tree may be older."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return list(project["dependencies"])


def list_excluded(needed: Mapping[str, metadata.Distribution]) -> list[str]:
    """Top-level modules that belong to installed distributions outside `needed` alone, and unused ones."""
    names = {distribution.metadata["Name"] for distribution in needed.values()}
    excluded = set(UNUSED_MODULES) | set(ABSENT_MODULES)
    for module, owners in metadata.packages_distributions().items():
        if module.isidentifier() and module != "metricbox" and names.isdisjoint(owners):
            excluded.add(module)
    return sorted(excluded)


def compile_beside(source: str, target: str, folder: Path) -> tuple[str, str]:
    """The compiled form of a .py file that lies in the executable as a file: where it goes, and the file made.

    The frozen interpreter writes none. It is believed unchecked: there is no source that could be newer.
    """
    name = f"__pycache__/{Path(target).stem}.{sys.implementation.cache_tag}.pyc"
    place = Path(target).parent / name
    made = folder / place
    made.parent.mkdir(parents=True, exist_ok=True)
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    py_compile.compile(source, str(made), dfile=target, doraise=True, invalidation_mode=mode)
    return str(place), str(made)


def strip_symbols(source: str, folder: Path) -> str:
    """A copy of a library without its symbols, or the library itself where that does not pay or would break it.

    Libraries of `*.libs` folders were rewritten when their wheel was made; strip misplaces their segments.
    """
    path = Path(source)
    if shutil.which("strip") is None or path.parent.name.endswith(".libs"):
        return source
    if path.stat().st_size < _STRIP_FROM_BYTES:
        return source
    copy = folder / path.name
    shutil.copyfile(path, copy)
    copy.chmod(0o755)
    result = subprocess.run(["strip", "--strip-unneeded", str(copy)], check=False, capture_output=True)
    return str(copy) if result.returncode == 0 else source


def list_parts(libraries: Iterable[str]) -> list[Licence]:
    """Licences of all that is inside, with the interpreter and those of `libraries` that are the system's."""
    return [*collect_licences(list_requirements()), *_iter_interpreter(), *_iter_system(libraries)]


def _iter_interpreter() -> Iterator[Licence]:
    text = Path(sysconfig.get_paths()["stdlib"]) / "LICENSE.txt"
    shown = text.read_text(encoding="utf-8") if text.is_file() else ""
    yield Licence("Python", sys.version.split()[0], "PSF-2.0", shown)
    packager = metadata.distribution("pyinstaller")
    terms = "GPL-2.0-or-later with the bootloader exception"
    copying = [file for file in packager.files or () if file.name == "COPYING.txt"]
    shown = Path(str(packager.locate_file(copying[0]))).read_text(encoding="utf-8") if copying else ""
    yield Licence("PyInstaller bootloader", packager.version, terms, shown)


def _iter_system(libraries: Iterable[str]) -> Iterator[Licence]:
    """Packages of Debian that own libraries; on other systems the libraries' names, without terms."""
    inside = [str(ROOT), sys.prefix, sys.base_prefix]
    found: dict[str, str] = {}
    for library in sorted({str(Path(one).resolve()) for one in libraries}):
        if not any(library.startswith(f"{folder}/") for folder in inside):
            found.setdefault(_owner_of(library), library)
    for package in sorted(found):
        text = _DOCUMENTS / package / "copyright"
        shown = text.read_text(encoding="utf-8", errors="replace") if text.is_file() else ""
        yield Licence(
            package, _version_of(package), "see its text" if shown else "of the build system", shown
        )


def _owner_of(library: str) -> str:
    # Where /lib is a link, packages know their files by either name.
    for name in (library, library.removeprefix("/usr")):
        owner = _ask_dpkg("-S", name).partition(":")[0]
        if owner:
            return owner
    return Path(library).name


def _version_of(package: str) -> str:
    return _ask_dpkg("--show", "--showformat=${Version}\n", package).split("\n")[0] or "-"


def _ask_dpkg(*arguments: str) -> str:
    program = "dpkg-query"
    if shutil.which(program) is None:
        return ""
    result = subprocess.run([program, *arguments], check=False, capture_output=True, text=True)
    return result.stdout if result.returncode == 0 else ""
