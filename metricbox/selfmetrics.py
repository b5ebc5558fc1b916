"""metricbox's own numbers (`metricbox_*`): one registry, shown on /metrics and stored by the built-in agent.

Every metric of the program is declared here, so that the list in docs/reference is complete.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from metricbox import __version__


class SelfMetrics:
    """The metrics of one server. Made once by app.py; tests make their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._make_of_ingest()
        self._make_of_queries()
        self._make_of_jobs()
        self._make_of_alerts()
        self._make_of_process()

    def _make_of_process(self) -> None:
        self.build = Gauge(
            "metricbox_build_info", "Always 1; the label is the version.", ["version"], registry=self.registry
        )
        self.build.labels(__version__).set(1)
        self.requests = Counter(
            "metricbox_http_requests", "HTTP requests answered.", ["method", "status"], registry=self.registry
        )
        self.resident_bytes = Gauge(
            "metricbox_process_resident_bytes", "Resident memory.", registry=self.registry
        )
        self.cpu_seconds = Counter("metricbox_process_cpu_seconds", "CPU time used.", registry=self.registry)

    def _make_of_ingest(self) -> None:
        self.samples_accepted = Counter(
            "metricbox_ingest_samples", "Samples accepted and on disk.", ["source"], registry=self.registry
        )
        self.samples_refused = Counter(
            "metricbox_ingest_refused_samples",
            "Samples refused.",
            ["source", "reason"],
            registry=self.registry,
        )
        self.listener_dropped_lines = Counter(
            "metricbox_listener_dropped_lines",
            "Lines that came by TCP or UDP and were dropped unread.",
            ["source", "reason"],
            registry=self.registry,
        )
        self.listener_connections = Gauge(
            "metricbox_listener_connections",
            "Open TCP connections of a line protocol.",
            ["source"],
            registry=self.registry,
        )
        self.listener_refused_connections = Counter(
            "metricbox_listener_refused_connections",
            "TCP connections of a line protocol refused because there are too many.",
            ["source"],
            registry=self.registry,
        )
        self.queue_samples = Gauge(
            "metricbox_store_queue_samples", "Samples waiting for the writer.", registry=self.registry
        )
        self.commit_seconds = Histogram(
            "metricbox_store_commit_seconds",
            "Time of one group commit.",
            registry=self.registry,
            buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
        )
        self.series = Gauge("metricbox_store_series", "Series in the store.", registry=self.registry)

    def _make_of_queries(self) -> None:
        self.query_seconds = Histogram(
            "metricbox_query_seconds",
            "Time of one query.",
            registry=self.registry,
            buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
        )
        self.query_cache_hits = Counter(
            "metricbox_query_cache_hits", "Queries answered without reading.", registry=self.registry
        )
        self.query_cache_misses = Counter(
            "metricbox_query_cache_misses",
            "Queries for which the store was read, if only for the newest part.",
            registry=self.registry,
        )
        self.query_cache_bytes = Gauge(
            "metricbox_query_cache_bytes", "Size of the cached results.", registry=self.registry
        )

    def _make_of_jobs(self) -> None:
        self.job_runs = Counter(
            "metricbox_job_runs", "Runs of periodic jobs.", ["job", "outcome"], registry=self.registry
        )
        self.job_seconds = Gauge(
            "metricbox_job_seconds", "Time of the last run.", ["job"], registry=self.registry
        )
        self.job_last_success = Gauge(
            "metricbox_job_last_success_timestamp_seconds",
            "When the job last succeeded; a stuck job shows by this standing still.",
            ["job"],
            registry=self.registry,
        )
        self.job_interval = Gauge(
            "metricbox_job_interval_seconds", "How often the job runs.", ["job"], registry=self.registry
        )
        self.disk_free_bytes = Gauge(
            "metricbox_disk_free_bytes",
            "Free space of the disk with the data folder.",
            registry=self.registry,
        )
        self.disk_reserve_bytes = Gauge(
            "metricbox_disk_reserve_bytes",
            "Under this much free space new samples are refused.",
            registry=self.registry,
        )

    def _make_of_alerts(self) -> None:
        self.notifications = Counter(
            "metricbox_notifications",
            "Messages of alerts, by what became of each try.",
            ["channel_type", "outcome"],
            registry=self.registry,
        )
        self.alert_tick_seconds = Gauge(
            "metricbox_alert_tick_seconds",
            "Time of the last evaluation of all rules.",
            registry=self.registry,
        )

    def note_job(
        self,
        name: str,
        duration_ms: int,
        succeeded_ms: int | None,
        *,
        has_failed: bool,
        interval_ms: int,
    ) -> None:
        """One run of a job has ended."""
        self.job_interval.labels(name).set(interval_ms / 1000)
        self.job_runs.labels(name, "failed" if has_failed else "ok").inc()
        self.job_seconds.labels(name).set(duration_ms / 1000)
        if succeeded_ms is not None:
            self.job_last_success.labels(name).set(succeeded_ms / 1000)

    def note_notification(self, channel_type: str, is_delivered: bool) -> None:  # noqa: FBT001 - a callback
        """One try to deliver a message has ended."""
        self.notifications.labels(channel_type, "delivered" if is_delivered else "failed").inc()

    def render(self) -> bytes:
        """Prometheus text format 0.0.4."""
        return generate_latest(self.registry)
