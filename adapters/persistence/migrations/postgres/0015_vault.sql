-- The keys of the installation, each sealed under the root key. A wrapping key stands under its number once more, for the
-- keys of people to refer to.
CREATE TABLE keyring (
    name       TEXT   NOT NULL CHECK (name IN ('wrapping', 'index', 'audit', 'documents', 'nobody', 'tokens')),
    id         BIGINT NOT NULL CHECK (id BETWEEN 1 AND 4294967295),
    wrapping   BIGINT CHECK ((name = 'wrapping') = (wrapping IS NOT NULL)) CHECK (wrapping = id),
    sealed     BYTEA  NOT NULL CHECK (length(sealed) BETWEEN 1 AND 1024),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (name, id)
);

CREATE UNIQUE INDEX keyring_wrapping ON keyring (wrapping);

-- The keys of people, and which of their versions in the vault counts.
CREATE TABLE data_keys (
    user_id       UUID   NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    wrapping      BIGINT NOT NULL REFERENCES keyring (wrapping),
    sealed        BYTEA  NOT NULL CHECK (length(sealed) BETWEEN 1 AND 1024),
    vault_version UUID
);

CREATE INDEX data_keys_by_wrapping ON data_keys (wrapping, user_id);

CREATE TABLE export_tickets (
    user_id    UUID   NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    digest     BYTEA  NOT NULL CHECK (length(digest) = 32),
    expires_at BIGINT NOT NULL
);

CREATE INDEX export_tickets_by_end ON export_tickets (expires_at);

-- No foreign key: whoever stands here has no account any more.
CREATE TABLE erasures (
    user_id  UUID    NOT NULL PRIMARY KEY,
    at       BIGINT  NOT NULL,
    finished BOOLEAN NOT NULL,
    listed   BOOLEAN NOT NULL
);

CREATE INDEX erasures_unfinished ON erasures (at, user_id) WHERE NOT finished;
CREATE INDEX erasures_unlisted ON erasures (at, user_id) WHERE NOT listed;

-- Sealed under the key of whoever's session it is.
ALTER TABLE sessions ADD COLUMN sealed_device_name BYTEA;
ALTER TABLE sessions ADD COLUMN sealed_address BYTEA;

-- Whether a vault was ever taken into use: one that is empty then was lost.
ALTER TABLE instance ADD COLUMN has_vault BOOLEAN NOT NULL DEFAULT FALSE;
