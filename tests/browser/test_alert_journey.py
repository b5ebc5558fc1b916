"""The way of a new user, all of it in the browser: a channel, a rule from a chart, its rehearsal, the alert, and the
two mails that come of it. The server is real, and so is the mail server; only the samples are sent from outside."""

import re
from email.message import EmailMessage

import pytest
from playwright.sync_api import Page, expect

from tests.browser.alerting import open_mail_server, wait_for
from tests.browser.server import Api, MetricboxProcess, now_ms, panel
from tests.support.mail_server import MailServer

MINUTE_MS = 60_000


@pytest.fixture(scope="module")
def alerting(tmp_path_factory):
    """A server that evaluates each second, with a disk that was too full twice today."""
    process = MetricboxProcess(tmp_path_factory.mktemp("journey"), alert_interval="1s")
    process.start()
    now, points = now_ms(), []
    for minute in range(1, 12 * 60, 2):
        value = 96 if minute % 300 in range(100, 140) else 41
        points.append(sample(value, now - minute * MINUTE_MS))
    Api(process.url).push(points)
    yield process
    process.stop()


def sample(value: float, at_ms: int) -> dict[str, object]:
    return {"name": "jo_disk", "value": value, "tags": {"host": "db1"}, "timestamp": at_ms}


def nth_mail(mails: MailServer, number: int) -> tuple[str, str]:
    """Subject and text of a mail, once it has come."""
    found: EmailMessage = wait_for(lambda: mails.mails[number : number + 1])[0]
    return str(found["Subject"]), str(found.get_content())


def add_mail_channel(page: Page, port: int) -> None:
    page.goto("/settings/channels")
    page.get_by_role("button", name="New channel", exact=True).first.click()
    page.get_by_role("radio", name=re.compile("^E-mail")).check()
    page.get_by_role("button", name="Next", exact=True).click()
    dialog = page.get_by_role("dialog", name="New channel: E-mail", exact=True)
    for label, text in (
        ("Name", "ops mail"),
        ("To", "ops@example.org"),
        ("From", "metricbox@example.org"),
        ("Mail server", "127.0.0.1"),
        ("Port", str(port)),
    ):
        dialog.get_by_label(label, exact=True).fill(text)
    dialog.get_by_label("Encryption", exact=True).select_option("none")
    dialog.get_by_role("button", name="Create", exact=True).click()
    expect(dialog).to_have_count(0)
    page.get_by_role("button", name="Send a test to ops mail", exact=True).click()


def make_rule_from_chart(page: Page, path: str) -> None:
    page.goto(path)
    expect(page.locator(".chart canvas")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Menu of Disk of db1")).click()
    page.get_by_role("menuitem", name="Create alert").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Disk of db1")
    expect(page.get_by_role("combobox", name="Unit")).to_have_value("Percent (0–100)")
    # The rehearsal: twice today, and not now.
    page.get_by_role("group", name="Tried on the last").get_by_role("button", name="24h").click()
    expect(page.locator(".rule-count.is-exact")).to_contain_text(
        re.compile(r"Would have fired [23] times in the last 24 hours on 1 of 1 series.*Firing now: none")
    )
    page.get_by_label("For", exact=True).fill("0s")
    page.get_by_role("checkbox", name=re.compile("^ops mail")).check()
    page.get_by_label("Message", exact=True).fill("{{labels.host}} is at {{value}} of {{threshold}}")
    expect(page.locator(".rule-reads")).to_contain_text("db1 is at 41 % of 90 %")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page).to_have_url(re.compile(r"/alerts\?tab=rules$"))
    expect(page.locator(".rules tbody tr")).to_contain_text("> 90\u00a0%")


def test_from_a_chart_to_the_mail_that_says_it_is_over(open_page, alerting):
    api = Api(alerting.url)
    thresholds = [{"value": 90, "severity": "critical"}]
    query = [{"query": 'jo_disk{host="db1"}', "aggregation": "last"}]
    path = api.dashboard(
        "Disks", [panel("Disk of db1", query, unit="percent", thresholds=thresholds)], refreshInterval=""
    )
    page, _ = open_page(alerting)
    with open_mail_server() as mails:
        add_mail_channel(page, mails.port)
        assert "Test message" in nth_mail(mails, 0)[0]
        make_rule_from_chart(page, path)

        # Now it is too full.
        api.push([sample(97.5, now_ms())])
        page.get_by_role("link", name=re.compile("^Active")).click()
        row = page.get_by_role("list", name="Active alerts").locator("> li")
        expect(row).to_contain_text("Disk of db1", timeout=60_000)
        expect(row).to_contain_text("97.5\u00a0%")
        subject, text = nth_mail(mails, 1)
        assert "Critical: Disk of db1" in subject
        assert "db1 is at 97.5 % of 90 %" in text
        row.get_by_role("button", name=re.compile("^Disk of db1")).click()
        drawer = page.get_by_role("dialog", name="Disk of db1")
        expect(drawer.locator(".alert-told")).to_contain_text(re.compile("delivered.*ops mail"))
        page.keyboard.press("Escape")

        # Somebody tidies up.
        api.push([sample(60.25, now_ms())])
        subject, text = nth_mail(mails, 2)
        assert "Resolved: Disk of db1" in subject
        assert "db1 is at 60.25 % of 90 %" in text
        page.goto("/alerts")
        expect(page.get_by_text("All quiet")).to_be_visible()
        page.get_by_role("link", name="History").click()
        expect(page.get_by_text("peak 97.5\u00a0%")).to_be_visible()
        page.goto("/alerts/history?tab=deliveries")
        told = page.get_by_role("list", name="Messages").locator("> li")
        expect(told).to_have_count(2)
        for one in told.all():
            expect(one).to_contain_text("delivered")
    assert len(mails.mails) == 3
