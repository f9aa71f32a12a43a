CREATE TABLE log_in_attempts (
    key            BYTEA  NOT NULL PRIMARY KEY CHECK (length(key) = 32),
    owner          UUID   REFERENCES users (id) ON DELETE CASCADE,
    failures       BIGINT NOT NULL CHECK (failures BETWEEN 0 AND 4294967295),
    last_failed_at BIGINT NOT NULL
);

CREATE INDEX log_in_attempts_by_owner ON log_in_attempts (owner);
CREATE INDEX log_in_attempts_of_nobody ON log_in_attempts (last_failed_at) WHERE owner IS NULL;
