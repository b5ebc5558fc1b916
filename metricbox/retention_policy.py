"""How long each tier is kept: from the settings, or as an admin changed it since. Asked anew for every read and job."""

import asyncio
from collections.abc import Mapping

from metricbox.durations import format_duration, parse_duration_ms
from metricbox.errors import ErrorDetail, ValidationError
from metricbox.settings import Settings
from metricbox.store.appdb.audit import Author
from metricbox.store.appdb.database import AppDatabase
from metricbox.store.appdb.server_settings import load_server_settings, save_server_settings
from metricbox.store.retention import find_retention_fault, find_retentions_fault
from metricbox.store.tiers import TIERS, Tier

SETTING_OF_TABLE = {
    "metrics_raw": "retention_raw",
    "metrics_1min": "retention_1min",
    "metrics_1hour": "retention_1hour",
}


class RetentionPolicy:
    """Read from any thread; changed on the event loop."""

    def __init__(self, settings: Settings, appdb: AppDatabase) -> None:
        self._appdb = appdb
        # One change after the other: each is checked against what the one before it left.
        self._changing = asyncio.Lock()
        self._by_table: dict[str, int] = {
            table: getattr(settings, name) for table, name in SETTING_OF_TABLE.items()
        }
        saved = appdb.read_blocking(load_server_settings)
        for table, name in SETTING_OF_TABLE.items():
            if name in saved:
                self._by_table[table] = parse_duration_ms(saved[name])

    def retention_ms(self, tier: Tier) -> int:
        return self._by_table[tier.table]

    def as_texts(self) -> dict[str, str]:
        """Table -> duration text, finest tier first."""
        return {tier.table: format_duration(self._by_table[tier.table]) for tier in TIERS}

    def check(self, changes: Mapping[str, str]) -> dict[str, int]:
        """All retentions as they would be after the change. Raises ValidationError naming the field."""
        checked = dict(self._by_table)
        details = []
        tiers = {tier.table: tier for tier in TIERS}
        for table, text in changes.items():
            try:
                checked[table] = parse_duration_ms(text)
            except ValueError as error:
                details.append(ErrorDetail(table, str(error)))
                continue
            fault = find_retention_fault(tiers[table], checked[table])
            if fault:
                details.append(ErrorDetail(table, fault))
        if details:
            raise ValidationError(f"{details[0].field}: {details[0].message}", details)
        fault = find_retentions_fault(checked)
        if fault:
            raise ValidationError(fault)
        return checked

    async def change(self, changes: Mapping[str, str], by: Author) -> None:
        """Check, keep, and use from now on. Raises ValidationError as `check`."""
        async with self._changing:
            checked = self.check(changes)
            values = {SETTING_OF_TABLE[table]: format_duration(checked[table]) for table in changes}
            before = {SETTING_OF_TABLE[table]: text for table, text in self.as_texts().items()}
            now_ms = self._appdb.clock.now_ms()
            await self._appdb.write(
                lambda connection: save_server_settings(connection, values, before, by=by, now_ms=now_ms)
            )
            self._by_table = checked
