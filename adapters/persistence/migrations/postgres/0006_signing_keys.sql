CREATE TABLE signing_keys (
    kid                TEXT   NOT NULL PRIMARY KEY CHECK (length(kid) BETWEEN 1 AND 128),
    algorithm          TEXT   NOT NULL CHECK (algorithm IN ('EdDSA')),
    public_key         BYTEA  NOT NULL,
    sealed_private_key BYTEA  NOT NULL,
    state              TEXT   NOT NULL CHECK (state IN ('current', 'retired')),
    created_at         BIGINT NOT NULL
);

CREATE UNIQUE INDEX signing_keys_current ON signing_keys (state) WHERE state = 'current';
