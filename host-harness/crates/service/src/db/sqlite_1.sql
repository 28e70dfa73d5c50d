-- The service's own database, first step: who may do what, what is set up, and what has run. Accounts are not in here: each
-- integration has a directory of its own. Every table is STRICT. A later step is a file of its own.

CREATE TABLE tenants (
    id      TEXT NOT NULL PRIMARY KEY,
    name    TEXT NOT NULL CHECK (name <> ''),
    created TEXT NOT NULL,
    -- Limits of this tenant as TOML, under the platform's; empty for the platform's own.
    limits  TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

-- A user without a tenant is an operator. The address is kept as a comparison key, so that one person is one user.
CREATE TABLE users (
    id       TEXT NOT NULL PRIMARY KEY,
    tenant   TEXT REFERENCES tenants (id) ON DELETE CASCADE,
    email    TEXT NOT NULL UNIQUE CHECK (email <> ''),
    password TEXT,
    language TEXT CHECK (language IN ('de', 'en')),
    created  TEXT NOT NULL,
    -- When they last signed in.
    signed_in TEXT
) STRICT, WITHOUT ROWID;

-- One-time links, sessions and API tokens: of each token only the hash.
CREATE TABLE links (
    hash    TEXT NOT NULL PRIMARY KEY,
    user    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    hash    TEXT NOT NULL PRIMARY KEY,
    user    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE tokens (
    id      TEXT NOT NULL PRIMARY KEY,
    hash    TEXT NOT NULL UNIQUE,
    user    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name    TEXT NOT NULL,
    created TEXT NOT NULL,
    used    TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE connectors (
    name     TEXT NOT NULL PRIMARY KEY,
    path     TEXT NOT NULL,
    digest   TEXT NOT NULL,
    version  TEXT NOT NULL,
    contract TEXT NOT NULL,
    -- JSON lists of origins.
    asked    TEXT NOT NULL,
    granted  TEXT NOT NULL,
    added    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE integrations (
    id          TEXT NOT NULL PRIMARY KEY,
    tenant      TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    -- JSON; no secret.
    form        TEXT NOT NULL,
    -- Grows with every change of the form.
    version     INTEGER NOT NULL DEFAULT 1,
    -- Seconds since 1970; none without a schedule.
    next_due    INTEGER,
    paused      INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
    -- Faults of the connector itself, one after another.
    faults      INTEGER NOT NULL DEFAULT 0,
    created     TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX integrations_by_tenant ON integrations (tenant);
CREATE INDEX integrations_by_due ON integrations (next_due) WHERE next_due IS NOT NULL;

CREATE TABLE secrets (
    integration TEXT NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
    key         TEXT NOT NULL,
    sealed      BLOB NOT NULL,
    set_on      TEXT NOT NULL,
    PRIMARY KEY (integration, key)
) STRICT, WITHOUT ROWID;

-- What ran. Counts and codes name nobody and stay; `detail` is personal data, sealed, and goes when its time is up.
CREATE TABLE runs (
    id          TEXT NOT NULL PRIMARY KEY,
    tenant      TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    integration TEXT NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
    kind        TEXT NOT NULL CHECK (kind IN ('sync', 'preview', 'apply')),
    -- Who or what started it: an address, or `schedule`.
    cause       TEXT NOT NULL,
    -- The due time of a scheduled run, so that one is never started twice.
    slot        INTEGER,
    -- Of an apply: the run whose plan it applies.
    plan_of     TEXT,
    state       TEXT NOT NULL CHECK (state IN ('queued', 'running', 'ended')),
    verdict     TEXT,
    plan_hash   TEXT,
    queued      TEXT NOT NULL,
    started     TEXT,
    ended       TEXT,
    pages       INTEGER NOT NULL DEFAULT 0,
    employees   INTEGER NOT NULL DEFAULT 0,
    total       INTEGER,
    actions     INTEGER NOT NULL DEFAULT 0,
    applied     INTEGER NOT NULL DEFAULT 0,
    -- JSON: counts by what became of people, and failures without anybody's values.
    counts      TEXT NOT NULL DEFAULT '{}',
    failures    TEXT NOT NULL DEFAULT '[]',
    -- What became of the plan: `approved`, `discarded`, or nothing yet.
    decided     TEXT,
    detail      BLOB
) STRICT, WITHOUT ROWID;
-- One run of an integration at a time.
CREATE UNIQUE INDEX runs_at_work ON runs (integration) WHERE state <> 'ended';
CREATE UNIQUE INDEX runs_by_slot ON runs (integration, slot) WHERE slot IS NOT NULL;
CREATE INDEX runs_by_tenant ON runs (tenant, queued);
CREATE INDEX runs_by_integration ON runs (integration, queued);

CREATE TABLE decisions (
    number      INTEGER PRIMARY KEY,
    tenant      TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    integration TEXT NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
    run         TEXT,
    decided     TEXT NOT NULL,
    by          TEXT NOT NULL,
    kind        TEXT NOT NULL,
    -- Account and employee IDs, never a name.
    about       TEXT NOT NULL DEFAULT '',
    reason      TEXT NOT NULL DEFAULT ''
) STRICT;
