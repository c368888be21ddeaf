-- Answers to commands and to writes of data that have left the session's row within the time for which answers are kept. A session has some
-- only after many commands, or writes, in a short time.

CREATE TABLE answer
(
    session INTEGER NOT NULL,
    -- The 16 bytes of the command's UUID.
    command BLOB    NOT NULL CHECK (length(command) = 16),
    -- The version that the command made.
    version INTEGER NOT NULL CHECK (version >= 1),
    -- The hash of what the command said.
    content INTEGER NOT NULL,
    -- As numbered in SessionVerb, which never renumbers.
    verb    INTEGER NOT NULL,
    PRIMARY KEY (session, command)
) STRICT, WITHOUT ROWID;

CREATE TABLE data_answer
(
    session INTEGER NOT NULL,
    -- The 16 bytes that tell a write from others.
    token   BLOB    NOT NULL CHECK (length(token) = 16),
    -- The data version that the write made.
    version INTEGER NOT NULL CHECK (version >= 1),
    PRIMARY KEY (session, token)
) STRICT, WITHOUT ROWID;

-- What is known of the answers to writes of data that are not in data_writes any more: nine numbers of 8 bytes, see DataHistory.
ALTER TABLE session ADD COLUMN data_history BLOB;
