-- +goose Up
-- journal_event: append-only; hash covers the row and prev_hash, so that a removed or changed row shows.
-- seq is assigned by the program, last + 1 in the same transaction (take sqldb.Lock first): a database's own counter
-- leaves holes after a rollback, and a hole here means that somebody removed a row.
CREATE TABLE journal_event (
    seq       BIGINT NOT NULL PRIMARY KEY,
    at        BIGINT NOT NULL,
    kind      TEXT   NOT NULL,
    severity  TEXT   NOT NULL,
    subject   TEXT   NOT NULL DEFAULT '',
    actor     TEXT   NOT NULL DEFAULT '',
    text      TEXT   NOT NULL,
    data      TEXT   NOT NULL DEFAULT '{}', -- JSON, without secrets
    prev_hash TEXT   NOT NULL,              -- '' in the first row
    hash      TEXT   NOT NULL UNIQUE
);
CREATE INDEX journal_event_subject ON journal_event (subject, seq);
CREATE INDEX journal_event_at ON journal_event (at);

-- +goose Down
DROP TABLE journal_event;
