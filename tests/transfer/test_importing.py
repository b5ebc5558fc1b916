"""Pieces to a receiver: what is told, and where the next run goes on."""

import pytest

from metricbox.errors import CommandError
from metricbox.transfer import readers
from metricbox.transfer.connection import Reply
from metricbox.transfer.importing import Mark, Report, import_blocks, import_file
from metricbox.transfer.readers import Source


class Receiver:
    """Answers with what it was given, and 204 after that."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.posts: list[tuple[str, bytes, dict[str, str] | None]] = []

    def post(self, path, content, parameters=None):
        self.posts.append((path, content, parameters))
        return self.replies.pop(0) if self.replies else Reply(204, "")


@pytest.fixture
def source(tmp_path, monkeypatch):
    monkeypatch.setattr(readers, "PIECE_BYTES", 10)
    path = tmp_path / "a.lp"
    path.write_bytes(b"m v=1\n" * 10)
    return Source(path, "line")


def test_pieces_go_to_the_door_of_their_format_and_refusals_are_collected(source):
    receiver = Receiver(Reply(204, ""), Reply(400, "line 1: bad"), Reply(400, "line 1: bad"))
    report = Report()
    for progress in import_file(source, receiver, "ms"):
        report.note(progress)
    assert {(path, tuple(parameters.items())) for path, _, parameters in receiver.posts} == {
        ("/write", (("precision", "ms"),))
    }
    assert b"".join(body for _, body, _ in receiver.posts) == b"m v=1\n" * 10
    assert list(report.describe()) == ["line 1: bad (and so in 1 more parts)"]


def test_a_body_that_is_not_even_read_ends_the_import(source):
    with pytest.raises(CommandError, match="too large"):
        list(import_file(source, Receiver(Reply(413, "too large"))))


def test_a_mark_counts_for_the_same_file_alone(source):
    mark = Mark(source)
    assert mark.read() == 0
    mark.write(12)
    assert Mark(source).read() == 12
    assert Mark(source._replace(format="jsonl")).read() == 0
    source.path.write_bytes(b"other\n")
    assert Mark(source).read() == 0
    mark.clear()
    assert [one.name for one in source.path.parent.iterdir()] == ["a.lp"]


def test_a_mark_that_is_damaged_is_none(source):
    mark = Mark(source)
    mark.write(5)
    source.path.with_name("a.lp.import-state").write_text("{", encoding="utf-8")
    assert mark.read() == 0


def test_bodies_made_on_the_way_tell_their_position():
    noted: list[int] = []
    receiver = Receiver()
    steps = list(import_blocks([(b"{}\n", 1), (b"", 2)], receiver, noted.append))
    assert (noted, [step.piece.end for step in steps], len(receiver.posts)) == ([1, 2], [1, 2], 1)


def test_many_kinds_of_refusals_are_cut():
    report = Report()
    for number in range(8):
        for progress in import_blocks([(b"x", 1)], Receiver(Reply(400, f"kind {number}"))):
            report.note(progress)
    assert list(report.describe())[-1] == "and 3 more kinds of refusals"


def test_the_size_of_a_time_stamp_tells_its_unit_unless_somebody_does(source):
    """What `metricbox export` writes has milliseconds, and must go in again as it is."""
    receiver = Receiver()
    list(import_file(source, receiver))
    assert {parameters["precision"] for _, _, parameters in receiver.posts} == {"auto"}


def test_a_long_answer_is_cut(source):
    report = Report()
    for progress in import_file(source, Receiver(Reply(400, "line 1: bad; " * 100))):
        report.note(progress)
    (sentence,) = report.describe()
    assert len(sentence) < 600
    assert sentence.endswith("…")
