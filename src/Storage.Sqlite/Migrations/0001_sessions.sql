-- The whole store of one node. The body of a session is the whole truth, in JSON; the other columns repeat what is compared, ordered or
-- counted. Rows refer to a session by its row number, which is short, and not by its id. Instants in columns are microseconds since 1970
-- where nothing else is said.

CREATE TABLE migration
(
    version    INTEGER PRIMARY KEY,
    name       TEXT    NOT NULL,
    checksum   TEXT    NOT NULL,
    applied_at INTEGER NOT NULL
) STRICT;

-- Namespaces that have had a session. Few, and named in every session and event.
CREATE TABLE namespace
(
    n    INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE session
(
    n                INTEGER PRIMARY KEY,
    -- The 16 bytes of the id, which order like its text.
    id               BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    namespace        INTEGER NOT NULL,
    creator          TEXT    NOT NULL,
    template         TEXT,
    template_version INTEGER,
    -- As numbered in SessionStatus, which never renumbers.
    status           INTEGER NOT NULL,
    -- 1 until the session has ended, then null. Apart from the status, so that a change of state writes the index of those that are open
    -- only when it ends the session.
    is_open          INTEGER,
    version          INTEGER NOT NULL CHECK (version >= 1),
    -- The newest event and the newest logged execution. A save must follow upon both.
    sequence         INTEGER NOT NULL,
    execution        INTEGER NOT NULL,
    requested_at     INTEGER NOT NULL,
    -- When it ended, or, while it has not, when its duration is over.
    ends_at          INTEGER,
    -- When a sweep has to look at it.
    due_at           INTEGER,
    -- The epoch of the activation that may grant executions; null while none may.
    epoch            INTEGER,
    -- What the session's data takes, how often it was changed, and how much it may take; null for the default.
    data_bytes       INTEGER NOT NULL DEFAULT 0,
    data_version     INTEGER NOT NULL DEFAULT 0,
    data_limit       INTEGER,
    -- The last writes of data: 16 bytes that tell a write from others, and 8 for the version that it made, oldest first.
    data_writes      BLOB,
    body             BLOB    NOT NULL
) STRICT;

-- Where a list begins: everything, a namespace, a creator, a template.
CREATE INDEX session_requested ON session (requested_at);
CREATE INDEX session_namespace ON session (namespace, requested_at);
CREATE INDEX session_creator ON session (creator, requested_at);
CREATE INDEX session_template ON session (template, requested_at) WHERE template IS NOT NULL;

-- What ends when; and what has not ended in a namespace, live sessions among it.
CREATE INDEX session_ends ON session (ends_at) WHERE ends_at IS NOT NULL;
CREATE INDEX session_open ON session (namespace, ends_at) WHERE is_open = 1;

-- What is due, by namespace: a sweep gives each of them its share.
CREATE INDEX session_due ON session (namespace, due_at) WHERE due_at IS NOT NULL;

-- Labels never change.
CREATE TABLE label
(
    session      INTEGER NOT NULL,
    -- key=value; keys have no equals sign.
    label        TEXT    NOT NULL,
    requested_at INTEGER NOT NULL,
    -- Key and value in upper case, with a line end between: what text is looked for in.
    folded       TEXT    NOT NULL,
    PRIMARY KEY (session, label)
) STRICT, WITHOUT ROWID;

CREATE INDEX label_requested ON label (label, requested_at);

-- The log. One writer commits in the order of the positions, so nothing ever appears before a position that was read; AUTOINCREMENT
-- never gives a position out again, also when the newest events are deleted.
CREATE TABLE event
(
    position   INTEGER PRIMARY KEY AUTOINCREMENT,
    session    INTEGER NOT NULL,
    sequence   INTEGER NOT NULL CHECK (sequence >= 1),
    namespace  INTEGER NOT NULL,
    -- As numbered in SessionEventType, which never renumbers.
    type       INTEGER NOT NULL,
    -- In units of 100 ns since 1970, like expires_at.
    at         INTEGER NOT NULL,
    version    INTEGER NOT NULL,
    status     INTEGER NOT NULL,
    expires_at INTEGER,
    -- Null for the session's creator.
    actor      TEXT,
    reason     TEXT,
    -- The 16 bytes of the command's UUID.
    command    BLOB,
    -- In JSON, what few events have.
    rest       BLOB
) STRICT;

CREATE UNIQUE INDEX event_session ON event (session, sequence);
CREATE INDEX event_namespace ON event (namespace);

CREATE TABLE execution
(
    session    INTEGER NOT NULL,
    sequence   INTEGER NOT NULL CHECK (sequence >= 1),
    function   TEXT    NOT NULL,
    started_at INTEGER NOT NULL,
    -- In units of 100 ns.
    duration   INTEGER NOT NULL,
    -- As numbered in ExecutionOutcome, which never renumbers.
    outcome    INTEGER NOT NULL,
    depth      INTEGER NOT NULL,
    PRIMARY KEY (session, sequence)
) STRICT, WITHOUT ROWID;

-- The data of sessions.
CREATE TABLE data
(
    n       INTEGER PRIMARY KEY,
    session INTEGER NOT NULL,
    key     TEXT    NOT NULL,
    -- The session's data version that this value was put at.
    version INTEGER NOT NULL,
    value   BLOB    NOT NULL CHECK (length(value) <= 65536),
    UNIQUE (session, key)
) STRICT;

-- Every version of every policy; the newest one of a namespace holds. The revision orders the changes of all namespaces.
CREATE TABLE policy
(
    revision  INTEGER PRIMARY KEY,
    namespace TEXT    NOT NULL,
    version   INTEGER NOT NULL CHECK (version >= 1),
    set_at    INTEGER NOT NULL,
    set_by    TEXT    NOT NULL,
    reason    TEXT,
    body      BLOB    NOT NULL,
    UNIQUE (namespace, version)
) STRICT;

-- How many sessions are live in a namespace and all below it, for those namespaces that have a maximum. Changed in the transaction that
-- makes a session live or ends it.
CREATE TABLE live_limit
(
    namespace TEXT    NOT NULL PRIMARY KEY,
    maximum   INTEGER NOT NULL CHECK (maximum >= 0),
    live      INTEGER NOT NULL CHECK (live >= 0)
) STRICT, WITHOUT ROWID;

-- Operations over many sessions.
CREATE TABLE operation
(
    n          INTEGER PRIMARY KEY,
    id         TEXT    NOT NULL UNIQUE,
    namespace  TEXT    NOT NULL,
    actor      TEXT    NOT NULL,
    version    INTEGER NOT NULL CHECK (version >= 1),
    started_at INTEGER NOT NULL,
    -- When it was written last, and when it ended: by the clock of the machine, not that of the sessions.
    touched_at INTEGER NOT NULL,
    ended_at   INTEGER,
    body       BLOB    NOT NULL
) STRICT;

CREATE INDEX operation_namespace ON operation (namespace, started_at, id);
CREATE INDEX operation_running ON operation (id) WHERE ended_at IS NULL;
CREATE INDEX operation_ended ON operation (ended_at) WHERE ended_at IS NOT NULL;

-- What Orleans keeps for grains that are not sessions: templates and subscriptions.
CREATE TABLE grain_state
(
    n       INTEGER PRIMARY KEY,
    service TEXT    NOT NULL,
    state   TEXT    NOT NULL,
    grain   TEXT    NOT NULL,
    -- The etag. Counts on when the state is cleared, so that an old one never becomes valid again.
    version INTEGER NOT NULL CHECK (version >= 1),
    -- Null after a clear.
    payload BLOB,
    UNIQUE (grain, state, service)
) STRICT;
