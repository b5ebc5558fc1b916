"""Every module has its tests at the mirrored path (STYLE 20)."""

from pathlib import Path

import pytest

from tests.architecture.files import ROOT, iter_own_files

# Module -> the file that tests it, and why not the mirrored one.
ELSEWHERE = {
    "__main__.py": ("test_server_process.py", "only a process runs it"),
    "app.py": ("test_server_process.py", "it is the process"),
    "store/contract.py": ("contract/test_metric_store.py", "every backend passes the same tests"),
    "store/duckdb_backend/store.py": (
        "contract/test_metric_store.py",
        "it joins its parts into the contract",
    ),
    "store/appdb/records.py": ("store/appdb/test_users.py", "plain values without logic"),
    "agent/reading.py": ("agent/test_host.py", "plain values without logic"),
    "query/types.py": ("query/test_service.py", "plain values; their bound is seen in answers"),
    "query/promql/nodes.py": ("query/promql/test_parse.py", "plain values, compared with what a text means"),
    "query/promql/source.py": ("query/test_store_source.py", "a protocol; this is its one implementation"),
    "web/context.py": ("web/test_server.py", "plain values without logic"),
    "web/services.py": ("web/test_server.py", "it makes the services that are tested one by one"),
    "web/models.py": ("web/test_schemas.py", "the bases are seen in their models"),
    "web/door_schemas.py": ("web/test_schemathesis.py", "checked against the answers of the doors"),
    "web/query_schemas.py": ("web/test_schemas.py", "a part of schemas.py"),
    "web/alert_schemas.py": ("web/routes/test_alert_rules.py", "a part of schemas.py, seen in the routes"),
    "web/dashboard_schemas.py": ("web/routes/test_dashboards.py", "a part of schemas.py, seen in the routes"),
    "web/host_schemas.py": ("web/routes/test_hosts.py", "checked against the answers of the route"),
    "web/scrape_schemas.py": ("web/routes/test_scrape.py", "checked against the answers of the route"),
    "web/status_schemas.py": ("web/routes/test_health.py", "checked against the answers of the routes"),
    "web/answers.py": ("web/routes/test_users.py", "the shapes are seen in the answers of routes"),
    "web/routes/pages.py": ("web/test_assets.py", "one line a page"),
}


def list_modules() -> list[str]:
    return [
        path.removeprefix("metricbox/")
        for path in iter_own_files(".py")
        if path.startswith("metricbox/") and Path(path).name != "__init__.py"
    ]


@pytest.mark.parametrize("module", list_modules())
def test_a_module_has_its_tests(module: str) -> None:
    path = Path(module)
    mirrored = path.with_name(f"test_{path.name}")
    if module in ELSEWHERE:
        assert not (ROOT / "tests" / mirrored).exists(), "take it out of ELSEWHERE"
        mirrored = Path(ELSEWHERE[module][0])
    assert (ROOT / "tests" / mirrored).is_file()


def test_exceptions_are_of_modules_that_exist() -> None:
    assert set(ELSEWHERE) <= set(list_modules())
