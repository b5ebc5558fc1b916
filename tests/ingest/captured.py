"""Requests that real, unmodified InfluxDB clients sent to a capture server (`payloads/CLIENT/NNN.*`).

`http-head.txt` is the request line and the headers byte for byte, `body.bin` the body. Credentials are made up.
"""

from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

FOLDER = Path(__file__).parent / "payloads"


class CapturedRequest(NamedTuple):
    name: str
    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    def parameter(self, name: str) -> str:
        return parse_qs(urlsplit(self.target).query).get(name, [""])[0]


def load(name: str) -> CapturedRequest:
    """`load("icinga2-influxdb1/001")`."""
    head = (FOLDER / f"{name}.http-head.txt").read_bytes().decode("latin-1")
    request_line, *lines = head.strip().split("\r\n")
    method, target, _ = request_line.split(" ")
    headers = {key.lower(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    return CapturedRequest(name, method, target, headers, (FOLDER / f"{name}.body.bin").read_bytes())


def load_all() -> list[CapturedRequest]:
    names = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.http-head.txt"))
    return [load(name.removesuffix(".http-head.txt")) for name in names]
