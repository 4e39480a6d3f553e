-- +goose Up
-- user_agent: what the browser calls itself; '' = not told.
ALTER TABLE account_session ADD COLUMN user_agent TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE account_session DROP COLUMN user_agent;
