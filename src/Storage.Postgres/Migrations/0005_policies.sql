-- Isolation policies: what holds in a namespace and all below it.

-- Every version that was ever set; the newest one of a namespace holds. The revision orders the changes of all namespaces. It is
-- drawn under a lock that is held until the commit, so that whoever has read a revision has read all before it.
CREATE TABLE sessions.policy
(
    namespace text COLLATE "C" NOT NULL,
    version   bigint           NOT NULL CHECK (version >= 1),
    revision  bigint           NOT NULL UNIQUE,
    set_at    timestamptz      NOT NULL,
    set_by    text COLLATE "C" NOT NULL,
    reason    text COLLATE "C",
    body      jsonb            NOT NULL,
    PRIMARY KEY (namespace, version)
);

-- How many sessions are live (Activating, Active or Paused) in a namespace and all below it, for those namespaces that have a
-- maximum. Changed by the statement that makes a session live or ends it, and by nothing else once it is counted.
CREATE TABLE sessions.live_limit
(
    namespace text COLLATE "C" NOT NULL PRIMARY KEY,
    maximum   bigint           NOT NULL CHECK (maximum >= 0),
    live      bigint           NOT NULL CHECK (live >= 0)
)
-- A few rows that are rewritten all the time.
WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200);
