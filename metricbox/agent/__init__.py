"""The built-in agent, which watches the host that metricbox runs on."""
