"""What would be taken, without a server."""

import time

from metricbox.transfer.dry_run import DryRun

NOW_MS = time.time_ns() // 1_000_000


def test_every_door_is_tried_with_the_decoder_that_the_server_has():
    trial = DryRun(86_400_000)
    assert trial.post("/write", b"m v=1 %d\nbad\n" % NOW_MS, {"precision": "ms"}).status == 400
    assert trial.post("/api/v1/import/prometheus", b'p{a="b"} 1 %d\n' % (NOW_MS - 5)).status == 204
    lines = b'{"metric":{"__name__":"j"},"values":[1,2],"timestamps":[%d,5]}\n' % NOW_MS
    assert "older than" in trial.post("/api/v1/import", lines).message
    assert (trial.samples, trial.series) == (3, 3)
    assert (trial.oldest_ms, trial.newest_ms) == (NOW_MS - 5, NOW_MS)
    assert dict(trial.refused) == {"syntax": 1, "too_old": 1}


def test_a_body_that_cannot_be_read_is_told_and_counts_for_nothing():
    trial = DryRun(None)
    assert trial.post("/api/v1/import", b"words").status == 400
    assert (trial.samples, trial.oldest_ms) == (0, None)


def test_without_a_known_retention_old_samples_count():
    trial = DryRun(None)
    trial.post("/write", b"m v=1 1000000000\n", {"precision": "s"})
    assert trial.samples == 1
