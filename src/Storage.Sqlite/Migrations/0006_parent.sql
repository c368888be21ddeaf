-- The parent of a session that has one, among what it is found by: a label that no session can be given, with no text to search in.
-- Sessions of this release bring it with them.
INSERT OR IGNORE INTO label (session, label, requested_at, folded)
SELECT n, char(10) || 'parent=' || json_extract(body, '$.parent.id'), requested_at, ''
FROM session
WHERE json_extract(body, '$.parent.id') IS NOT NULL;
