"""Looks for damage: sealed files against their checksums, rollups against what they were computed from.

A damaged file is put into quarantine/ and named; everything else goes on. Runs on the maintenance thread, or alone for
`metricbox doctor`.
"""

import logging
import math
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import numpy as np

from metricbox.store.buckets import Range, expand_to_buckets, floor_to, subtract_ranges
from metricbox.store.duckdb_backend.chunks import (
    ChunkCatalogue,
    Part,
    PartState,
    View,
    mark_parts,
    save_verified,
)
from metricbox.store.duckdb_backend.database import is_disk_full, quarantine, transaction
from metricbox.store.duckdb_backend.rollup_reader import Reading, RollupReader, frozen_before_ms, pending_of
from metricbox.store.duckdb_backend.scan import extent_of_parts, scan_partials
from metricbox.store.duckdb_backend.sealed_file import FileFacts, verify_file
from metricbox.store.partials import PartialColumns
from metricbox.store.tiers import RAW, TIERS, Tier, source_of

logger = logging.getLogger(__name__)

# Buckets of a tier that are recomputed and compared, spread over its time.
SAMPLED_BUCKETS = 20
# Sums are added up in another order when a bucket is recomputed.
SUM_TOLERANCE = 1e-9


class Verifier:
    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        folder: Path,
        chunks: ChunkCatalogue,
        gate: threading.Lock,
        reader: RollupReader,
    ) -> None:
        self._connection = connection
        self._folder = folder
        self._chunks = chunks
        self._gate = gate
        self._reader = reader

    def check_presence(self) -> list[str]:
        """Quarantine sealed parts whose file is missing or has another size; what was found. Quick, for the start."""
        faults = []
        for part in self._sealed_parts():
            path = self._folder / part.location
            size = path.stat().st_size if path.is_file() else None
            if size != part.bytes:
                found = "is missing" if size is None else f"has {size} bytes, {part.bytes} were written"
                faults.append(f"{path.name} {found}")
                self._quarantine(part, faults[-1])
        return faults

    def verify_next(self, share: float) -> list[str]:
        """Read a share of the sealed files whole, at least one, and quarantine those that are damaged; what was found.

        Those that were not looked at for longest are next, also after a restart. To have been written counts as that.
        """
        parts = sorted(self._sealed_parts(), key=lambda part: max(part.part_id, part.verified_no))
        found = []
        for part in parts[: math.ceil(len(parts) * share)]:
            faults = self.quarantine_damaged([part])
            found += faults
            if not faults:
                self._note_verified(part)
        return found

    def _note_verified(self, part: Part) -> None:
        verified = part._replace(verified_no=self._chunks.new_part_id())
        with transaction(self._connection):
            save_verified(self._connection, verified)
        self._chunks.publish(added=[verified])

    def quarantine_damaged(self, parts: Sequence[Part] | None = None) -> list[str]:
        """Verify these sealed parts, or all, and quarantine those that are damaged; what was found."""
        current = self._sealed_parts()
        wanted_ids = None if parts is None else {part.part_id for part in parts}
        found = []
        for part in current:
            if wanted_ids is not None and part.part_id not in wanted_ids:
                continue
            faults = self._verify_part(part)
            if faults:
                self._quarantine(part, faults[0])
                found += faults
        return found

    def examine(self) -> Iterator[str]:
        """Everything that is wrong with the store, as sentences. Changes nothing; for `metricbox doctor`."""
        with self._chunks.pinned() as view:
            for part in self._sealed_parts():
                yield from self._verify_part(part)
            yield from self._find_orphans()
            for tier in TIERS:
                if tier is not RAW:
                    yield from self._compare_rollup(view, tier)

    def _sealed_parts(self) -> list[Part]:
        """In the order of their making, whatever their tier."""
        return sorted(part for tier in TIERS for part in self._chunks.list_parts(tier) if not part.is_hot)

    def _verify_part(self, part: Part) -> list[str]:
        facts = FileFacts(part.rows, part.bytes, part.series, part.min_ms, part.max_ms, part.checksum)
        return verify_file(self._folder / part.location, facts)

    def _quarantine(self, part: Part, fault: str) -> None:
        path = self._folder / part.location
        if path.exists():
            quarantine(self._folder, path)
        # Under the gate: a write must not log what nobody can repair any more.
        with self._gate:
            with transaction(self._connection):
                mark_parts(self._connection, [part], PartState.REMOVED)
                loss = self._chunks.log_loss(self._connection, part)
            self._chunks.publish(removed=[part], losses=[loss])
        logger.error(
            "%s is damaged and was put into quarantine/: %s. %s rows of %s from %s ms on are missing now",
            path.name, fault, part.rows, part.tier, part.min_ms,
        )  # fmt: skip

    def _find_orphans(self) -> Iterator[str]:
        known = self._chunks.known_locations()
        for path in sorted((self._folder / "chunks").rglob("*")):
            if path.is_file() and str(path.relative_to(self._folder)) not in known:
                yield f"{path.name} belongs to no chunk: an interrupted job left it; the next start removes it"

    def _compare_rollup(self, view: View, tier: Tier) -> Iterator[str]:
        """Recompute buckets here and there that must be right, and compare."""
        progress = view.progress.get(tier.table)
        source = source_of(tier)
        if progress is None or source is None:
            return
        # From where there is something, or most of the few buckets that are looked at would be empty ones.
        extents = [extent_of_parts(self._connection, view.parts[one.table]) for one in (tier, source)]
        starts = [extent.min_ms for extent in extents if extent.min_ms is not None]
        if not starts:
            return
        edge_ms = frozen_before_ms(view, tier)
        first_ms = floor_to(min(starts), tier.resolution_ms)
        trusted = Range(first_ms if edge_ms is None else max(first_ms, edge_ms), progress.watermark_ms)
        pending = [expand_to_buckets(one, tier.resolution_ms) for one in pending_of(view, tier)]
        unknown = [*pending, *view.lost_buckets(tier)]
        for bucket in _spread(subtract_ranges([trusted], unknown), tier.resolution_ms):
            within = view.parts_in(tier, bucket.start_ms, bucket.end_ms)
            try:
                stored = scan_partials(self._connection, self._folder, tier, within, bucket)
                computed = self._reader.compute(Reading(self._connection, view), tier, bucket)
            except (duckdb.Error, UnicodeDecodeError) as error:
                if not may_be_damage(error):
                    raise
                yield f"{tier.table}: the bucket from {bucket.start_ms} ms cannot be compared, see the damaged files"
                continue
            if not _are_equal(stored, computed) and not self._is_outdated(tier, bucket):
                yield f"{tier.table}: the bucket from {bucket.start_ms} ms differs from what it was computed from"

    def _is_outdated(self, tier: Tier, bucket: Range) -> bool:
        """Whether a write since the view was pinned explains a difference. Its log is out once the gate is free."""
        with self._gate, self._chunks.pinned() as view:
            return any(bucket.overlaps(one) for one in pending_of(view, tier))


def may_be_damage(error: BaseException) -> bool:
    """Whether a damaged file may be behind an error: DuckDB has nearly every kind of its own for that."""
    if isinstance(
        error, (duckdb.InterruptException, duckdb.TransactionException, duckdb.OutOfMemoryException)
    ):
        return False
    # A message that quotes a damaged file is more than Python can decode.
    return isinstance(error, (duckdb.Error, UnicodeDecodeError)) and not is_disk_full(error)


def _spread(ranges: Sequence[Range], resolution_ms: int) -> list[Range]:
    """At most SAMPLED_BUCKETS single buckets, evenly over the ranges."""
    total = sum(one.length_ms for one in ranges) // resolution_ms
    wanted = set(np.linspace(0, max(total - 1, 0), min(total, SAMPLED_BUCKETS)).astype(int).tolist())
    buckets = []
    position = 0
    for one in ranges:
        count = one.length_ms // resolution_ms
        buckets += [
            Range(one.start_ms + offset * resolution_ms, one.start_ms + (offset + 1) * resolution_ms)
            for offset in sorted(index - position for index in wanted if position <= index < position + count)
        ]
        position += count
    return buckets


def _are_equal(stored: PartialColumns, computed: PartialColumns) -> bool:
    if len(stored.series_ids) != len(computed.series_ids):
        return False
    return all(
        np.allclose(one, other, rtol=SUM_TOLERANCE, atol=SUM_TOLERANCE, equal_nan=True)
        for one, other in zip(stored, computed, strict=True)
    )
