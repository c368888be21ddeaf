-- Sessions and their log. The body of a row is the whole truth, in JSON; the other columns repeat what the database itself
-- has to compare, order or count. Instants are cut to microseconds in columns and kept exactly in bodies.

CREATE TABLE sessions.session
(
    id           text COLLATE "C" NOT NULL PRIMARY KEY,
    namespace    text COLLATE "C" NOT NULL,
    creator      text COLLATE "C" NOT NULL,
    -- As numbered in SessionStatus, which never renumbers.
    status       smallint         NOT NULL,
    version      bigint           NOT NULL CHECK (version >= 1),
    template     text COLLATE "C",
    requested_at timestamptz      NOT NULL,
    created_at   timestamptz,
    expires_at   timestamptz,
    due_at       timestamptz,
    changed_at   timestamptz      NOT NULL,
    body         jsonb            NOT NULL
)
-- A session's row is rewritten on every change. The room left on each page takes the new version beside the old one, so that
-- a change which moves no indexed value touches no index.
WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);

CREATE INDEX session_due ON sessions.session (due_at, id) WHERE due_at IS NOT NULL;

CREATE INDEX session_namespace_status ON sessions.session (namespace, status);

-- A save at a later version replaces a row. It finds the row first and then upserts; were the row deleted in between, the
-- upsert would bring it back to life. This undoes such a save, as the serialization failure that it is: repeated, it finds no
-- row. It costs nothing as long as it does not fire.
CREATE FUNCTION sessions.refuse_revival() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
    RAISE EXCEPTION 'session % at version % has no row to replace', NEW.id, NEW.version USING ERRCODE = 'serialization_failure';
END
$$;

CREATE TRIGGER session_refuse_revival
    AFTER INSERT ON sessions.session
    FOR EACH ROW WHEN (NEW.version > 1)
    EXECUTE FUNCTION sessions.refuse_revival();

CREATE TABLE sessions.session_event
(
    -- Orders events of all sessions. It is drawn before the commit: a reader that goes by it must stop at the first event
    -- whose transaction (xid) may still be running, or it would skip events that become visible later.
    cursor     bigint GENERATED ALWAYS AS IDENTITY,
    session_id text COLLATE "C" NOT NULL,
    sequence   bigint           NOT NULL CHECK (sequence >= 1),
    xid        xid8             NOT NULL DEFAULT pg_current_xact_id(),
    namespace  text COLLATE "C" NOT NULL,
    type       text COLLATE "C" NOT NULL,
    at         timestamptz      NOT NULL,
    actor      text COLLATE "C" NOT NULL,
    reason     text COLLATE "C",
    body       jsonb            NOT NULL,
    PRIMARY KEY (session_id, sequence)
);

CREATE UNIQUE INDEX session_event_cursor ON sessions.session_event (cursor);
