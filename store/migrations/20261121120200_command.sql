-- +goose Up
-- command_order: one order to one target and what became of it.
CREATE TABLE command_order (
    id          TEXT   NOT NULL PRIMARY KEY,
    verb        TEXT   NOT NULL,
    target      TEXT   NOT NULL,
    args        TEXT   NOT NULL DEFAULT '{}', -- JSON, without secrets
    actor       TEXT   NOT NULL,
    reason      TEXT   NOT NULL DEFAULT '',
    created_at  BIGINT NOT NULL,
    deadline    BIGINT,                       -- NULL: none
    status      TEXT   NOT NULL,
    outcome     TEXT,                         -- NULL: not known yet
    message     TEXT   NOT NULL DEFAULT '',   -- the device's own reason
    finished_at BIGINT                        -- NULL: still open
);
CREATE INDEX command_order_status ON command_order (status, created_at);
CREATE INDEX command_order_target ON command_order (target, created_at);

-- +goose Down
DROP TABLE command_order;
