"""How far our PromQL answers are Prometheus's: the same samples into both, the same questions to both.

    own       tests/promql/corpus.txt over the data of conformance_data.py
    suite     the public compliance queries, where CONFORMANCE_SUITE (or ../shared/cases/promql) holds them

Both servers are started for the purpose and stopped again; `--candidate prometheus` compares Prometheus with itself,
which proves the corpus. `--reference URL` and `--candidate URL` ask servers that run and hold the data, ending at
`--end`. `--write-docs` puts the table of results into docs/promql.md. Exit status: 0 all agree but for the
known differences, 1 some differ, 2 could not run.
"""

import argparse
import contextlib
import importlib.util
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import conformance_data
import cramjam
from conformance_compare import (
    Client,
    Difference,
    Expression,
    Question,
    compare,
    read_corpus,
    read_known_differences,
)
from conformance_servers import Server, ServerFaultError, run_metricbox, run_prometheus, write

from metricbox.clock import SystemClock

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT / "tests" / "promql" / "corpus.txt"
KNOWN_DIFFERENCES = CORPUS.with_name("known-differences.txt")
DOCS = ROOT / "docs" / "promql.md"
BEGIN, END = "<!-- results: written by `make conformance` -->\n", "<!-- end of results -->\n"
DEFAULT_SUITE = ROOT.parent / "shared" / "cases" / "promql"
_WORKERS = 2


class Result(NamedTuple):
    title: str
    total: int
    questions: int
    differences: list[Difference]

    @property
    def agreed(self) -> int:
        return self.total - len(self.differences)

    @property
    def share(self) -> float:
        return self.agreed / max(self.total, 1)


class Part(NamedTuple):
    """One set of expressions with its data."""

    title: str
    expressions: list[Expression]
    questions: list[Question]
    load: Callable[[Sequence[Server]], None]


def make_own_part(end_s: int) -> Part:
    start_s = end_s - conformance_data.HOURS * 3600
    middle_s = (start_s + end_s) // 2

    def load(servers: Sequence[Server]) -> None:
        samples = conformance_data.make_samples(end_s)
        for message in conformance_data.iter_requests(samples):
            body = bytes(cramjam.snappy.compress_raw(message))
            for server in servers:
                write(server, body)

    questions = [
        _instant("at the end", end_s),
        _instant("in the middle", middle_s + 7.5),
        # gamma has just gone, build_info and the blinking series change, beta has restarted.
        _instant("at a stale marker", start_s + 5400),
        _instant("after a restart", start_s + 3700.001),
        _instant("before all data", start_s - 3600),
        _range("30 min by 30 s", end_s - 1800, end_s, 30),
        # 433 s divide neither the range nor a minute.
        _range("3 h by 433 s", start_s - 301, end_s, 433),
        _range("4 min by 1 s", start_s + 3500, start_s + 3740, 1),
        _range("100 min by 17.3 s", start_s + 4000.25, start_s + 9999.9, 17.3),
    ]
    return Part("own corpus", read_corpus(CORPUS), questions, load)


def make_suite_part(folder: Path, end_s: int) -> Part:
    demo, tool = _load_module(folder / "load_demo.py"), _load_module(folder / "compare.py")
    start_s = end_s - 3 * 3600
    last_s = (end_s - 120) // 60 * 60
    middle_s = (start_s + end_s) // 2 // 60 * 60

    def load(servers: Sequence[Server]) -> None:
        for message in _iter_demo_requests(demo, start_s, end_s):
            body = bytes(cramjam.snappy.compress_raw(message))
            for server in servers:
                write(server, body)

    suite = tool.load_suite(str(folder / "promql-test-queries.yml"))
    questions = [
        _range("10 min by 10 s", last_s - 600, last_s, 10),
        _range("90 min by 60 s", middle_s, last_s, 60),
        _instant("late", last_s),
        _instant("in the middle", middle_s + 7.5),
    ]
    return Part(
        "public compliance suite", [Expression(text, fails) for text, fails in suite], questions, load
    )


def _load_module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"conformance_suite_{path.stem}", path)
    if spec is None or spec.loader is None:
        msg = f"{path} cannot be loaded"
        raise ServerFaultError(msg)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _iter_demo_requests(demo: Any, start_s: int, end_s: int) -> Iterator[bytes]:
    """The data of load_demo.py by its own generator, as it would send it, ten scrapes a message."""
    generator = demo.Gen(start_s)
    step_s = 15
    rows: dict[Any, bytes] = {}
    for number, at_s in enumerate(range(start_s, end_s + 1, step_s), 1):
        for labels, bits in generator.scrape(at_s, step_s):
            sample = demo.ld(2, b"\x09" + bits + b"\x10" + demo.vint(at_s * 1000))
            rows[labels] = rows.get(labels, b"") + sample
        if number % 10 == 0 or at_s + step_s > end_s:
            yield b"".join(demo.ld(1, _demo_block(demo, labels) + row) for labels, row in rows.items())
            rows.clear()


def _demo_block(demo: Any, labels: Any) -> bytes:
    pairs = [demo.ld(1, name.encode()) + demo.ld(2, text.encode()) for name, text in labels]
    return b"".join(demo.ld(1, pair) for pair in pairs)


def _instant(title: str, at_s: float) -> Question:
    return Question(f"instant {title}", "query", {"time": f"{at_s:.3f}"})


def _range(title: str, start_s: float, end_s: float, step_s: float) -> Question:
    parameters = {"start": f"{start_s:.3f}", "end": f"{end_s:.3f}", "step": f"{step_s:g}"}
    return Question(f"range {title}", "query_range", parameters)


def run_part(part: Part, reference: Server, candidate: Server) -> Result:
    """Every expression; those that differ in the order of the corpus."""

    def run_slice(number: int) -> list[tuple[int, Difference | None]]:
        clients = [Client(server.query_url, server.headers) for server in (reference, candidate)]
        first, second = clients
        try:
            return [
                (place, compare(first, second, part.expressions[place], part.questions))
                for place in range(number, len(part.expressions), _WORKERS)
            ]
        finally:
            for client in clients:
                client.close()

    with ThreadPoolExecutor(_WORKERS) as pool:
        found = dict(pair for pairs in pool.map(run_slice, range(_WORKERS)) for pair in pairs)
    ordered = [found[place] for place in sorted(found)]
    return Result(
        part.title, len(part.expressions), len(part.questions), [one for one in ordered if one is not None]
    )


# ---- results


def render(results: Sequence[Result], candidate: str, known: Mapping[str, str]) -> str:
    """The part of docs/promql.md between its marks. `known` are reasons by expression."""
    rows = [
        f"| {one.title} | {one.total} | {one.questions} | {one.agreed} | {one.share:.1%} |\n"
        for one in results
    ]
    text = (
        f"Against Prometheus 2.42; candidate: {candidate}.\n\n"
        "| expressions | number | asked in ways | agree | share |\n|---|---|---|---|---|\n" + "".join(rows)
    )
    differences = [(one.title, difference) for one in results for difference in one.differences]
    if differences:
        text += "\n| set | expression | asked | what differs | why |\n|---|---|---|---|---|\n"
    for title, difference in differences:
        cells = (
            title,
            _code_cell(difference.expression.text),
            difference.title,
            _cell(difference.reason),
            _cell(known.get(difference.expression.text, "not known yet")),
        )
        text += "| " + " | ".join(cells) + " |\n"
    return text


def _cell(text: str) -> str:
    # Times change with every run and would make each write of the page a change.
    text = re.sub(r"at \d{13} ms", "at a time", text)
    return text.replace("|", "\\|").replace("\n", " ")


def _code_cell(text: str) -> str:
    fence = "``" if "`" in text else "`"
    return f"{fence}{_cell(text)}{fence}"


def write_docs(text: str) -> None:
    page = DOCS.read_text(encoding="utf-8")
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    DOCS.write_text(f"{head}{BEGIN}\n{text}\n{END}{tail}", encoding="utf-8")


@contextlib.contextmanager
def open_server(word: str, role: str) -> Iterator[Server]:
    """`prometheus`, `metricbox`, or the URL of one that runs (with a token of its own in CONFORMANCE_TOKEN)."""
    if word == "prometheus":
        with run_prometheus(f"prometheus ({role})") as server:
            yield server
    elif word == "metricbox":
        with run_metricbox() as server:
            yield server
    else:
        token = os.environ.get("CONFORMANCE_TOKEN", "")
        headers = {"Authorization": f"Bearer {token}"} if token and role == "candidate" else {}
        yield Server(word, word, "", headers)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="conformance.py", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--reference", default="prometheus", help="prometheus, or the URL of a running one")
    parser.add_argument("--candidate", default="metricbox", help="metricbox, prometheus, or a URL")
    parser.add_argument("--end", type=int, help="end of the data in Unix seconds; now when absent")
    parser.add_argument("--only", help="regular expression that an expression must match")
    parser.add_argument("--part", choices=["own", "suite"], help="one of the two sets alone")
    parser.add_argument("--write-docs", action="store_true", help="put the results into docs/promql.md")
    options = parser.parse_args(argv)
    end_s = (options.end or SystemClock().now_ms() // 1000) // 60 * 60
    suite = Path(os.environ.get("CONFORMANCE_SUITE") or DEFAULT_SUITE)
    parts = [] if options.part == "suite" else [make_own_part(end_s)]
    if options.part != "own" and (suite / "promql-test-queries.yml").is_file():
        parts.append(make_suite_part(suite, end_s))
    try:
        results = [_run_fresh(part, options) for part in parts]
    except (ServerFaultError, OSError) as fault:
        print(f"conformance: {fault}", file=sys.stderr)
        return 2
    known = read_known_differences(KNOWN_DIFFERENCES)
    text = render(results, options.candidate, known)
    print(text)
    if options.write_docs:
        write_docs(text)
    unknown = [one for result in results for one in result.differences if one.expression.text not in known]
    return 1 if unknown else 0


def _run_fresh(part: Part, options: argparse.Namespace) -> Result:
    """On servers of its own: a Prometheus takes no samples that are older than what it has."""
    if options.only:
        chosen = [one for one in part.expressions if re.search(options.only, one.text)]
        part = part._replace(expressions=chosen)
    with (
        open_server(options.reference, "reference") as reference,
        open_server(options.candidate, "candidate") as candidate,
    ):
        part.load([server for server in (reference, candidate) if server.write_url])
        return run_part(part, reference, candidate)


if __name__ == "__main__":
    sys.exit(main())
