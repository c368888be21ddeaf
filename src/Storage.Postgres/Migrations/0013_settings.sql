-- The answers to the commands that set the policy of a namespace, in JSON, beside its newest version.
-- Can be applied again, for the way back to the release before and forth again.
ALTER TABLE sessions.policy ADD COLUMN IF NOT EXISTS answers text;
