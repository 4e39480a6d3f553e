-- +goose Up
-- What a session was, why it ended, and the last that was known of it: one that was open at a crash is closed with that.
ALTER TABLE telemetry_session ADD COLUMN rig TEXT NOT NULL DEFAULT '';
ALTER TABLE telemetry_session ADD COLUMN program TEXT NOT NULL DEFAULT '';   -- the driver's name
ALTER TABLE telemetry_session ADD COLUMN algorithm TEXT NOT NULL DEFAULT ''; -- '': not known
ALTER TABLE telemetry_session ADD COLUMN profile TEXT;                       -- NULL: started without one
ALTER TABLE telemetry_session ADD COLUMN stale BIGINT;                       -- shares; NULL: not reported
ALTER TABLE telemetry_session ADD COLUMN reason TEXT NOT NULL DEFAULT '';    -- why it ended
ALTER TABLE telemetry_session ADD COLUMN seen_at BIGINT;                     -- newest reading; NULL: none
CREATE INDEX telemetry_session_started ON telemetry_session (started_at);

-- +goose Down
DROP INDEX telemetry_session_started;
ALTER TABLE telemetry_session DROP COLUMN seen_at;
ALTER TABLE telemetry_session DROP COLUMN reason;
ALTER TABLE telemetry_session DROP COLUMN stale;
ALTER TABLE telemetry_session DROP COLUMN profile;
ALTER TABLE telemetry_session DROP COLUMN algorithm;
ALTER TABLE telemetry_session DROP COLUMN program;
ALTER TABLE telemetry_session DROP COLUMN rig;
