"""Bytes of a stream to whole lines, none longer than a bound. Pure."""

MAX_LINE_BYTES = 8192


class LineSplitter:
    """Of one connection: keeps what came of a line until its end comes. Lines that are too long are left out."""

    def __init__(self, max_line_bytes: int = MAX_LINE_BYTES) -> None:
        self._max_line_bytes = max_line_bytes
        self._rest = b""
        self._is_skipping = False
        self.dropped = 0
        """Lines left out so far."""

    def feed(self, data: bytes) -> bytes:
        """All lines that `data` ends, each with its newline; what is left begins the next one."""
        if self._is_skipping:
            end = data.find(b"\n") + 1
            if not end:
                return b""
            self._is_skipping = False
            data = data[end:]
        end = data.rfind(b"\n") + 1
        if not end:
            self._keep(self._rest + data)
            return b""
        lines = self._rest + data[:end]
        self._rest = b""
        self._keep(data[end:])
        lines, dropped = bound_lines(lines, self._max_line_bytes)
        self.dropped += dropped
        return lines

    def finish(self) -> bytes:
        """The last line, whose end is the end of the stream."""
        rest, self._rest = self._rest, b""
        return rest + b"\n" if rest else b""

    def _keep(self, rest: bytes) -> None:
        if len(rest) > self._max_line_bytes:
            self.dropped += 1
            self._is_skipping = True
            rest = b""
        self._rest = rest


def bound_lines(text: bytes, max_line_bytes: int = MAX_LINE_BYTES) -> tuple[bytes, int]:
    """`text`, which ends in a newline, without its lines that are too long; and how many those were."""
    if len(text) <= max_line_bytes:
        return text, 0
    lines = text.split(b"\n")
    if max(map(len, lines)) <= max_line_bytes:
        return text, 0
    short = [line for line in lines if len(line) <= max_line_bytes]
    return b"\n".join(short), len(lines) - len(short)
