CREATE TABLE hourly_counts (
    hour  INTEGER NOT NULL,
    kind  TEXT    NOT NULL CHECK (length(kind) BETWEEN 1 AND 64),
    count INTEGER NOT NULL CHECK (count >= 0),
    PRIMARY KEY (hour, kind)
) STRICT, WITHOUT ROWID;

-- No CHECK against counts below zero: a count that is wrong must keep nobody from deleting an account.
CREATE TABLE user_counts (
    role   TEXT    NOT NULL CHECK (role IN ('user', 'moderator', 'admin')),
    status TEXT    NOT NULL CHECK (status IN ('active', 'suspended')),
    count  INTEGER NOT NULL,
    PRIMARY KEY (role, status)
) STRICT, WITHOUT ROWID;

INSERT INTO user_counts (role, status, count) SELECT role, status, count(*) FROM users GROUP BY role, status;
