-- Written by health checks to prove that a write can be committed.
CREATE TABLE probe
(
    only_one   INTEGER NOT NULL PRIMARY KEY CHECK (only_one = 1),
    -- Microseconds since 1970.
    written_at INTEGER NOT NULL
) STRICT;

INSERT INTO probe (only_one, written_at) VALUES (1, 0);
