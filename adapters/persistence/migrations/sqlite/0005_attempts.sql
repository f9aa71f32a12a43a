CREATE TABLE log_in_attempts (
    key            BLOB    NOT NULL PRIMARY KEY CHECK (length(key) = 32),
    owner          BLOB    REFERENCES users (id) ON DELETE CASCADE,
    failures       INTEGER NOT NULL CHECK (failures BETWEEN 0 AND 4294967295),
    last_failed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX log_in_attempts_by_owner ON log_in_attempts (owner);
CREATE INDEX log_in_attempts_of_nobody ON log_in_attempts (last_failed_at) WHERE owner IS NULL;
