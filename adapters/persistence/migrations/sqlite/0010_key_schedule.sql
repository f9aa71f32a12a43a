-- Where a key stands in its life follows from the moment from which it signs. Made anew, because SQLite changes no CHECK.
CREATE TABLE scheduled_keys (
    kid                TEXT    NOT NULL PRIMARY KEY CHECK (length(kid) BETWEEN 1 AND 128),
    algorithm          TEXT    NOT NULL CHECK (algorithm IN ('EdDSA', 'ES256', 'RS256')),
    public_key         BLOB    NOT NULL,
    sealed_private_key BLOB    NOT NULL,
    created_at         INTEGER NOT NULL,
    active_from        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO scheduled_keys (kid, algorithm, public_key, sealed_private_key, created_at, active_from)
SELECT kid, algorithm, public_key, sealed_private_key, created_at, created_at FROM signing_keys;

DROP TABLE signing_keys;
ALTER TABLE scheduled_keys RENAME TO signing_keys;
