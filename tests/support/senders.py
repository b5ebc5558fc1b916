"""Real senders of remote write on loopback: Debian's prometheus and vmagent, and a target that they scrape."""

import http.server
import json
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROMETHEUS = shutil.which("prometheus")
VMAGENT = shutil.which("vmagent")
WAIT_S = 60.0
METRIC = "scrapes_total"
HELP = "How often this was read."


def find_free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


class CountingTarget:
    """Serves a counter that rises by one with every scrape, so that a scrape that is missing shows."""

    def __init__(self) -> None:
        self.served = 0
        target = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = target.render().encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def render(self) -> str:
        self.served += 1
        return f"# HELP {METRIC} {HELP}\n# TYPE {METRIC} counter\n{METRIC} {self.served}\nidle_seconds NaN\n"

    def __enter__(self) -> "CountingTarget":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@contextmanager
def running_prometheus(folder: Path, target: str, url: str, token: str) -> Iterator[None]:
    """Scrapes `target` and sends to the remote write address `url`, with short delays."""
    assert PROMETHEUS
    folder.mkdir()
    (folder / "token").write_text(token)
    config = {
        "global": {"scrape_interval": "200ms", "scrape_timeout": "200ms"},
        "scrape_configs": [{"job_name": "counting", "static_configs": [{"targets": [target]}]}],
        "remote_write": [
            {
                "url": url,
                "authorization": {"credentials_file": str(folder / "token")},
                "metadata_config": {"send_interval": "1s"},
                "queue_config": {"batch_send_deadline": "100ms", "max_backoff": "500ms"},
            }
        ],
    }
    (folder / "prometheus.yml").write_text(json.dumps(config))
    command = [
        *(PROMETHEUS, f"--config.file={folder / 'prometheus.yml'}"),
        # It is ended after the server: what it could not send by then is of no use.
        "--storage.remote.flush-deadline=1s",
        *(f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address=127.0.0.1:{find_free_port()}"),
    ]
    with _running(command, folder):
        yield


@contextmanager
def running_vmagent(folder: Path, target: str, url: str, token: str) -> Iterator[None]:
    """The same by vmagent."""
    assert VMAGENT
    folder.mkdir()
    (folder / "token").write_text(token)
    config = {
        "global": {"scrape_interval": "200ms"},
        "scrape_configs": [{"job_name": "counting", "static_configs": [{"targets": [target]}]}],
    }
    (folder / "scrape.yml").write_text(json.dumps(config))
    command = [
        *(VMAGENT, f"-promscrape.config={folder / 'scrape.yml'}", f"-remoteWrite.url={url}"),
        *(f"-remoteWrite.bearerTokenFile={folder / 'token'}", f"-remoteWrite.tmpDataPath={folder / 'data'}"),
        *("-remoteWrite.flushInterval=100ms", f"-httpListenAddr=127.0.0.1:{find_free_port()}"),
    ]
    with _running(command, folder):
        yield


@contextmanager
def _running(command: Sequence[str], folder: Path) -> Iterator[None]:
    """A program whose log is in `folder`; it is ended by its id, and has to live until then."""
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            yield
            assert process.poll() is None, (folder / "log").read_text()[-2000:]
        finally:
            process.terminate()
            try:
                process.wait(WAIT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
