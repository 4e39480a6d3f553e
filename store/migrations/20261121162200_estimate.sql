-- +goose Up
-- estimate_rate: what this computer was seen to do with a program, an algorithm and a number of threads, when warm.
CREATE TABLE estimate_rate (
    program   TEXT             NOT NULL,
    algorithm TEXT             NOT NULL,
    threads   BIGINT           NOT NULL, -- 0: not known
    source    TEXT             NOT NULL, -- measured, benchmark
    hashrate  DOUBLE PRECISION NOT NULL, -- H/s
    watts     DOUBLE PRECISION,          -- NULL: not known
    at        BIGINT           NOT NULL,
    PRIMARY KEY (program, algorithm, threads, source)
);

-- +goose Down
DROP TABLE estimate_rate;
