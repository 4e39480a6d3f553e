-- +goose Up
-- coop_member: who earns in the crew. What it found stands in the ledger.
CREATE TABLE coop_member (
    id            TEXT    NOT NULL PRIMARY KEY, -- login name, or CERTIFICATE/WORKER
    number        BIGINT  NOT NULL UNIQUE,      -- as people count them, from 1
    via           TEXT    NOT NULL,             -- stratum or grpc
    name          TEXT    NOT NULL,
    first_seen_at BIGINT  NOT NULL,
    invited_by    TEXT,                         -- NULL: nobody
    password      TEXT,                         -- slow salted hash; NULL: none is asked
    suspended     TEXT,                         -- the reason; NULL: it is not
    check_all     BOOLEAN NOT NULL,             -- all its shares are hashed
    paused        BOOLEAN NOT NULL,             -- told to rest
    difficulty    TEXT                          -- fixed, in expected hashes; NULL: it is found
);

-- +goose Down
DROP TABLE coop_member;
