-- The parent of a session that has one, among what it is found by: a label that no session can be given, with no text to search in.
-- Sessions of this release bring it with them.
INSERT INTO sessions.session_label (session_id, label, requested_at, folded)
SELECT id, E'\nparent=' || (body #>> '{parent,id}'), requested_at, ''
FROM sessions.session
WHERE body #>> '{parent,id}' IS NOT NULL
ON CONFLICT (session_id, label) DO NOTHING;
