-- +goose Up
-- coop_segment: one closed file of the ledger of shares. The files are the truth; this finds them and adds them up.
CREATE TABLE coop_segment (
    ledger    TEXT    NOT NULL, -- the ledger's id, hex
    number    BIGINT  NOT NULL, -- 1, 2, 3 …
    file      TEXT    NOT NULL, -- in the ledger's folder
    first_seq BIGINT  NOT NULL,
    last_seq  BIGINT  NOT NULL, -- 0: it holds no share
    shares    BIGINT  NOT NULL,
    blocks    BIGINT  NOT NULL,
    bytes     BIGINT  NOT NULL, -- unpacked
    min_at    BIGINT,           -- NULL: it holds no share
    max_at    BIGINT,
    sha256    TEXT    NOT NULL, -- of the unpacked file, hex
    score     TEXT    NOT NULL, -- decimal: parts of a block times 2^64
    hashes    TEXT    NOT NULL, -- decimal
    sums      TEXT    NOT NULL, -- JSON: per member
    PRIMARY KEY (ledger, number)
);

-- coop_tally: what a member has in all closed segments.
CREATE TABLE coop_tally (
    ledger   TEXT   NOT NULL,
    member   TEXT   NOT NULL,
    shares   BIGINT NOT NULL,
    hashes   TEXT   NOT NULL, -- decimal
    score    TEXT   NOT NULL, -- decimal
    first_at BIGINT NOT NULL,
    last_at  BIGINT NOT NULL,
    PRIMARY KEY (ledger, member)
);

-- +goose Down
DROP TABLE coop_tally;
DROP TABLE coop_segment;
