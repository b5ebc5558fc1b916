"""The line of JSON that stands for a part of a series."""

import pytest

from metricbox.errors import CommandError
from metricbox.transfer.blocks import Block, read_block, write_block


def test_a_line_is_the_block_that_it_was():
    block = Block("m", {"a": 'x"\\\n', "ü": "ß"}, [1, 2, 3], [0.1, None, -0.0])
    assert read_block(write_block(block)) == block
    assert b"\n" not in write_block(block)


@pytest.mark.parametrize(
    "line", [b"", b"{}", b"<html>", b'{"metric":{},"values":[1],"timestamps":["x"]}', b"\xff"]
)
def test_what_is_no_line_of_an_export_is_told(line):
    with pytest.raises(CommandError, match="no export"):
        read_block(line)
