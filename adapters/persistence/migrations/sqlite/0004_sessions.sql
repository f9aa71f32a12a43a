CREATE TABLE sessions (
    id            BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    user_id       BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    channel       TEXT    NOT NULL CHECK (channel IN ('api', 'web')),
    device_name   TEXT    CHECK (length(device_name) BETWEEN 1 AND 100),
    address       TEXT    CHECK (length(address) BETWEEN 2 AND 45),
    scopes        TEXT    NOT NULL,
    cookie_digest BLOB    CHECK (length(cookie_digest) = 32),
    created_at    INTEGER NOT NULL,
    last_used_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_by_user ON sessions (user_id, id);
CREATE INDEX sessions_by_use ON sessions (channel, last_used_at);
CREATE INDEX sessions_by_age ON sessions (channel, created_at);

CREATE TABLE refresh_tokens (
    session_id BLOB    NOT NULL PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    generation INTEGER NOT NULL CHECK (generation BETWEEN 0 AND 4294967295),
    digest     BLOB    NOT NULL CHECK (length(digest) = 32),
    issued_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
