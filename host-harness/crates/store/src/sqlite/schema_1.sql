-- The directory on disk, first step. Every table is STRICT: a wrong type is an error and not a surprise. A later step is a
-- file of its own: this one is as it was first shipped, since files made by it are out there.

CREATE TABLE groups (
    id   TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- No comparison key is stored (rule S9): it would outlive the function that made it. It is computed where it is needed.
-- Addresses are not unique here: accounts without a link may share one (rule S2), and people may swap theirs.
CREATE TABLE accounts (
    id                   TEXT NOT NULL PRIMARY KEY,
    version              INTEGER NOT NULL CHECK (version > 0),
    employee             TEXT UNIQUE,
    email                TEXT NOT NULL CHECK (email <> ''),
    first_name           TEXT NOT NULL,
    last_name            TEXT NOT NULL,
    status               TEXT NOT NULL CHECK (status IN ('preboarding', 'active', 'absent', 'inactive')),
    gender               TEXT CHECK (gender <> ''),
    position             TEXT CHECK (position <> ''),
    department           TEXT CHECK (department <> ''),
    location             TEXT CHECK (location <> ''),
    team                 TEXT CHECK (team <> ''),
    supervisor           TEXT REFERENCES accounts (id) DEFERRABLE INITIALLY DEFERRED,
    role                 TEXT NOT NULL DEFAULT 'user',
    protected            INTEGER NOT NULL DEFAULT 0 CHECK (protected IN (0, 1)),
    created_by_connector INTEGER NOT NULL DEFAULT 0 CHECK (created_by_connector IN (0, 1)),
    invited              INTEGER NOT NULL DEFAULT 0 CHECK (invited IN (0, 1))
) STRICT, WITHOUT ROWID;

CREATE TRIGGER accounts_are_never_deleted BEFORE DELETE ON accounts
BEGIN
    SELECT RAISE(ABORT, 'an account is never deleted (rule S3)');
END;

CREATE TABLE memberships (
    account_id TEXT NOT NULL REFERENCES accounts (id),
    group_id   TEXT NOT NULL REFERENCES groups (id),
    PRIMARY KEY (account_id, group_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
    id        TEXT NOT NULL PRIMARY KEY,
    tenant    TEXT NOT NULL,
    started   TEXT NOT NULL,
    verdict   TEXT NOT NULL,
    plan_hash TEXT,
    pages     INTEGER NOT NULL,
    employees INTEGER NOT NULL,
    total     INTEGER,
    complete  INTEGER NOT NULL CHECK (complete IN (0, 1))
) STRICT, WITHOUT ROWID;

-- What was done to whom and why, without any value: a run log outlives the reason to keep a person's data.
CREATE TABLE run_actions (
    run       TEXT NOT NULL REFERENCES runs (id),
    number    INTEGER NOT NULL,
    action    TEXT NOT NULL,
    employee  TEXT NOT NULL,
    operation TEXT NOT NULL,
    reason    TEXT NOT NULL,
    outcome   TEXT NOT NULL,
    failure   TEXT,
    PRIMARY KEY (run, number)
) STRICT, WITHOUT ROWID;

-- Approvals that were used up (rule S19).
CREATE TABLE approvals (
    plan_hash TEXT NOT NULL PRIMARY KEY,
    run       TEXT NOT NULL REFERENCES runs (id)
) STRICT, WITHOUT ROWID;

-- A delivered mail keeps its ID, so that it is never queued again, and nothing else.
CREATE TABLE outbox (
    number     INTEGER PRIMARY KEY,
    message_id TEXT NOT NULL UNIQUE,
    delivered  INTEGER NOT NULL DEFAULT 0 CHECK (delivered IN (0, 1)),
    sender     TEXT NOT NULL,
    recipients TEXT NOT NULL,
    subject    TEXT NOT NULL,
    text       TEXT NOT NULL,
    html       TEXT NOT NULL,
    date       INTEGER NOT NULL
) STRICT;
