"""Pins every dependency with hashes: requirements.lock for running, requirements-dev.lock for working on it."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGETS = {"requirements.lock": ("build",), "requirements-dev.lock": ("build", "dev")}


def main() -> None:
    for target, groups in TARGETS.items():
        command = [
            sys.executable,
            "-m",
            "uv",
            "pip",
            "compile",
            "--quiet",
            "--universal",
            "--python-version",
            "3.11",
        ]
        command += ["--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url"]
        command += [f"--group={group}" for group in groups] + [
            "--output-file",
            target,
            *sys.argv[1:],
            "pyproject.toml",
        ]
        subprocess.run(command, cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
