-- Which installation this belongs to.
CREATE TABLE vault (
    singleton   BIGINT NOT NULL PRIMARY KEY CHECK (singleton = 1),
    instance_id UUID   NOT NULL
);

-- Each version of a person, sealed field by field; the main database says which one counts. Written once, never changed.
CREATE TABLE people (
    user_id   UUID  NOT NULL,
    version   UUID  NOT NULL,
    email     BYTEA NOT NULL,
    full_name BYTEA NOT NULL,
    bio       BYTEA NOT NULL,
    location  BYTEA NOT NULL,
    website   BYTEA NOT NULL,
    PRIMARY KEY (user_id, version)
);

-- Whoever something was begun with in the main database: what it does not point to afterwards, goes.
CREATE TABLE pending (
    user_id UUID NOT NULL,
    version UUID NOT NULL,
    PRIMARY KEY (user_id, version)
);

CREATE TABLE erasures (
    user_id UUID   NOT NULL PRIMARY KEY,
    at      BIGINT NOT NULL
);

-- While anything stands here, a copy is being made: no version goes, for the copy of the main database may point to it.
CREATE TABLE holds (
    id    UUID   NOT NULL PRIMARY KEY,
    until BIGINT NOT NULL
);
