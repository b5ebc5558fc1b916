-- Layout 1 of metrics.duckdb. No index: DuckDB replays index changes from the log badly, and every table here
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

CREATE TABLE IF NOT EXISTS series (
    series_id BIGINT NOT NULL,
    metric_id INTEGER NOT NULL,
    labels VARCHAR NOT NULL,
    first_seen_ms BIGINT NOT NULL,
    last_seen_ms BIGINT NOT NULL
);

-- One row a chunk, whatever its tier and state; a hot chunk is the table `table_name`.
CREATE TABLE IF NOT EXISTS chunks (
    tier VARCHAR NOT NULL,
    start_ms BIGINT NOT NULL,
    end_ms BIGINT NOT NULL,
    state VARCHAR NOT NULL,
    table_name VARCHAR NOT NULL
);
