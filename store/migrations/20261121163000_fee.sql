-- +goose Up
-- fee_program: one mining program and how long it was seen to hash.
CREATE TABLE fee_program (
    device   TEXT    NOT NULL PRIMARY KEY, -- "<rig>/<name>"
    name     TEXT    NOT NULL,
    program  TEXT    NOT NULL,             -- its driver
    percent  DOUBLE PRECISION,             -- what its author declares; NULL: unknown
    shows    BOOLEAN NOT NULL,             -- it tells when it works for its author
    since    BIGINT  NOT NULL,             -- first seen
    mined_ms BIGINT  NOT NULL,
    starts   BIGINT  NOT NULL
);

-- fee_round: one time in which a program worked for its author.
CREATE TABLE fee_round (
    device     TEXT   NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at   BIGINT,                     -- NULL: it goes on
    PRIMARY KEY (device, started_at)
);

-- fee_cursor: how far the journal was taken in.
CREATE TABLE fee_cursor (
    id  TEXT   NOT NULL PRIMARY KEY,
    seq BIGINT NOT NULL
);

-- +goose Down
DROP TABLE fee_cursor;
DROP TABLE fee_round;
DROP TABLE fee_program;
