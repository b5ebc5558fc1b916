"""Pulling metrics from targets, as Prometheus does: which there are, when each is asked, what becomes of answers."""
