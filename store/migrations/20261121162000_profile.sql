-- +goose Up
-- profile_entry: a saved way to run a mining program. config holds secrets (pool passwords): the database file is its
-- owner's alone, and no answer, log or journal repeats them.
CREATE TABLE profile_entry (
    id          TEXT    NOT NULL PRIMARY KEY,
    name        TEXT    NOT NULL,
    name_key    TEXT    NOT NULL UNIQUE, -- name in lower case, for comparing
    instance    TEXT    NOT NULL UNIQUE, -- what its program is called while it runs
    description TEXT    NOT NULL DEFAULT '',
    miner_type  TEXT    NOT NULL,
    config      TEXT    NOT NULL,        -- JSON
    version     BIGINT  NOT NULL,
    autostart   BOOLEAN NOT NULL,
    created_at  BIGINT  NOT NULL,
    updated_at  BIGINT  NOT NULL
);

-- profile_version: every saved state of a profile, the present one too.
CREATE TABLE profile_version (
    profile_id  TEXT    NOT NULL REFERENCES profile_entry (id) ON DELETE CASCADE,
    version     BIGINT  NOT NULL,
    name        TEXT    NOT NULL,
    description TEXT    NOT NULL DEFAULT '',
    miner_type  TEXT    NOT NULL,
    config      TEXT    NOT NULL,        -- JSON
    autostart   BOOLEAN NOT NULL,
    saved_at    BIGINT  NOT NULL,
    saved_by    TEXT    NOT NULL,
    reason      TEXT    NOT NULL DEFAULT '',
    PRIMARY KEY (profile_id, version)
);

-- profile_last: the configuration a program was started with last.
CREATE TABLE profile_last (
    miner_type TEXT   NOT NULL PRIMARY KEY,
    config     TEXT   NOT NULL,          -- JSON
    profile_id TEXT,                     -- NULL: started without a profile, or it is gone
    used_at    BIGINT NOT NULL
);

-- +goose Down
DROP TABLE profile_last;
DROP TABLE profile_version;
DROP TABLE profile_entry;
