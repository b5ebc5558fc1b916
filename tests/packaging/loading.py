"""The programs of packaging/ as modules. The folder is no package: a library of that name exists."""

import importlib.util
import sys
from types import ModuleType

from tests.support.server_process import ROOT

FOLDER = ROOT / "packaging"


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"metricbox_packaging_{name}", FOLDER / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(FOLDER))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(FOLDER))
    return module
