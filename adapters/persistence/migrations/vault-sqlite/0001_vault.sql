-- "Xtrv": tells a vault from the main database, and from every other SQLite file.
PRAGMA application_id = 1484026486;

-- Which installation this belongs to.
CREATE TABLE vault (
    singleton   INTEGER NOT NULL PRIMARY KEY CHECK (singleton = 1),
    instance_id BLOB    NOT NULL CHECK (length(instance_id) = 16)
) STRICT;

-- Each version of a person, sealed field by field; the main database says which one counts. Written once, never changed.
CREATE TABLE people (
    user_id   BLOB NOT NULL CHECK (length(user_id) = 16),
    version   BLOB NOT NULL CHECK (length(version) = 16),
    email     BLOB NOT NULL,
    full_name BLOB NOT NULL,
    bio       BLOB NOT NULL,
    location  BLOB NOT NULL,
    website   BLOB NOT NULL,
    PRIMARY KEY (user_id, version)
) STRICT, WITHOUT ROWID;

-- Whoever something was begun with in the main database: what it does not point to afterwards, goes.
CREATE TABLE pending (
    user_id BLOB NOT NULL CHECK (length(user_id) = 16),
    version BLOB NOT NULL CHECK (length(version) = 16),
    PRIMARY KEY (user_id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE erasures (
    user_id BLOB    NOT NULL PRIMARY KEY CHECK (length(user_id) = 16),
    at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- While anything stands here, a copy is being made: no version goes, for the copy of the main database may point to it.
CREATE TABLE holds (
    id    BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
