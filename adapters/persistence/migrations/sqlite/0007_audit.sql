-- No foreign keys: an event outlives whoever it tells of.
CREATE TABLE events (
    id         BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    kind       TEXT    NOT NULL CHECK (length(kind) BETWEEN 1 AND 64),
    actor      TEXT    NOT NULL CHECK (actor IN ('visitor', 'user', 'system')),
    actor_id   BLOB    CHECK (length(actor_id) = 16),
    subject    BLOB    CHECK (length(subject) = 16),
    at         INTEGER NOT NULL,
    address    TEXT    CHECK (length(address) BETWEEN 2 AND 45),
    request_id BLOB    CHECK (length(request_id) = 16),
    detail     TEXT    NOT NULL,
    CHECK ((actor = 'user') = (actor_id IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX events_by_subject ON events (subject, at, id);
CREATE INDEX events_by_time ON events (at, id);
