-- Which database this is, as the nodes that start on it last saw it: the server's own identifier, which a copy of its files keeps and a dump
-- does not have, and the database's number in it. Where they differ from the present ones the content comes from another database, of which
-- nodes may be running.
CREATE TABLE sessions.home
(
    only_one          boolean     NOT NULL PRIMARY KEY DEFAULT true CHECK (only_one),
    system_identifier bigint      NOT NULL,
    database_oid      oid         NOT NULL,
    since             timestamptz NOT NULL DEFAULT now()
);

-- Written by health checks to prove that a write can be committed. One row for all nodes.
CREATE TABLE sessions.probe
(
    only_one   boolean     NOT NULL PRIMARY KEY DEFAULT true CHECK (only_one),
    written_at timestamptz NOT NULL
)
WITH (fillfactor = 20);

INSERT INTO sessions.probe (written_at) VALUES (now());
