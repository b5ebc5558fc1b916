"""Side by side with other servers: runs the tool in the folder named by BENCH_TOOL on this source tree.

The tool is no part of this project. Its folder holds `run.py`; default: ../shared/bench beside the project. Further
arguments are handed on (`--quick`, `--peers …`).
"""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEFAULT = ROOT.parent / "shared" / "bench"
# What the tool imports beyond the standard library; both are in our own environment.
LIBRARIES = ("numpy", "cramjam")


def find_faults(tool: Path) -> list[str]:
    """What is missing, as whole sentences."""
    faults = []
    if not (tool / "run.py").is_file():
        faults.append(f"there is no {tool / 'run.py'}; set BENCH_TOOL to the folder of the side-by-side tool")
    faults += [
        f"the library {name} is missing; run `make check` once, which installs it"
        for name in LIBRARIES
        if importlib.util.find_spec(name) is None
    ]
    return faults


def main(arguments: list[str]) -> int:
    tool = Path(os.environ.get("BENCH_TOOL") or DEFAULT).resolve()
    faults = find_faults(tool)
    for fault in faults:
        print(f"compare: {fault}", file=sys.stderr)
    if faults:
        return 2
    results = ROOT / "bench" / "results" / "compare"
    results.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, str(tool / "run.py"), "--metricbox-cmd", f"{sys.executable} -m metricbox"]
    command += ["--out", str(results), *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    print(f"compare: results go to {results.relative_to(ROOT)}", file=sys.stderr)
    return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
