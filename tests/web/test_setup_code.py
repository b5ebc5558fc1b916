"""The one-time set-up code."""

from pathlib import Path

from metricbox.clock import ManualClock
from metricbox.store.appdb.database import AppDatabase
from metricbox.store.appdb.first_account import create_first_admin
from metricbox.web.dashboard_library import make_starter
from metricbox.web.setup_code import SetupCode
from tests.support.authors import AUTHOR


async def test_a_code_exists_while_no_account_does(tmp_path: Path) -> None:
    appdb = AppDatabase.open(tmp_path / "app.sqlite", ManualClock(0))
    first, second = await SetupCode.make(appdb), await SetupCode.make(appdb)
    assert first.value is not None
    assert len(first.value) == 14
    assert first.value != second.value
    await appdb.write(
        lambda connection: create_first_admin(
            connection, email="a@b", password_hash="x", by=AUTHOR, now_ms=0, make_starter=make_starter
        )
    )
    assert (await SetupCode.make(appdb)).value is None
    appdb.close()


def test_case_and_separators_do_not_matter() -> None:
    code = SetupCode("ABCD-EFGH-JKMN")
    assert code.matches("abcd efgh jkmn")
    assert code.matches("ABCDEFGHJKMN")
    for wrong in ("", "ABCD-EFGH-JKMP", "ABCD-EFGH", "ÄBCD-EFGH-JKMN"):
        assert not code.matches(wrong)
    assert not SetupCode(None).matches("")
