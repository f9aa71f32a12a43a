-- What says something of a person stands sealed, and events stand in a chain. An event of an earlier version is in clear
-- until it was moved; only then it joins the chain.
ALTER TABLE events ADD COLUMN in_clear BOOLEAN NOT NULL DEFAULT TRUE
    CHECK (in_clear OR address IS NULL);
ALTER TABLE events ADD COLUMN sealed_address BYTEA;
ALTER TABLE events ADD COLUMN address_commitment BYTEA
    CHECK (length(address_commitment) = 32)
    CHECK ((sealed_address IS NULL) = (address_commitment IS NULL));
-- What the address is found by. No part of the chain: it goes when the person goes.
ALTER TABLE events ADD COLUMN address_index BYTEA CHECK (length(address_index) = 32);
ALTER TABLE events ADD COLUMN sealed_private BYTEA;
ALTER TABLE events ADD COLUMN private_commitment BYTEA
    CHECK (length(private_commitment) = 32)
    CHECK ((sealed_private IS NULL) = (private_commitment IS NULL));
-- A keyed digest of what was written, from before it has a place: what lacks it was not written by Xtrem.
ALTER TABLE events ADD COLUMN mark BYTEA CHECK (length(mark) = 32);
ALTER TABLE events ADD COLUMN sequence BIGINT CHECK (sequence >= 1) CHECK (sequence IS NULL OR NOT in_clear);
ALTER TABLE events ADD COLUMN link BYTEA CHECK (length(link) = 32) CHECK ((sequence IS NULL) = (link IS NULL));

DROP INDEX events_by_address;
CREATE INDEX events_by_address ON events (address_index, at, id) WHERE address_index IS NOT NULL;
CREATE UNIQUE INDEX events_by_sequence ON events (sequence) WHERE sequence IS NOT NULL;
CREATE INDEX events_waiting ON events (at, id) WHERE sequence IS NULL AND NOT in_clear;
CREATE INDEX events_in_clear ON events (at, id) WHERE in_clear;
CREATE INDEX sessions_in_clear ON sessions (id) WHERE address IS NOT NULL OR device_name IS NOT NULL;

-- Where the chain ends; 0 before the first event.
CREATE TABLE audit_chain (
    singleton BIGINT NOT NULL PRIMARY KEY CHECK (singleton = 1),
    sequence  BIGINT NOT NULL CHECK (sequence >= 0),
    link      BYTEA  NOT NULL CHECK (length(link) = 32)
);

INSERT INTO audit_chain (singleton, sequence, link) VALUES (1, 0, decode(repeat('00', 32), 'hex'));

-- What stands in the place of a beginning that was removed.
CREATE TABLE audit_anchor (
    singleton BIGINT NOT NULL PRIMARY KEY CHECK (singleton = 1),
    sequence  BIGINT NOT NULL CHECK (sequence >= 1),
    link      BYTEA  NOT NULL CHECK (length(link) = 32),
    at        BIGINT NOT NULL,
    signature TEXT   NOT NULL
);

-- How many batches were moved out of the clear since the file was last written anew.
CREATE TABLE moves (
    singleton BIGINT NOT NULL PRIMARY KEY CHECK (singleton = 1),
    batches   BIGINT NOT NULL CHECK (batches >= 0)
);

INSERT INTO moves (singleton, batches) VALUES (1, 0);
