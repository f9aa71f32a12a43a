CREATE TABLE hourly_counts (
    hour  BIGINT NOT NULL,
    kind  TEXT   NOT NULL CHECK (length(kind) BETWEEN 1 AND 64),
    count BIGINT NOT NULL CHECK (count >= 0),
    PRIMARY KEY (hour, kind)
);

-- No CHECK against counts below zero: a count that is wrong must keep nobody from deleting an account.
-- Rewritten at every sign-up: room on its page for the versions that are not swept yet.
CREATE TABLE user_counts (
    role   TEXT   NOT NULL CHECK (role IN ('user', 'moderator', 'admin')),
    status TEXT   NOT NULL CHECK (status IN ('active', 'suspended')),
    count  BIGINT NOT NULL,
    PRIMARY KEY (role, status)
) WITH (fillfactor = 20);

INSERT INTO user_counts (role, status, count) SELECT role, status, count(*) FROM users GROUP BY role, status;
