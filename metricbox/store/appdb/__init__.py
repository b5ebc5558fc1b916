"""Accounts, sessions, tokens, preferences and dashboards in SQLite. The only importer of apsw."""
