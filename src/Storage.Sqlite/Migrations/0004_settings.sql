-- The answers to the commands that set the policy of a namespace, in JSON, beside its newest version.
ALTER TABLE policy ADD COLUMN answers TEXT;
