"""Dashboards of Grafana, schema versions 8 to 42 and those with rows before them, as dashboards of metricbox. Pure.

Start with importer.py. Nothing in a document is trusted: every value may have any type, and what cannot be taken over
is told in the report with its path in the file.
"""
