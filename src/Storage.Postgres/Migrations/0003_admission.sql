-- Admission: who may grant executions of a session, and the log of those that have run.

-- The epoch of the activation that may grant, repeated from the body; null while none may. Activations look at it all the time,
-- and it changes together with what is used, so it is in no index: such a change touches none.
ALTER TABLE sessions.session ADD COLUMN epoch bigint;

CREATE TABLE sessions.execution
(
    session_id text COLLATE "C" NOT NULL,
    sequence   bigint           NOT NULL CHECK (sequence >= 1),
    function   text COLLATE "C" NOT NULL,
    started_at timestamptz      NOT NULL,
    -- In units of 100 ns.
    duration   bigint           NOT NULL,
    -- As numbered in ExecutionOutcome, which never renumbers.
    outcome    smallint         NOT NULL,
    depth      integer          NOT NULL,
    PRIMARY KEY (session_id, sequence)
)
-- A session that keeps its newest executions drops one for each that it adds.
WITH (autovacuum_vacuum_scale_factor = 0.05);
