-- The keys of the installation, each sealed under the root key. A wrapping key stands under its number once more, for the
-- keys of people to refer to.
CREATE TABLE keyring (
    name       TEXT    NOT NULL CHECK (name IN ('wrapping', 'index', 'audit', 'documents', 'nobody', 'tokens')),
    id         INTEGER NOT NULL CHECK (id BETWEEN 1 AND 4294967295),
    wrapping   INTEGER CHECK ((name = 'wrapping') = (wrapping IS NOT NULL)) CHECK (wrapping = id),
    sealed     BLOB    NOT NULL CHECK (length(sealed) BETWEEN 1 AND 1024),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (name, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX keyring_wrapping ON keyring (wrapping);

-- The keys of people, and which of their versions in the vault counts.
CREATE TABLE data_keys (
    user_id       BLOB    NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    wrapping      INTEGER NOT NULL REFERENCES keyring (wrapping),
    sealed        BLOB    NOT NULL CHECK (length(sealed) BETWEEN 1 AND 1024),
    vault_version BLOB    CHECK (length(vault_version) = 16)
) STRICT, WITHOUT ROWID;

CREATE INDEX data_keys_by_wrapping ON data_keys (wrapping, user_id);

CREATE TABLE export_tickets (
    user_id    BLOB    NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    digest     BLOB    NOT NULL CHECK (length(digest) = 32),
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX export_tickets_by_end ON export_tickets (expires_at);

-- No foreign key: whoever stands here has no account any more.
CREATE TABLE erasures (
    user_id  BLOB    NOT NULL PRIMARY KEY CHECK (length(user_id) = 16),
    at       INTEGER NOT NULL,
    finished INTEGER NOT NULL CHECK (finished IN (0, 1)),
    listed   INTEGER NOT NULL CHECK (listed IN (0, 1))
) STRICT, WITHOUT ROWID;

CREATE INDEX erasures_unfinished ON erasures (at, user_id) WHERE NOT finished;
CREATE INDEX erasures_unlisted ON erasures (at, user_id) WHERE NOT listed;

-- Sealed under the key of whoever's session it is.
ALTER TABLE sessions ADD COLUMN sealed_device_name BLOB;
ALTER TABLE sessions ADD COLUMN sealed_address BLOB;

-- Whether a vault was ever taken into use: one that is empty then was lost.
ALTER TABLE instance ADD COLUMN has_vault INTEGER NOT NULL DEFAULT 0 CHECK (has_vault IN (0, 1));
