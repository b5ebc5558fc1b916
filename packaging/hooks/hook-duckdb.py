"""DuckDB's compiled part imports modules of its package, which the analysis cannot see; its Spark API is not used."""

from PyInstaller.utils.hooks import collect_submodules

hiddenimports = collect_submodules("duckdb", filter=lambda name: not name.startswith("duckdb.experimental"))
