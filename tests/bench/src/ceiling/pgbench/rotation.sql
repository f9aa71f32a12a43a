-- One rotation of a refresh token, statement by statement as the service does it: see adapters/persistence,
-- `sessions` (LIVE), `refresh_tokens` (FIND, ROTATE) and `audit` (RECORD). Beside those it only draws a family of the
-- client's own and counts.
\set n :n + 1
\set family :clients * random(0, :families / :clients - 1) + :client_id + 100000000000
\set event :clients * :n + :client_id + 100000000000
\set at 1790000000000000 + :event

BEGIN ISOLATION LEVEL READ COMMITTED;

SELECT s.id, s.user_id, s.channel, s.method, s.sealed_device_name, s.sealed_address, s.scopes, s.cookie_digest,
    s.created_at, s.last_used_at, k.wrapping, k.sealed AS sealed_key, k.vault_version, u.role, u.role_until, u.role_after,
    u.status, u.suspended_until
FROM sessions s JOIN users u ON u.id = s.user_id JOIN data_keys k ON k.user_id = s.user_id
WHERE s.id = ('00000000-0000-7000-8000-' || :family)::uuid;

SELECT generation, digest, predecessor, client, scopes, issued_at FROM refresh_tokens
WHERE session_id = ('00000000-0000-7000-8000-' || :family)::uuid \gset
\set next :generation + 1

UPDATE refresh_tokens
SET generation = :next, digest = :bytes, predecessor = :digest, client = :bytes, scopes = :scopes, issued_at = :at
WHERE session_id = ('00000000-0000-7000-8000-' || :family)::uuid AND generation = :generation AND digest = :digest;

INSERT INTO events (id, kind, actor, actor_id, subject, at, in_clear, request_id, detail, sealed_address,
    address_commitment, address_index, sealed_private, private_commitment, mark)
VALUES (('00000000-0000-7000-9000-' || :event)::uuid, :kind, :actor, NULL,
    ('00000000-0000-7000-8000-' || :family)::uuid, :at, FALSE, ('00000000-0000-7000-9000-' || :event)::uuid, :detail,
    :sealed, :bytes, :bytes, NULL, NULL, :bytes);

COMMIT;
