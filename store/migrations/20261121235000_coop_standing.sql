-- +goose Up
-- coop_standing: what a coordinator knows of a member beside the ledger, about once a minute. Accepted shares stand in the
-- ledger; of all else at most a minute is lost by a crash, and nothing of bans and wrong hashes.
CREATE TABLE coop_standing (
    member       TEXT             NOT NULL PRIMARY KEY,
    at           BIGINT           NOT NULL,
    counts       TEXT             NOT NULL, -- JSON: shares by outcome
    work         DOUBLE PRECISION NOT NULL, -- accepted difficulty, summed
    refused      BIGINT           NOT NULL, -- shares that the upstream did not like
    last_at      BIGINT,                    -- last accepted share; NULL: none
    seen_at      BIGINT,                    -- last connection or share; NULL: unknown
    agent        TEXT             NOT NULL, -- program, '' unknown
    hashed_right BIGINT           NOT NULL, -- hashes found right, in a row
    lies         BIGINT           NOT NULL, -- hashes found wrong, not forgiven yet
    checked      BIGINT           NOT NULL, -- shares that were hashed
    trusted      BIGINT           NOT NULL, -- shares that were believed
    banned_until BIGINT                     -- NULL: it is not shut out
);

-- +goose Down
DROP TABLE coop_standing;
