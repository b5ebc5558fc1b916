"""Pydantic loads its modules when they are first asked for; those of its version 1 never are."""

from PyInstaller.utils.hooks import collect_submodules

_UNUSED = ("pydantic.v1", "pydantic.mypy", "pydantic._hypothesis_plugin")
hiddenimports = collect_submodules("pydantic", filter=lambda name: not name.startswith(_UNUSED))
