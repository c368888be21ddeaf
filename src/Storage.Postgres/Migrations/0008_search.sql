-- Lists and counts of sessions. A page walks one index in the order of the list and looks at a bounded number of rows; so there is an
-- index for each way to begin: everything, a namespace, a creator, a template, a label. They are over columns that never change, so that
-- pausing, resuming and using a session touch none of them; and without the id, which an entry would be half as large again with: what
-- has the same instant is sorted when it is read.

-- When a session ended, or, while it has not, when its duration is over. It changes together with due_at.
ALTER TABLE sessions.session RENAME COLUMN expires_at TO ends_at;

-- Those that have ended before this repeat the end they were planned to have; their bodies know better.
UPDATE sessions.session SET ends_at = (body ->> 'endedAt')::timestamptz WHERE status >= 8;

-- Lists of everything, and of what no other index leads to. Written at its right end only.
CREATE INDEX session_requested ON sessions.session (requested_at);

-- Lists of a namespace, and by its distinct values which namespaces there are below one.
CREATE INDEX session_namespace_requested ON sessions.session (namespace, requested_at);

CREATE INDEX session_creator ON sessions.session (creator, requested_at);

-- A template in any of its versions; most sessions are made from none.
CREATE INDEX session_template ON sessions.session (split_part(template, '@', 1), requested_at) WHERE template IS NOT NULL;

-- What ends when.
CREATE INDEX session_ends ON sessions.session (ends_at) WHERE ends_at IS NOT NULL;

-- Whether it has not ended. On a condition of the state itself an index would have to be written with every change of state, and all others
-- with it: what conditions name counts as indexed.
ALTER TABLE sessions.session ADD COLUMN is_open boolean NOT NULL GENERATED ALWAYS AS (status < 8) STORED;

-- Sessions that have not ended: what ends next in a namespace, and who is live there. An end, which is final, takes a row out of it;
-- until then nothing moves it but a change of the end.
CREATE INDEX session_open ON sessions.session (namespace, ends_at) WHERE is_open;

DROP INDEX sessions.session_namespace_status;

-- The labels of the sessions that have some. They never change.
CREATE TABLE sessions.session_label
(
    session_id   text COLLATE "C" NOT NULL,
    -- key=value; keys have no equals sign.
    label        text COLLATE "C" NOT NULL,
    requested_at timestamptz      NOT NULL,
    -- Key and value, folded by whoever wrote it, with a line end between: what text is looked for in.
    folded       text COLLATE "C" NOT NULL,
    PRIMARY KEY (session_id, label)
);

CREATE INDEX session_label_requested ON sessions.session_label (label, requested_at);

-- Whoever deletes sessions need not know about their labels. Once for a statement, whatever it deletes.
CREATE FUNCTION sessions.drop_labels() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
    DELETE FROM sessions.session_label WHERE session_id IN (SELECT id FROM gone);
    RETURN NULL;
END
$$;

CREATE TRIGGER session_drop_labels
    AFTER DELETE ON sessions.session
    REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT
    EXECUTE FUNCTION sessions.drop_labels();

-- Labels of sessions that there are already. Folding is the program's, but this way of it agrees for the letters that databases agree on.
INSERT INTO sessions.session_label (session_id, label, requested_at, folded)
SELECT id, one.key || '=' || one.value, requested_at, upper(one.key) || E'\n' || upper(one.value)
FROM sessions.session CROSS JOIN LATERAL json_each_text(body #> '{configuration,labels}') AS one
WHERE body #> '{configuration,labels}' IS NOT NULL;
