-- The service's own tables in PostgreSQL, first step: the same as in SQLite, and what lies in files there. Text is compared byte by
-- byte, as SQLite does. A later step is a file of its own, adds, and takes nothing away that the version before needs.

CREATE TABLE tenants (
    id      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name    TEXT COLLATE "C" NOT NULL CHECK (name <> ''),
    created TEXT COLLATE "C" NOT NULL,
    -- Limits of this tenant as TOML, under the platform's; empty for the platform's own.
    limits  TEXT COLLATE "C" NOT NULL DEFAULT ''
);

-- A user without a tenant is an operator. The address is kept as a comparison key, so that one person is one user.
CREATE TABLE users (
    id       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    tenant   TEXT COLLATE "C" REFERENCES tenants (id) ON DELETE CASCADE,
    email    TEXT COLLATE "C" NOT NULL UNIQUE CHECK (email <> ''),
    password TEXT COLLATE "C",
    language TEXT COLLATE "C" CHECK (language IN ('de', 'en')),
    created  TEXT COLLATE "C" NOT NULL,
    -- When they last signed in.
    signed_in TEXT COLLATE "C"
);

-- One-time links, sessions and API tokens: of each token only the hash.
CREATE TABLE links (
    hash    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    "user"    TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    expires BIGINT NOT NULL
);

CREATE TABLE sessions (
    hash    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    "user"    TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    expires BIGINT NOT NULL
);

CREATE TABLE tokens (
    id      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    hash    TEXT COLLATE "C" NOT NULL UNIQUE,
    "user"    TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name    TEXT COLLATE "C" NOT NULL,
    created TEXT COLLATE "C" NOT NULL,
    used    TEXT COLLATE "C"
);

CREATE TABLE connectors (
    name     TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    path     TEXT COLLATE "C" NOT NULL,
    digest   TEXT COLLATE "C" NOT NULL,
    version  TEXT COLLATE "C" NOT NULL,
    contract TEXT COLLATE "C" NOT NULL,
    -- JSON lists of origins.
    asked    TEXT COLLATE "C" NOT NULL,
    granted  TEXT COLLATE "C" NOT NULL,
    added    TEXT COLLATE "C" NOT NULL
);

CREATE TABLE integrations (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    tenant      TEXT COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    -- JSON; no secret.
    form        TEXT COLLATE "C" NOT NULL,
    -- Grows with every change of the form.
    version     BIGINT NOT NULL DEFAULT 1,
    -- Seconds since 1970; none without a schedule.
    next_due    BIGINT,
    paused      BIGINT NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
    -- Faults of the connector itself, one after another.
    faults      BIGINT NOT NULL DEFAULT 0,
    created     TEXT COLLATE "C" NOT NULL
);
CREATE INDEX integrations_by_tenant ON integrations (tenant);
CREATE INDEX integrations_by_due ON integrations (next_due) WHERE next_due IS NOT NULL;

CREATE TABLE secrets (
    integration TEXT COLLATE "C" NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
    key         TEXT COLLATE "C" NOT NULL,
    sealed      BYTEA NOT NULL,
    set_on      TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (integration, key)
);

-- What ran. Counts and codes name nobody and stay; `detail` is personal data, sealed, and goes when its time is up.
CREATE TABLE runs (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    tenant      TEXT COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    integration TEXT COLLATE "C" NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
    kind        TEXT COLLATE "C" NOT NULL CHECK (kind IN ('sync', 'preview', 'apply')),
    -- Who or what started it: an address, or `schedule`.
    cause       TEXT COLLATE "C" NOT NULL,
    -- The due time of a scheduled run, so that one is never started twice.
    slot        BIGINT,
    -- Of an apply: the run whose plan it applies.
    plan_of     TEXT COLLATE "C",
    state       TEXT COLLATE "C" NOT NULL CHECK (state IN ('queued', 'running', 'ended')),
    verdict     TEXT COLLATE "C",
    plan_hash   TEXT COLLATE "C",
    queued      TEXT COLLATE "C" NOT NULL,
    started     TEXT COLLATE "C",
    ended       TEXT COLLATE "C",
    pages       BIGINT NOT NULL DEFAULT 0,
    employees   BIGINT NOT NULL DEFAULT 0,
    total       BIGINT,
    actions     BIGINT NOT NULL DEFAULT 0,
    applied     BIGINT NOT NULL DEFAULT 0,
    -- JSON: counts by what became of people, and failures without anybody's values.
    counts      TEXT COLLATE "C" NOT NULL DEFAULT '{}',
    failures    TEXT COLLATE "C" NOT NULL DEFAULT '[]',
    -- What became of the plan: `approved`, `discarded`, or nothing yet.
    decided     TEXT COLLATE "C",
    detail      BYTEA,
    -- How often it was given to a worker, and its source had it begin anew; where it is (JSON, counts only), whether it is to stop,
    -- and when it may be taken again.
    deliveries  BIGINT NOT NULL DEFAULT 0,
    postponed   BIGINT NOT NULL DEFAULT 0,
    progress    TEXT COLLATE "C",
    stop_asked  BIGINT NOT NULL DEFAULT 0,
    not_before  BIGINT
);
-- One run of an integration at a time.
CREATE UNIQUE INDEX runs_at_work ON runs (integration) WHERE state <> 'ended';
CREATE UNIQUE INDEX runs_by_slot ON runs (integration, slot) WHERE slot IS NOT NULL;
CREATE INDEX runs_by_tenant ON runs (tenant, queued);
CREATE INDEX runs_by_integration ON runs (integration, queued);

CREATE TABLE decisions (
    number      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant      TEXT COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    integration TEXT COLLATE "C" NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
    run         TEXT COLLATE "C",
    decided     TEXT COLLATE "C" NOT NULL,
    by          TEXT COLLATE "C" NOT NULL,
    kind        TEXT COLLATE "C" NOT NULL,
    -- Account and employee IDs, never a name.
    about       TEXT COLLATE "C" NOT NULL DEFAULT '',
    reason      TEXT COLLATE "C" NOT NULL DEFAULT ''
);

-- The right to work on an integration. `fence` grows each time somebody takes it, and is never given twice.
CREATE TABLE leases (
    integration TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES integrations (id) ON DELETE CASCADE,
    tenant      TEXT COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    fence       BIGINT NOT NULL,
    run         TEXT COLLATE "C",
    worker      TEXT COLLATE "C",
    -- Seconds since 1970; 0 when nobody has it.
    until       BIGINT NOT NULL
);

-- Processes that work, as they last said.
CREATE TABLE workers (
    id      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    version TEXT COLLATE "C" NOT NULL,
    started TEXT COLLATE "C" NOT NULL,
    -- Seconds since 1970.
    seen    BIGINT NOT NULL,
    at_work BIGINT NOT NULL,
    room    BIGINT NOT NULL
);

-- What lies in files where one process has a data folder: connectors, what a tenant's accounts begin with, the audit log.
CREATE TABLE components (
    digest TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    bytes  BYTEA NOT NULL
);

CREATE TABLE first_accounts (
    tenant   TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES tenants (id) ON DELETE CASCADE,
    accounts TEXT NOT NULL
);

-- One entry a row, each with the hash of the one before. Entries stay when a tenant is erased.
CREATE TABLE audit (
    number  BIGINT NOT NULL PRIMARY KEY,
    at      TEXT COLLATE "C" NOT NULL,
    who     TEXT COLLATE "C" NOT NULL,
    tenant  TEXT COLLATE "C",
    action  TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    before  TEXT COLLATE "C" NOT NULL,
    hash    TEXT COLLATE "C" NOT NULL
);

CREATE FUNCTION audit_is_added_to() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an entry of the audit log is never changed';
END $$;
CREATE TRIGGER audit_is_added_to BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_is_added_to();

-- Row-level security, for the tables' owner too: a transaction sees the rows of the tenant it was opened for, or everybody's (`*`).
-- What has no column of its own for the tenant goes by the row that it belongs to, which is seen by the same rule.
DO $$
DECLARE
    owned TEXT;
BEGIN
    FOREACH owned IN ARRAY ARRAY['users', 'integrations', 'runs', 'decisions', 'leases', 'first_accounts', 'audit'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', owned);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', owned);
        EXECUTE format(
            'CREATE POLICY of_the_tenant ON %I USING (current_setting(''connector.tenant'', true) IN (''*'', tenant))', owned);
    END LOOP;
    FOREACH owned IN ARRAY ARRAY['links', 'sessions', 'tokens'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', owned);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', owned);
        EXECUTE format(
            'CREATE POLICY of_the_tenant ON %1$I USING (EXISTS (SELECT 1 FROM users WHERE users.id = %1$I."user"))', owned);
    END LOOP;
END $$;
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY of_the_tenant ON tenants USING (current_setting('connector.tenant', true) IN ('*', id));
ALTER TABLE secrets ENABLE ROW LEVEL SECURITY;
ALTER TABLE secrets FORCE ROW LEVEL SECURITY;
CREATE POLICY of_the_tenant ON secrets
    USING (EXISTS (SELECT 1 FROM integrations WHERE integrations.id = secrets.integration));
