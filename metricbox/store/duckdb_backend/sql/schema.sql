-- Layout 2 of metrics.duckdb. No index: DuckDB replays index changes from the log badly, and every table here
-- is read by scan. Hot chunk tables are made at run time, see chunks.py.

CREATE TABLE IF NOT EXISTS store_meta (
    name VARCHAR NOT NULL,
    value VARCHAR NOT NULL
);

CREATE TABLE IF NOT EXISTS metric_definitions (
    metric_id INTEGER NOT NULL,
    name VARCHAR NOT NULL,
    type VARCHAR NOT NULL,
    unit VARCHAR NOT NULL,
    description VARCHAR NOT NULL
);

-- token: the key of the token that made the series, for the cap on series of a token; empty when none did.
CREATE TABLE IF NOT EXISTS series (
    series_id BIGINT NOT NULL,
    metric_id INTEGER NOT NULL,
    labels VARCHAR NOT NULL,
    first_seen_ms BIGINT NOT NULL,
    last_seen_ms BIGINT NOT NULL,
    token VARCHAR NOT NULL
);

-- Every part of every chunk of every tier: hot tables and sealed files, see chunks.py. The numbers from rows on are
-- known of sealed parts.
CREATE TABLE IF NOT EXISTS chunk_parts (
    part_id BIGINT NOT NULL,
    tier VARCHAR NOT NULL,
    start_ms BIGINT NOT NULL,
    end_ms BIGINT NOT NULL,
    state VARCHAR NOT NULL,
    location VARCHAR NOT NULL,
    rows BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    series BIGINT NOT NULL,
    min_ms BIGINT NOT NULL,
    max_ms BIGINT NOT NULL,
    checksum VARCHAR NOT NULL,
    verified_no BIGINT NOT NULL
);

-- How far the rollup of each tier has come: readers trust buckets before the watermark, a write below the threshold
-- logs an invalidation.
CREATE TABLE IF NOT EXISTS rollup_progress (
    tier VARCHAR NOT NULL,
    watermark_ms BIGINT NOT NULL,
    threshold_ms BIGINT NOT NULL
);

-- Ranges [start_ms, end_ms) of a tier to recompute.
CREATE TABLE IF NOT EXISTS invalidations (
    invalidation_id BIGINT NOT NULL,
    tier VARCHAR NOT NULL,
    start_ms BIGINT NOT NULL,
    end_ms BIGINT NOT NULL
);

-- Retention has dropped all chunks of a tier before this time.
CREATE TABLE IF NOT EXISTS dropped_chunks (
    tier VARCHAR NOT NULL,
    before_ms BIGINT NOT NULL
);

-- Rows of a tier that are missing since a damaged file was put aside.
CREATE TABLE IF NOT EXISTS lost_ranges (
    tier VARCHAR NOT NULL,
    start_ms BIGINT NOT NULL,
    end_ms BIGINT NOT NULL
);

-- One row once retention has run: by which clock, see retention.py.
CREATE TABLE IF NOT EXISTS sweep_clock (
    swept_ms BIGINT NOT NULL,
    steady_ms BIGINT NOT NULL
);
