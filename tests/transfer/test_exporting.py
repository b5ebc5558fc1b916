"""A file is whole or not there; the formats are tried in test_writers.py and test_commands.py."""

import pytest

from metricbox.errors import CommandError
from metricbox.transfer.exporting import export_file

LINE = b'{"metric":{"__name__":"m"},"values":[1,null],"timestamps":[1000,2000]}'


class Connection:
    def __init__(self, lines, fault=None):
        self.lines = lines
        self.fault = fault

    def export(self, matches, parameters):
        assert (matches, parameters) == (["m"], {"start": "0"})
        yield from self.lines
        if self.fault:
            raise self.fault


def test_a_file_appears_when_it_is_whole(tmp_path):
    path = tmp_path / "a.prom"
    noted: list[int] = []
    exported = export_file(Connection([LINE, LINE]), ["m"], {"start": "0"}, "prometheus", path, noted.append)
    assert exported == (2, 4, 2)
    assert noted == [2, 2]
    assert path.read_text(encoding="utf-8") == "m 1.0 1000\n" * 2


def test_an_answer_that_breaks_off_leaves_what_was_there(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("before", encoding="utf-8")
    for format_name in ("csv", "parquet"):
        with pytest.raises(CommandError, match="broke off"):
            export_file(
                Connection([LINE], CommandError("it broke off")), ["m"], {"start": "0"}, format_name, path
            )
    assert [one.name for one in tmp_path.iterdir()] == ["a.csv"]
    assert path.read_text(encoding="utf-8") == "before"


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(CommandError, match="cannot be written"):
        export_file(Connection([LINE]), ["m"], {"start": "0"}, "csv", tmp_path / "none" / "a.csv")
