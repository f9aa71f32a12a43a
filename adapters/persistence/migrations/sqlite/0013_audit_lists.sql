-- One for each way to look through the trail, each in the order in which it is told.
CREATE INDEX events_by_subject_and_kind ON events (subject, kind, at, id) WHERE subject IS NOT NULL;
CREATE INDEX events_by_actor ON events (actor_id, at, id) WHERE actor_id IS NOT NULL;
CREATE INDEX events_by_kind ON events (kind, at, id);
CREATE INDEX events_by_address ON events (address, at, id) WHERE address IS NOT NULL;
