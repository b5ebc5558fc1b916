"""Somebody who changes things, for tests that go below the API."""

from metricbox.store.appdb.audit import Author, Via

AUTHOR = Author(None, "", Via.COMMAND)
