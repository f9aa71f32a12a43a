-- One rotation of a refresh token, statement by statement as the service does it; a test holds them beside those of
-- adapters/persistence. Beside them it only draws a family of the client's own, and counts.
\set n :n + 1
\set family :clients * random(0, :families / :clients - 1) + :client_id + 100000000000
\set event :clients * :n + :client_id + 100000000000
\set at 1790000000000000 + :event

SELECT s.id, s.user_id, s.channel, s.method, s.scopes, s.cookie_digest, s.created_at, s.last_used_at, u.role, u.role_until,
    u.role_after, u.status, u.suspended_until, t.generation, t.digest, t.predecessor, t.client, t.scopes AS family_scopes,
    t.issued_at
FROM sessions s JOIN users u ON u.id = s.user_id JOIN refresh_tokens t ON t.session_id = s.id
WHERE s.id = ('00000000-0000-7000-8000-' || :family)::uuid \gset
\set next :generation + 1

BEGIN ISOLATION LEVEL READ COMMITTED;

UPDATE refresh_tokens
SET generation = :next, digest = :bytes, predecessor = :digest, client = :bytes, scopes = :scopes, issued_at = :at
WHERE session_id = :id AND generation = :generation AND digest = :digest
RETURNING (SELECT s.user_id FROM sessions s WHERE s.id = :id) AS user_id,
    (SELECT k.wrapping FROM data_keys k JOIN sessions s ON k.user_id = s.user_id WHERE s.id = :id) AS wrapping,
    (SELECT k.sealed FROM data_keys k JOIN sessions s ON k.user_id = s.user_id WHERE s.id = :id) AS sealed_key,
    (SELECT k.vault_version FROM data_keys k JOIN sessions s ON k.user_id = s.user_id WHERE s.id = :id) AS vault_version;

INSERT INTO events (id, kind, actor, actor_id, subject, at, in_clear, request_id, detail, sealed_address,
    address_commitment, address_index, sealed_private, private_commitment, mark)
VALUES (('00000000-0000-7000-9000-' || :event)::uuid, :kind, :actor, NULL, :user_id, :at, FALSE, :id, :detail, :sealed,
    :bytes, :bytes, NULL, NULL, :bytes);

COMMIT;
