-- What is due, by namespace: a sweep gives each of them its share, so that a million sessions which end in one do not keep another's
-- single one waiting. It finds the namespaces by stepping from one to the next.
DROP INDEX sessions.session_due;

CREATE INDEX session_due ON sessions.session (namespace, due_at) WHERE due_at IS NOT NULL;

-- Sessions that have ended are due when they have been kept for long enough. When that is the nodes know: the sweep looks at each of
-- these once and puts it right.
UPDATE sessions.session SET due_at = changed_at WHERE due_at IS NULL AND status IN (8, 9, 10);

-- What nobody asks the database for is in the bodies.
ALTER TABLE sessions.session DROP COLUMN created_at, DROP COLUMN changed_at;
