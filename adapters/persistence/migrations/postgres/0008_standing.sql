-- What is given or taken for a time: a role with its end and what follows it, a suspension with its reason.
ALTER TABLE users
    ADD COLUMN role_until        BIGINT,
    ADD COLUMN role_after        TEXT CHECK (role_after IN ('user', 'moderator', 'admin')),
    ADD COLUMN suspended_at      BIGINT,
    ADD COLUMN suspension_reason TEXT CHECK (length(suspension_reason) BETWEEN 1 AND 500),
    ADD COLUMN suspended_until   BIGINT;

UPDATE users SET suspended_at = updated_at, suspension_reason = 'Suspended before reasons were asked for.'
WHERE status = 'suspended';

ALTER TABLE users
    ADD CHECK ((role_until IS NULL) = (role_after IS NULL)),
    ADD CHECK ((status = 'suspended') = (suspended_at IS NOT NULL)),
    ADD CHECK ((suspended_at IS NULL) = (suspension_reason IS NULL)),
    ADD CHECK (suspended_until IS NULL OR suspended_at IS NOT NULL),
    -- Names are listed in the order of their bytes, whatever language the server was set up in.
    ALTER COLUMN username_key TYPE TEXT COLLATE "C";

CREATE INDEX users_by_role_end ON users (role_until) WHERE role_until IS NOT NULL;
CREATE INDEX users_by_suspension_end ON users (suspended_until) WHERE suspended_until IS NOT NULL;
CREATE INDEX users_by_standing ON users (role, status, id);
CREATE INDEX users_by_standing_and_name ON users (role, status, username_key);
