ALTER TABLE sessions ADD COLUMN method TEXT NOT NULL DEFAULT 'password' CHECK (method IN ('password'));

-- A family from before knows no client and no predecessor, so nothing is forgiven until it has rotated once.
ALTER TABLE refresh_tokens
    ADD COLUMN predecessor BYTEA CHECK (length(predecessor) = 32),
    ADD COLUMN client      BYTEA NOT NULL
        DEFAULT '\x0000000000000000000000000000000000000000000000000000000000000000' CHECK (length(client) = 32),
    ADD COLUMN scopes      TEXT  NOT NULL DEFAULT '';
