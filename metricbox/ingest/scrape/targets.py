"""From a job and the addresses found for it to the targets that are scraped. Pure.

    address + labels of job and file --relabel--> url and labels that every series of the target gets

Labels that begin with `__` say how to ask: `__address__`, `__scheme__`, `__metrics_path__` and `__param_NAME`. Rules
may change them; they are no labels of series.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple
from urllib.parse import urlencode
from zlib import crc32

from metricbox.model import Labels, find_labels_fault, make_labels
from metricbox.relabel import apply_rules
from metricbox.scrape_settings import ScrapeJob, mask_param, split_address

_PARAM = "__param_"
_DEFAULT_PORTS = {"http": 80, "https": 443}


class TargetKey(NamedTuple):
    """What makes a target the same one when its job is read again."""

    job: str
    url: str
    labels: Labels


class FoundAddress(NamedTuple):
    """An address as the settings or a file name it."""

    address: str
    labels: Mapping[str, str]


@dataclass(frozen=True)
class Target:
    job: ScrapeJob
    url: str
    """With the values of all parameters, which may be secret."""
    shown_url: str
    labels: Labels
    """Of every series; `job` and `instance` among them."""
    discovered: Mapping[str, str]
    """Before the job's rules."""

    @cached_property
    def key(self) -> TargetKey:
        return TargetKey(self.job.job, self.url, self.labels)

    @cached_property
    def instance(self) -> str:
        return dict(self.labels).get("instance", "")

    @cached_property
    def offset_ms(self) -> int:
        """When in its interval this target is asked: the same after a restart, and spread over the targets."""
        return crc32(repr(self.key).encode()) % self.job.interval_ms


class FoundTargets(NamedTuple):
    targets: tuple[Target, ...]
    dropped: tuple[Mapping[str, str], ...]
    """The labels of those that the job's rules drop."""
    faults: tuple[str, ...]
    """Sentences about addresses that make no target."""


def make_targets(job: ScrapeJob, found: Iterable[FoundAddress]) -> FoundTargets:
    """Targets in order, each once."""
    targets: dict[TargetKey, Target] = {}
    dropped: list[Mapping[str, str]] = []
    faults: list[str] = []
    for one in found:
        discovered = _discover(job, one)
        labels = apply_rules(job.relabel, discovered)
        if labels is None:
            dropped.append(discovered)
            continue
        try:
            target = _make_target(job, labels, discovered)
        except ValueError as error:
            faults.append(f"target {one.address[:100]!r}: {error}")
        else:
            targets.setdefault(target.key, target)
    return FoundTargets(tuple(targets.values()), tuple(dropped), tuple(faults))


def _discover(job: ScrapeJob, one: FoundAddress) -> dict[str, str]:
    params = {f"{_PARAM}{name}": values[0] for name, values in job.params.items() if values}
    own = {"__address__": one.address, "__scheme__": job.scheme, "__metrics_path__": job.path, "job": job.job}
    return own | params | job.labels | dict(one.labels)


def _make_target(job: ScrapeJob, labels: Mapping[str, str], discovered: Mapping[str, str]) -> Target:
    """Raises ValueError with the end of a sentence."""
    if not labels.get("__address__"):
        raise ValueError("relabel leaves it no __address__")
    host, port = split_address(labels["__address__"])
    scheme = labels.get("__scheme__", job.scheme).lower()
    if scheme not in _DEFAULT_PORTS:
        raise ValueError(f"its __scheme__ is {scheme[:20]!r}, neither http nor https")
    path = labels.get("__metrics_path__", job.path)
    if not path.startswith("/"):
        raise ValueError("its __metrics_path__ does not begin with /")
    address = f"{host}:{port or _DEFAULT_PORTS[scheme]}"
    own = {name: value for name, value in labels.items() if not name.startswith("__")}
    own.setdefault("instance", address)
    shown = make_labels(own.items())
    fault = find_labels_fault(shown)
    if fault:
        raise ValueError(fault)
    params = _list_params(job, labels)
    base = f"{scheme}://{address}{path}"
    masked = [(name, mask_param(name, value)) for name, value in params]
    return Target(job, _with_params(base, params), _with_params(base, masked, "*"), shown, discovered)


def _list_params(job: ScrapeJob, labels: Mapping[str, str]) -> list[tuple[str, str]]:
    """Labels give the first value of each, the job the others."""
    first = {name.removeprefix(_PARAM): value for name, value in labels.items() if name.startswith(_PARAM)}
    params: list[tuple[str, str]] = []
    for name in [*job.params, *(name for name in first if name not in job.params)]:
        values = job.params.get(name, ())[1:]
        params += [(name, value) for value in ((first[name],) if name in first else ()) + tuple(values)]
    return params


def _with_params(base: str, params: list[tuple[str, str]], safe: str = "") -> str:
    if not params:
        return base
    return f"{base}{'&' if '?' in base else '?'}{urlencode(params, safe=safe)}"
