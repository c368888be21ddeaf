-- The log as one sequence. An event's place is (xid, cursor): the transaction that wrote it, and its place among that one's events.
-- Whoever reads up to the oldest transaction that may still be running has read all that will ever stand before it; by the cursor
-- alone, which is drawn before the commit, a reader could pass an event that becomes visible later. Of one session the order is that
-- of its sequences: a save is sent after the one before it was committed, and its statement takes its transaction id after that.
DROP INDEX sessions.session_event_cursor;

CREATE UNIQUE INDEX session_event_place ON sessions.session_event (xid, cursor);
