CREATE TABLE sessions (
    id            UUID   NOT NULL PRIMARY KEY,
    user_id       UUID   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    channel       TEXT   NOT NULL CHECK (channel IN ('api', 'web')),
    device_name   TEXT   CHECK (length(device_name) BETWEEN 1 AND 100),
    address       TEXT   CHECK (length(address) BETWEEN 2 AND 45),
    scopes        TEXT   NOT NULL,
    cookie_digest BYTEA  CHECK (length(cookie_digest) = 32),
    created_at    BIGINT NOT NULL,
    last_used_at  BIGINT NOT NULL
);

CREATE INDEX sessions_by_user ON sessions (user_id, id);
CREATE INDEX sessions_by_use ON sessions (channel, last_used_at);
CREATE INDEX sessions_by_age ON sessions (channel, created_at);

-- The hottest row there is: room on its page keeps every rotation off the indexes.
CREATE TABLE refresh_tokens (
    session_id UUID   NOT NULL PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    generation BIGINT NOT NULL CHECK (generation BETWEEN 0 AND 4294967295),
    digest     BYTEA  NOT NULL CHECK (length(digest) = 32),
    issued_at  BIGINT NOT NULL
) WITH (fillfactor = 70);
