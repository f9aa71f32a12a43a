-- No foreign keys: an event outlives whoever it tells of.
CREATE TABLE events (
    id         UUID   NOT NULL PRIMARY KEY,
    kind       TEXT   NOT NULL CHECK (length(kind) BETWEEN 1 AND 64),
    actor      TEXT   NOT NULL CHECK (actor IN ('visitor', 'user', 'system')),
    actor_id   UUID,
    subject    UUID,
    at         BIGINT NOT NULL,
    address    TEXT   CHECK (length(address) BETWEEN 2 AND 45),
    request_id UUID,
    detail     TEXT   NOT NULL,
    CHECK ((actor = 'user') = (actor_id IS NOT NULL))
);

CREATE INDEX events_by_subject ON events (subject, at, id);
CREATE INDEX events_by_time ON events (at, id);
