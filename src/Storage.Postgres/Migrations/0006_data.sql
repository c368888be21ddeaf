-- Session data: a bounded space of keys and values per session.

-- What the session's data takes, how often it was changed, and how much it may take. In no index: a put rewrites the session's row
-- beside itself and touches none.
ALTER TABLE sessions.session ADD COLUMN data_bytes bigint NOT NULL DEFAULT 0;
ALTER TABLE sessions.session ADD COLUMN data_version bigint NOT NULL DEFAULT 0;
ALTER TABLE sessions.session ADD COLUMN data_limit bigint;

-- The last 16 writes and the versions that they made, so that a write whose answer was lost can be repeated.
ALTER TABLE sessions.session ADD COLUMN data_writes uuid[];
ALTER TABLE sessions.session ADD COLUMN data_writes_made bigint[];

CREATE TABLE sessions.data
(
    -- The tenant and the session's address, joined by a slash, which neither can contain: no two sessions share a space.
    space   text COLLATE "C" NOT NULL,
    key     text COLLATE "C" NOT NULL CHECK (octet_length(key) BETWEEN 1 AND 128),
    -- The session's data version that this value was put at.
    version bigint           NOT NULL,
    value   bytea            NOT NULL CHECK (octet_length(value) <= 65536),
    PRIMARY KEY (space, key)
);
