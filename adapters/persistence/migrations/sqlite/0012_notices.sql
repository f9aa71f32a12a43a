CREATE TABLE notices (
    id      BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    user_id BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind    TEXT    NOT NULL CHECK (length(kind) BETWEEN 1 AND 64),
    at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX notices_by_user ON notices (user_id, at, id);
