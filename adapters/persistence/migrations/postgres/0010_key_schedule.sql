-- Where a key stands in its life follows from the moment from which it signs.
ALTER TABLE signing_keys
    DROP CONSTRAINT signing_keys_algorithm_check,
    ADD CHECK (algorithm IN ('EdDSA', 'ES256', 'RS256')),
    DROP COLUMN state,
    ADD COLUMN active_from BIGINT;

UPDATE signing_keys SET active_from = created_at;

ALTER TABLE signing_keys ALTER COLUMN active_from SET NOT NULL;
