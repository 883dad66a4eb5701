"""The tables of a copy on the disk: one program's rooms, outbox, accounts and cursors. SQL.

`change`: which entries of a copy change which message (`target`), so that how it is now can be read at once;
`gone`: they delete it. The bodies of messages stay as they came.
"""

TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE room (name TEXT PRIMARY KEY, wanted INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE account (place INTEGER PRIMARY KEY, account TEXT NOT NULL UNIQUE, token TEXT NOT NULL);
CREATE TABLE copy (id INTEGER PRIMARY KEY, room TEXT NOT NULL, epoch TEXT NOT NULL, handled INTEGER,
                   UNIQUE (room, epoch));
CREATE TABLE current (room TEXT PRIMARY KEY, copy INTEGER NOT NULL REFERENCES copy) WITHOUT ROWID;
CREATE TABLE span (copy INTEGER NOT NULL REFERENCES copy, first INTEGER NOT NULL, last INTEGER NOT NULL,
                   PRIMARY KEY (copy, first)) WITHOUT ROWID;
CREATE TABLE event (copy INTEGER NOT NULL REFERENCES copy, seq INTEGER NOT NULL, body BLOB NOT NULL,
                    PRIMARY KEY (copy, seq)) WITHOUT ROWID;
CREATE TABLE outbox (place INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, room TEXT NOT NULL,
                     text TEXT NOT NULL, reply_to INTEGER, at INTEGER NOT NULL,
                     code TEXT, reason TEXT NOT NULL, thread INTEGER);
"""

CHANGE = """
CREATE TABLE change (copy INTEGER NOT NULL REFERENCES copy, target INTEGER NOT NULL, seq INTEGER NOT NULL,
                     gone INTEGER NOT NULL, PRIMARY KEY (copy, target, seq)) WITHOUT ROWID;
"""
