-- +goose Up
-- telemetry_schema: the columns of an agent's batches, so that readings sent after the cursor can be read by a hub that
-- was started anew.
CREATE TABLE telemetry_schema (
    agent TEXT   NOT NULL,
    epoch TEXT   NOT NULL,
    id    BIGINT NOT NULL,
    body  TEXT   NOT NULL, -- JSON
    PRIMARY KEY (agent, epoch, id)
);

-- telemetry_facts: what was last known of a device beside its numbers.
CREATE TABLE telemetry_facts (
    device TEXT   NOT NULL PRIMARY KEY,
    agent  TEXT   NOT NULL,
    at     BIGINT NOT NULL,
    body   TEXT   NOT NULL -- JSON
);
CREATE INDEX telemetry_facts_agent ON telemetry_facts (agent);

-- +goose Down
DROP TABLE telemetry_facts;
DROP TABLE telemetry_schema;
