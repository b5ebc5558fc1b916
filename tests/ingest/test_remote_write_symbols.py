"""Numbers that stand for texts across messages."""

from metricbox.ingest.remote_write_symbols import FIRST_NUMBER, SymbolNumbers


def test_a_text_has_the_same_number_in_every_message():
    numbers = SymbolNumbers()
    first = numbers.number([b"", b"__name__", b"up", b""]).tolist()
    assert first[0] == first[3]
    assert len(set(first)) == 3
    assert min(first) >= FIRST_NUMBER
    assert numbers.number([b"up", b"new", b"__name__"]).tolist()[::2] == [first[2], first[1]]
    assert numbers.number([]).tolist() == []


def test_a_number_is_never_given_to_another_text_though_memory_is_bounded():
    numbers = SymbolNumbers(cache_bytes=10_000)
    seen: dict[int, bytes] = {}
    for round_ in range(50):
        texts = [b"%d" % number for number in range(round_, round_ + 40)]
        for text, number in zip(texts, numbers.number(texts).tolist(), strict=True):
            assert seen.setdefault(number, text) == text
    assert len(numbers._cache) < 40
