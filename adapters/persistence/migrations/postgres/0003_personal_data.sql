-- No foreign key: this table is to live in a database of its own, which knows no users.
CREATE TABLE personal_data (
    user_id   UUID NOT NULL PRIMARY KEY,
    email     TEXT NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
    full_name TEXT CHECK (length(full_name) BETWEEN 1 AND 100),
    bio       TEXT CHECK (length(bio) BETWEEN 1 AND 500),
    location  TEXT CHECK (length(location) BETWEEN 1 AND 100),
    website   TEXT CHECK (length(website) BETWEEN 1 AND 200)
);
