CREATE TABLE users (
    id                  BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    username            TEXT    NOT NULL CHECK (length(username) BETWEEN 3 AND 32),
    username_key        TEXT    NOT NULL CHECK (length(username_key) >= 1),
    email_key           TEXT    NOT NULL CHECK (length(email_key) >= 3),
    role                TEXT    NOT NULL CHECK (role IN ('user', 'moderator', 'admin')),
    status              TEXT    NOT NULL CHECK (status IN ('active', 'suspended')),
    avatar_url          TEXT    CHECK (length(avatar_url) <= 500),
    locale              TEXT    NOT NULL CHECK (locale IN ('en', 'fr')),
    theme               TEXT    NOT NULL CHECK (theme IN ('light', 'dark', 'system')),
    email_notifications INTEGER NOT NULL CHECK (email_notifications IN (0, 1)),
    created_at          INTEGER NOT NULL,
    updated_at          INTEGER NOT NULL,
    last_login_at       INTEGER,
    version             INTEGER NOT NULL CHECK (version >= 1)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX users_username_key ON users (username_key);
CREATE UNIQUE INDEX users_email_key ON users (email_key);
CREATE INDEX users_administrators ON users (id) WHERE role = 'admin';

CREATE TABLE passwords (
    user_id    BLOB    NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    hash       TEXT    NOT NULL CHECK (length(hash) BETWEEN 1 AND 1024),
    changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
