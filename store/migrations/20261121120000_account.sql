-- +goose Up
-- account_token: a key for programs; only a keyed hash of the secret is kept.
CREATE TABLE account_token (
    id           TEXT   NOT NULL PRIMARY KEY,
    name         TEXT   NOT NULL,
    hash         TEXT   NOT NULL UNIQUE,
    scopes       TEXT   NOT NULL, -- words with a space between: "read control"
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT,          -- NULL: never used
    expires_at   BIGINT           -- NULL: does not expire
);

-- account_session: a browser that opened the printed link; only a keyed hash of the cookie is kept.
CREATE TABLE account_session (
    id           TEXT   NOT NULL PRIMARY KEY,
    hash         TEXT   NOT NULL UNIQUE,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    last_seen_at BIGINT
);
CREATE INDEX account_session_expires ON account_session (expires_at);

-- +goose Down
DROP TABLE account_session;
DROP TABLE account_token;
