CREATE TABLE notices (
    id      UUID   NOT NULL PRIMARY KEY,
    user_id UUID   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind    TEXT   NOT NULL CHECK (length(kind) BETWEEN 1 AND 64),
    at      BIGINT NOT NULL
);

CREATE INDEX notices_by_user ON notices (user_id, at, id);
