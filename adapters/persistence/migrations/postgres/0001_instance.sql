CREATE TABLE instance (
    singleton       BIGINT NOT NULL PRIMARY KEY CHECK (singleton = 1),
    id              UUID   NOT NULL,
    key_check       BYTEA  NOT NULL CHECK (length(key_check) = 32),
    created_at      BIGINT NOT NULL,
    administered_at BIGINT
);
