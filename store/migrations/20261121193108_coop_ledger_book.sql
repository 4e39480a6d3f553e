-- +goose Up
-- coop_block: a block that a node took from the crew.
CREATE TABLE coop_block (
    id            TEXT   NOT NULL PRIMARY KEY,
    coin          TEXT   NOT NULL,          -- symbol
    height        BIGINT NOT NULL,
    hash          TEXT   NOT NULL,
    share         BIGINT NOT NULL,          -- seq in the ledger
    member        TEXT   NOT NULL,          -- who found it
    found_at      BIGINT NOT NULL,
    reward        BIGINT,                   -- atomic units; NULL: unknown
    effort        DOUBLE PRECISION,         -- work done for it, in blocks; NULL: not worked out yet
    state         TEXT   NOT NULL,          -- found, mature, orphaned
    confirmations BIGINT,                   -- NULL: unknown
    settled_at    BIGINT,                   -- when it matured or was orphaned; NULL: neither
    rule          TEXT   NOT NULL,          -- pplns, prop: as it was when the block was found
    window_ppm    BIGINT NOT NULL,
    fee_ppm       BIGINT NOT NULL,
    UNIQUE (coin, height, hash)
);

-- coop_credit: what a pool paid for a period.
CREATE TABLE coop_credit (
    id         TEXT   NOT NULL PRIMARY KEY,
    coin       TEXT   NOT NULL,
    at         BIGINT NOT NULL,             -- when it was entered
    by_name    TEXT   NOT NULL,
    since      BIGINT,                      -- NULL: from the beginning
    until      BIGINT NOT NULL,
    first_seq  BIGINT NOT NULL,             -- the period's shares
    last_seq   BIGINT NOT NULL,
    amount     BIGINT NOT NULL,
    note       TEXT   NOT NULL,
    upstream   TEXT   NOT NULL,             -- decimal: work that the pool took, in expected hashes
    carry_in   TEXT   NOT NULL,             -- decimal
    carry_out  TEXT   NOT NULL              -- decimal
);

-- coop_round: one division of money. Its id is that of its block or credit.
CREATE TABLE coop_round (
    id         TEXT   NOT NULL PRIMARY KEY,
    kind       TEXT   NOT NULL,             -- block, credit
    coin       TEXT   NOT NULL,
    at         BIGINT NOT NULL,             -- of the block, or the end of the period
    since      BIGINT,                      -- credit: begin of the period; NULL: a block, or from the beginning
    state      TEXT   NOT NULL,             -- immature, credited, orphaned
    settled_at BIGINT,                      -- when it was credited or orphaned; NULL: neither
    rule       TEXT   NOT NULL,
    window_ppm BIGINT NOT NULL,
    fee_ppm    BIGINT NOT NULL,
    reward     BIGINT NOT NULL,
    fee        BIGINT NOT NULL,
    paid       BIGINT NOT NULL,             -- reward less fee
    from_seq   BIGINT NOT NULL,
    to_seq     BIGINT NOT NULL,
    cut        TEXT   NOT NULL,             -- decimal: what the oldest share has beyond the window
    shares     BIGINT NOT NULL,
    members    BIGINT NOT NULL,
    weight     TEXT   NOT NULL,             -- decimal: of all shares that count
    bound      TEXT,                        -- decimal: the window's size; NULL: prop
    height     BIGINT,                      -- NULL: a credit
    block      TEXT,                        -- hash; NULL: a credit
    digest     TEXT   NOT NULL,             -- SHA-256 over its shares
    hash       TEXT   NOT NULL              -- SHA-256 over the digest, its numbers and its amounts
);
CREATE INDEX coop_round_at ON coop_round (coin, at);

-- coop_payout: what a member got of a round.
CREATE TABLE coop_payout (
    round  TEXT   NOT NULL,
    member TEXT   NOT NULL,
    weight TEXT   NOT NULL,                 -- decimal
    shares BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    PRIMARY KEY (round, member)
);
CREATE INDEX coop_payout_member ON coop_payout (member, round);

-- coop_payment: a list of amounts to be paid out by a person.
CREATE TABLE coop_payment (
    id        TEXT   NOT NULL PRIMARY KEY,
    coin      TEXT   NOT NULL,
    at        BIGINT NOT NULL,
    by_name   TEXT   NOT NULL,
    state     TEXT   NOT NULL,              -- open, paid, cancelled
    reference TEXT   NOT NULL,              -- transaction, '' until it is paid
    marked_at BIGINT,                       -- NULL: open
    marked_by TEXT   NOT NULL
);
CREATE INDEX coop_payment_at ON coop_payment (coin, at);

-- coop_payitem: one member's part of a payment.
CREATE TABLE coop_payitem (
    payment TEXT   NOT NULL,
    member  TEXT   NOT NULL,
    address TEXT   NOT NULL,                -- '': the member has none
    amount  BIGINT NOT NULL,
    PRIMARY KEY (payment, member)
);
CREATE INDEX coop_payitem_member ON coop_payitem (member, payment);

-- coop_payee: where a member is paid to.
CREATE TABLE coop_payee (
    coin       TEXT   NOT NULL,
    member     TEXT   NOT NULL,
    address    TEXT   NOT NULL,             -- '': none
    min_payout BIGINT,                      -- NULL: the crew's
    updated_at BIGINT NOT NULL,
    by_name    TEXT   NOT NULL,
    PRIMARY KEY (coin, member)
);

-- +goose Down
DROP TABLE coop_payee;
DROP TABLE coop_payitem;
DROP TABLE coop_payment;
DROP TABLE coop_payout;
DROP TABLE coop_round;
DROP TABLE coop_credit;
DROP TABLE coop_block;
