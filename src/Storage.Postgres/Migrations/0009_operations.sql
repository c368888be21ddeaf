-- Operations over many sessions: one command for every session that a query means.

CREATE TABLE sessions.operation
(
    id         text COLLATE "C" NOT NULL PRIMARY KEY,
    namespace  text COLLATE "C" NOT NULL,
    actor      text COLLATE "C" NOT NULL,
    version    bigint           NOT NULL CHECK (version >= 1),
    started_at timestamptz      NOT NULL,
    -- When it was written last, by this server's clock: nodes judge by it whether another one still works on it.
    touched_at timestamptz      NOT NULL DEFAULT clock_timestamp(),
    -- By this server's clock too; null while somebody has to go on with it.
    ended_at   timestamptz,
    body       jsonb            NOT NULL
)
-- A row that runs is rewritten about once a second, mostly with a new batch of sessions. No index has what changes then.
WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- Lists, of a namespace and of all below it. There are few operations: those of a week.
CREATE INDEX operation_namespace ON sessions.operation (namespace, started_at, id);

-- Which may have stalled. Those that run are a handful; when they were touched is looked up in their rows.
CREATE INDEX operation_running ON sessions.operation (id) WHERE ended_at IS NULL;

-- Which are to be forgotten.
CREATE INDEX operation_ended ON sessions.operation (ended_at) WHERE ended_at IS NOT NULL;
