"""metricbox: metrics, dashboards and alerts for one site in one executable."""

__version__ = "0.1.0"
