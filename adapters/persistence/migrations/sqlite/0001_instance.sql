-- "Xtrm": tells a database of Xtrem from every other SQLite file.
PRAGMA application_id = 1484026477;

CREATE TABLE instance (
    singleton       INTEGER NOT NULL PRIMARY KEY CHECK (singleton = 1),
    id              BLOB    NOT NULL CHECK (length(id) = 16),
    key_check       BLOB    NOT NULL CHECK (length(key_check) = 32),
    created_at      INTEGER NOT NULL,
    administered_at INTEGER
) STRICT;
