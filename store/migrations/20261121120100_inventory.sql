-- +goose Up
-- inventory_rig: a computer that runs an agent.
CREATE TABLE inventory_rig (
    id         TEXT   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL,
    hostname   TEXT   NOT NULL DEFAULT '',
    os         TEXT   NOT NULL DEFAULT '',
    arch       TEXT   NOT NULL DEFAULT '',
    version    TEXT   NOT NULL DEFAULT '', -- of adit on that rig
    first_seen BIGINT NOT NULL,
    last_seen  BIGINT NOT NULL
);

-- inventory_device: what a driver opened on a rig; id is "<rig>/<name>".
CREATE TABLE inventory_device (
    id         TEXT   NOT NULL PRIMARY KEY,
    rig_id     TEXT   NOT NULL REFERENCES inventory_rig (id) ON DELETE CASCADE,
    name       TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    driver     TEXT   NOT NULL,
    info       TEXT   NOT NULL DEFAULT '{}', -- JSON
    first_seen BIGINT NOT NULL,
    last_seen  BIGINT NOT NULL,
    UNIQUE (rig_id, name)
);

-- +goose Down
DROP TABLE inventory_device;
DROP TABLE inventory_rig;
