-- Answers to commands and to writes of data that have left the session's row within the time for which answers are kept. A session has some
-- only after many commands, or writes, in a short time. Whoever changes them has locked the session's row before.
-- Can be applied again, for the way back to the release before and forth again.

CREATE TABLE IF NOT EXISTS sessions.answer
(
    session_id text COLLATE "C" NOT NULL,
    command    uuid             NOT NULL,
    -- The version that the command made.
    version    bigint           NOT NULL CHECK (version >= 1),
    -- The hash of what the command said.
    content    bigint           NOT NULL,
    -- As numbered in SessionVerb, which never renumbers.
    verb       smallint         NOT NULL,
    PRIMARY KEY (session_id, command)
);

CREATE TABLE IF NOT EXISTS sessions.data_answer
(
    session_id text COLLATE "C" NOT NULL,
    -- Tells a write from others.
    token      uuid             NOT NULL,
    -- The data version that the write made.
    version    bigint           NOT NULL CHECK (version >= 1),
    PRIMARY KEY (session_id, token)
);

-- What is known of the answers to writes of data that are not in data_writes any more: nine numbers, see DataHistory.
ALTER TABLE sessions.session ADD COLUMN IF NOT EXISTS data_history bigint[];
