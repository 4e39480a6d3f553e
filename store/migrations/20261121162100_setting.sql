-- +goose Up
-- setting_section: what people set, a section each ("general", "power", …), and what the price feed did last.
CREATE TABLE setting_section (
    name       TEXT   NOT NULL PRIMARY KEY,
    body       TEXT   NOT NULL, -- JSON
    updated_at BIGINT NOT NULL
);

-- +goose Down
DROP TABLE setting_section;
