"""Apprise finds its services by listing its own folder for .py files, so the package lies there as files.

The spec puts compiled ones beside them: the frozen interpreter writes none, and to compile 150 services takes seconds
at the first message.
"""

from PyInstaller.utils.hooks import collect_data_files, collect_submodules

# Services are imported by their path, too late for the analysis to see.
hiddenimports = collect_submodules("apprise", filter=lambda name: name != "apprise.cli")
module_collection_mode = "py"
datas = collect_data_files("apprise", includes=["i18n/**/*.mo"])
