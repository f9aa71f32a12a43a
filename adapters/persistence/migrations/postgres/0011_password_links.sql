CREATE TABLE password_links (
    user_id    UUID   NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    digest     BYTEA  NOT NULL CHECK (length(digest) = 32),
    expires_at BIGINT NOT NULL
);

CREATE INDEX password_links_by_end ON password_links (expires_at);
