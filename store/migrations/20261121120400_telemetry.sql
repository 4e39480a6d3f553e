-- +goose Up
-- telemetry_cursor: how far an agent's readings were taken over; a new epoch (a new buffer) replaces the old one.
CREATE TABLE telemetry_cursor (
    agent TEXT   NOT NULL PRIMARY KEY,
    epoch TEXT   NOT NULL,
    seq   BIGINT NOT NULL
);

-- telemetry_session: one run of one device from start to end, with what it earned.
CREATE TABLE telemetry_session (
    id           TEXT   NOT NULL PRIMARY KEY,
    device       TEXT   NOT NULL,
    started_at   BIGINT NOT NULL,
    ended_at     BIGINT,           -- NULL: still running
    accepted     BIGINT,           -- shares; NULL: not reported
    rejected     BIGINT,           -- shares; NULL: not reported
    avg_hashrate DOUBLE PRECISION  -- H/s; NULL: not known
);
CREATE INDEX telemetry_session_device ON telemetry_session (device, started_at);

-- +goose Down
DROP TABLE telemetry_session;
DROP TABLE telemetry_cursor;
