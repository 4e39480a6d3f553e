-- +goose Up
-- coop_invite: an invitation to become a member; only a keyed hash of its secret is kept.
CREATE TABLE coop_invite (
    id         TEXT   NOT NULL PRIMARY KEY,
    hash       TEXT   NOT NULL UNIQUE,
    name       TEXT   NOT NULL, -- of the member; '': who joins chooses
    host       TEXT   NOT NULL, -- "HOST:PORT" as the code says
    created_by TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    uses       BIGINT NOT NULL, -- how often it may be used
    used       BIGINT NOT NULL,
    revoked_at BIGINT           -- NULL: it was not
);

-- coop_invite_use: a machine that joined by an invitation, and what its owner agreed to.
CREATE TABLE coop_invite_use (
    invite     TEXT   NOT NULL,
    key_hash   TEXT   NOT NULL, -- SHA-256 of its public key
    name       TEXT   NOT NULL, -- of its certificate
    cert       TEXT   NOT NULL, -- serial of its certificate, hex; '': the signing was broken off
    remote     TEXT   NOT NULL, -- address it came from
    used_at    BIGINT NOT NULL,
    terms_hash TEXT   NOT NULL,
    terms      TEXT   NOT NULL, -- JSON
    agreed_at  BIGINT,          -- by the joiner's clock; NULL: it did not say
    PRIMARY KEY (invite, key_hash)
);
CREATE INDEX coop_invite_use_name ON coop_invite_use (name);

-- +goose Down
DROP TABLE coop_invite_use;
DROP TABLE coop_invite;
