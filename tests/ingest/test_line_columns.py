"""The fast path alone: what it takes, and that it refuses everything else."""

import pytest

from metricbox.ingest.line_columns import group_names, is_plain, mark_names, split_columns, strip_name


def test_columns_of_plain_lines():
    columns = split_columns(b"m,t=a f=1,g=2.5 10\nn f=-3e2 -20\n")
    assert columns is not None
    assert list(columns.keys) == [b"m,t=a", b"n"]
    assert columns.names == [b"\nf=", b"g=", b"\nf="]
    assert columns.stamps.tolist() == [10, -20]
    assert columns.values.tolist() == [1.0, 2.5, -300.0]
    assert group_names(columns.names, 2) == [(b"\nf=", b"g="), (b"\nf=",)]


def test_integers_and_booleans():
    columns = split_columns(b"m a=1i,b=-20i,c=3u,d=true,e=F,f=0.5,g=t 10\n")
    assert columns is not None
    assert columns.values.tolist() == [1.0, -20.0, 3.0, 1.0, 0.0, 0.5, 1.0]


@pytest.mark.parametrize(
    "text",
    [
        b"m f=1\n",
        b"m  f=1 1\n",
        b" m f=1 1\n",
        b"m f=1 1 \n",
        b"m f=1 1 2\n",
        b"\nm f=1 1\n",
        b"m f=1 1\n\n",
        b"m f=1\nm f=1 1 2 3\n",
        b"m f=1 1\nm f=1\nm f=1 1 2\n",
        b"m f=1 1.5\n",
        b"m f=1 1\t\n",
        b"m f=1 01\n",
        b"m f=1 9223372036854775808\n",
        b"m f=NaN 1\n",
        b"m f=inf 1\n",
        b"m f=0x10 1\n",
        b"m f=1_0 1\n",
        b"m f=1\t 1\n",
        b"m f=.5 1\n",
        b"m f=1e400 1\n",
        b"m f=1.5i 1\n",
        b"m f=1e3i 1\n",
        b"m f=-5u 1\n",
        b"m f=i 1\n",
        b"m f=9999999999999999999i 1\n",
        b"m f=tRUE 1\n",
        b"m f=1true 1\n",
        b"m f 1\n",
        b"m f= 1\n",
        b"m f=1=2 1\n",
        b"m f=1,g 1\n",
        b"m 5 1\nm 6 1\n",
        b"m f=[1] 1\n",
        b"m f={} 1\n",
    ],
)
def test_anything_else_is_left_to_the_exact_parser(text):
    assert split_columns(text) is None


@pytest.mark.parametrize("text", [b"m =1 1\n", b"m a,1=b=2 1\n", b"m time=1 1\n", b"m a=1,=2 1\n"])
def test_bad_names_are_found(text):
    columns = split_columns(text)
    assert columns is None or group_names(columns.names, 1) is None


def test_names_of_two_lines_do_not_run_together():
    """`a b` + `a` and `a` + `b a` differ although the flat names would be the same."""
    one, two = (split_columns(text) for text in (b"m a=1,b=1 1\nm a=1 1\n", b"m a=1 1\nm b=1,a=1 1\n"))
    assert one is not None
    assert two is not None
    assert one.names != two.names


@pytest.mark.parametrize(
    "text", [b'm s="x" 1\n', b"m,t=a\\ b f=1 1\n", b"m f=1 1\r\n", b"# c\n", b"m f=1 1\n# c d e\n"]
)
def test_marks_of_lines_that_are_not_plain(text):
    assert not is_plain(text)


def test_a_hash_inside_a_line_is_plain():
    assert is_plain(b"m,t=#1 f=1 1\n")


def test_marked_names_can_be_stripped():
    marked = mark_names([b"a", b"b\\,c"])
    assert marked == (b"\na=", b"b\\,c=")
    assert [strip_name(name) for name in marked] == [b"a", b"b\\,c"]
