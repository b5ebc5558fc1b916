"""The samples of another server that speaks Prometheus's API: Prometheus, VictoriaMetrics, Thanos, Mimir, metricbox.

An instant query for `selector[1h]` answers the samples of that hour as they were scraped, with their own time stamps.
Hours are asked for one after the other, and metrics by name in portions, so that no answer is large.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx

from metricbox.errors import CommandError
from metricbox.transfer.blocks import Block, write_block

HOUR_MS = 3_600_000
_NAMES_A_QUERY = 20
_BODY_BYTES = 2 * 1024 * 1024
_TIMEOUT_S = 120.0


class PrometheusServer:
    """Blocking. `url` is what goes before /api/v1. Errors are CommandError."""

    def __init__(self, url: str, headers: Mapping[str, str], *, is_verified: bool = True) -> None:
        self._url = url.rstrip("/")
        self._client = httpx.Client(
            headers=dict(headers), timeout=_TIMEOUT_S, verify=is_verified, follow_redirects=False
        )

    def close(self) -> None:
        self._client.close()

    def find_names(self, matches: Sequence[str], start_ms: int, end_ms: int) -> list[str]:
        """Names of all metrics that any selector selects."""
        found = self._ask(
            "label/__name__/values",
            {"match[]": list(matches), "start": f"{start_ms / 1000:.3f}", "end": f"{end_ms / 1000:.3f}"},
        )
        return sorted(str(name) for name in found)

    def read(
        self, matches: Sequence[str], names: Sequence[str], start_ms: int, end_ms: int
    ) -> Iterator[tuple[bytes, int]]:
        """Bodies of JSON lines for [start_ms, end_ms), each with the number of hours that are done after it."""
        hours = list(range(start_ms, end_ms, HOUR_MS))
        for place, begin_ms in enumerate(hours):
            until_ms = min(begin_ms + HOUR_MS, end_ms)
            pending: list[bytes] = []
            size_bytes = 0
            for first in range(0, len(names), _NAMES_A_QUERY):
                for match in matches:
                    for block in self._read_hour(
                        match, names[first : first + _NAMES_A_QUERY], begin_ms, until_ms
                    ):
                        line = write_block(block) + b"\n"
                        pending.append(line)
                        size_bytes += len(line)
                if size_bytes >= _BODY_BYTES:
                    yield b"".join(pending), place
                    pending, size_bytes = [], 0
            yield b"".join(pending), place + 1

    def _read_hour(self, match: str, names: Sequence[str], start_ms: int, end_ms: int) -> Iterator[Block]:
        # A range ends at the time of the query, which belongs to it; its beginning does in some versions.
        query = f"{_narrow(match, names)}[{end_ms - start_ms}ms]"
        result = self._ask("query", {"query": query, "time": f"{(end_ms - 1) / 1000:.3f}"})
        for row in result.get("result", []):
            labels = dict(row["metric"])
            name = labels.pop("__name__", "")
            samples = [
                (round(float(at) * 1000), float(value))
                for at, value in row.get("values", [])
                if start_ms <= round(float(at) * 1000) < end_ms
            ]
            finite = [(at, value) for at, value in samples if abs(value) < float("inf")]
            if finite:
                yield Block(name, labels, [at for at, _ in finite], [value for _, value in finite])

    def _ask(self, path: str, form: Mapping[str, Any]) -> Any:
        url = f"{self._url}/api/v1/{path}"
        try:
            # Some servers take these by GET alone.
            if path.startswith("label/"):
                answer = self._client.get(url, params=form)
            else:
                answer = self._client.post(url, data=form)
            body = answer.json()
        except httpx.TransportError as error:
            raise CommandError(f"{self._url} cannot be reached: {error}") from error
        except ValueError as error:
            raise CommandError(f"{url} does not answer as Prometheus does: is the address right?") from error
        if answer.status_code != 200 or body.get("status") != "success":
            raise CommandError(f"{self._url}: {body.get('error') or f'answered {answer.status_code}'}")
        return body["data"]


def _narrow(match: str, names: Sequence[str]) -> str:
    """The selector with one more condition: one of these names."""
    pattern = "|".join(_quote_pattern(name) for name in names)
    condition = f'__name__=~"{pattern}"'
    opening = match.find("{")
    if opening < 0:
        return f'{{__name__="{match.strip()}",{condition}}}'
    head, rest = match[:opening].strip(), match[opening + 1 :].rstrip().removesuffix("}").strip().rstrip(",")
    own = [f'__name__="{head}"'] if head else []
    return "{" + ",".join([*own, *([rest] if rest else []), condition]) + "}"


def _quote_pattern(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "_:" else f"\\\\{letter}" for letter in name)
