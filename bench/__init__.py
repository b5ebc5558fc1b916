"""Measures a running metricbox. Timings are measured here and never asserted in a test."""
