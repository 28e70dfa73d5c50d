-- Directories of accounts, first step: as it was first shipped, since databases made by it are out there. A later step is a file of
-- its own; it adds, and takes nothing away that the version before needs.
--
-- Many directories share these tables. Every row has its directory, by which every query finds it, and its tenant, by which the
-- policies at the end say so once more. A foreign key costs a look for each row that is written, so there is one where it says
-- something, and what hangs on an account or a run has none to the directory. Texts that are compared are compared by their bytes, as SQLite does. Times are RFC 3339 in UTC.

CREATE TABLE directories (
    id       TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (id <> ''),
    tenant   TEXT COLLATE "C" NOT NULL CHECK (tenant <> ''),
    -- What tells it from every other: random, and no secret.
    identity TEXT NOT NULL DEFAULT replace(gen_random_uuid()::text, '-', '') CHECK (identity <> ''),
    -- So that no row can be of one tenant, in a directory of another.
    UNIQUE (id, tenant)
);
CREATE INDEX directories_of_tenant ON directories (tenant, id);

CREATE TABLE directory_groups (
    directory TEXT COLLATE "C" NOT NULL,
    tenant    TEXT COLLATE "C" NOT NULL,
    id        TEXT COLLATE "C" NOT NULL,
    name      TEXT NOT NULL,
    PRIMARY KEY (directory, id),
    FOREIGN KEY (directory, tenant) REFERENCES directories (id, tenant)
);

-- No comparison key is stored (rule S9): it would outlive the function that made it. It is computed where it is needed.
-- Addresses are not unique here: accounts without a link may share one (rule S2), and people may swap theirs.
CREATE TABLE directory_accounts (
    directory            TEXT COLLATE "C" NOT NULL,
    tenant               TEXT COLLATE "C" NOT NULL,
    id                   TEXT COLLATE "C" NOT NULL,
    version              BIGINT NOT NULL CHECK (version > 0),
    employee             TEXT COLLATE "C",
    email                TEXT NOT NULL CHECK (email <> ''),
    first_name           TEXT NOT NULL,
    last_name            TEXT NOT NULL,
    status               TEXT NOT NULL CHECK (status IN ('preboarding', 'active', 'absent', 'inactive')),
    gender               TEXT CHECK (gender <> ''),
    position             TEXT CHECK (position <> ''),
    department           TEXT CHECK (department <> ''),
    location             TEXT CHECK (location <> ''),
    team                 TEXT CHECK (team <> ''),
    supervisor           TEXT COLLATE "C",
    role                 TEXT NOT NULL DEFAULT 'user',
    protected            BOOLEAN NOT NULL DEFAULT false,
    created_by_connector BOOLEAN NOT NULL DEFAULT false,
    invited              BOOLEAN NOT NULL DEFAULT false,
    PRIMARY KEY (directory, id),
    UNIQUE (directory, employee),
    FOREIGN KEY (directory, tenant) REFERENCES directories (id, tenant),
    FOREIGN KEY (directory, supervisor) REFERENCES directory_accounts (directory, id) DEFERRABLE INITIALLY DEFERRED
-- Most of a page is filled, and an account that changes finds room beside its old self.
) WITH (fillfactor = 90);
-- For the foreign key: without it, erasing a directory would look at all of its accounts for each of them.
CREATE INDEX directory_accounts_by_supervisor ON directory_accounts (directory, supervisor) WHERE supervisor IS NOT NULL;

-- An account goes only with its whole directory, and only where that is what was asked for.
CREATE FUNCTION directory_accounts_are_never_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('connector.erasing', true) IS DISTINCT FROM OLD.directory THEN
        RAISE EXCEPTION 'an account is never deleted (rule S3)';
    END IF;
    RETURN OLD;
END
$$;
CREATE TRIGGER accounts_are_never_deleted BEFORE DELETE ON directory_accounts
    FOR EACH ROW EXECUTE FUNCTION directory_accounts_are_never_deleted();

CREATE TABLE directory_memberships (
    directory TEXT COLLATE "C" NOT NULL,
    tenant    TEXT COLLATE "C" NOT NULL,
    account   TEXT COLLATE "C" NOT NULL,
    group_id  TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (directory, account, group_id),
    FOREIGN KEY (directory, account) REFERENCES directory_accounts (directory, id),
    FOREIGN KEY (directory, group_id) REFERENCES directory_groups (directory, id)
);

-- Employees whose ID was this account's before, by a decision.
CREATE TABLE directory_earlier_employees (
    directory TEXT COLLATE "C" NOT NULL,
    tenant    TEXT COLLATE "C" NOT NULL,
    employee  TEXT COLLATE "C" NOT NULL,
    account   TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (directory, employee),
    FOREIGN KEY (directory, account) REFERENCES directory_accounts (directory, id)
);

-- Employees to whom this account is never linked by its address again, by a decision.
CREATE TABLE directory_foreign_employees (
    directory  TEXT COLLATE "C" NOT NULL,
    tenant     TEXT COLLATE "C" NOT NULL,
    account    TEXT COLLATE "C" NOT NULL,
    employee   TEXT COLLATE "C" NOT NULL,
    -- Of an earlier ID that became foreign with its person's link: the ID that the person was linked by.
    earlier_of TEXT COLLATE "C",
    PRIMARY KEY (directory, account, employee),
    FOREIGN KEY (directory, account) REFERENCES directory_accounts (directory, id)
);

-- One decision a row, oldest first; never changed. "relink": the account is now `employee`'s, and `earlier` is the same
-- person's ID of before. "unlink": the account is nobody's, and never linked to `earlier` by its address again.
CREATE TABLE directory_decisions (
    directory TEXT COLLATE "C" NOT NULL,
    tenant    TEXT COLLATE "C" NOT NULL,
    number    BIGINT GENERATED ALWAYS AS IDENTITY,
    account   TEXT COLLATE "C" NOT NULL,
    kind      TEXT NOT NULL CHECK (kind IN ('relink', 'unlink')),
    employee  TEXT COLLATE "C",
    earlier   TEXT COLLATE "C",
    reason    TEXT NOT NULL,
    decided   TEXT NOT NULL,
    PRIMARY KEY (directory, number),
    FOREIGN KEY (directory, account) REFERENCES directory_accounts (directory, id)
);

CREATE TABLE directory_runs (
    directory TEXT COLLATE "C" NOT NULL,
    tenant    TEXT COLLATE "C" NOT NULL,
    id        TEXT COLLATE "C" NOT NULL,
    -- What the run calls its tenant.
    name      TEXT NOT NULL,
    started   TEXT NOT NULL,
    verdict   TEXT NOT NULL,
    plan_hash TEXT,
    pages     BIGINT NOT NULL,
    employees BIGINT NOT NULL,
    total     BIGINT,
    complete  BOOLEAN NOT NULL,
    -- Of its actions, by outcome: counted when it is filed, so that the log is read without them.
    applied   BIGINT NOT NULL,
    stale     BIGINT NOT NULL,
    failed    BIGINT NOT NULL,
    PRIMARY KEY (directory, id),
    FOREIGN KEY (directory, tenant) REFERENCES directories (id, tenant)
);

-- What was done to whom and why, without any value: a run log outlives the reason to keep a person's data.
CREATE TABLE directory_run_actions (
    directory TEXT COLLATE "C" NOT NULL,
    tenant    TEXT COLLATE "C" NOT NULL,
    run       TEXT COLLATE "C" NOT NULL,
    number    BIGINT NOT NULL,
    action    TEXT NOT NULL,
    employee  TEXT COLLATE "C" NOT NULL,
    operation TEXT NOT NULL,
    reason    TEXT NOT NULL,
    outcome   TEXT NOT NULL,
    failure   TEXT,
    PRIMARY KEY (directory, run, number),
    FOREIGN KEY (directory, run) REFERENCES directory_runs (directory, id)
);

-- The one place of the log with values. So a field has one row, its last change: the log must not become a second copy of
-- everybody's data. A supervisor is an account before, and an employee after: that is what each side of a plan knows.
CREATE TABLE directory_last_changes (
    directory TEXT COLLATE "C" NOT NULL,
    tenant    TEXT COLLATE "C" NOT NULL,
    employee  TEXT COLLATE "C" NOT NULL,
    field     TEXT COLLATE "C" NOT NULL,
    run       TEXT COLLATE "C" NOT NULL,
    before    TEXT,
    after     TEXT,
    PRIMARY KEY (directory, employee, field),
    FOREIGN KEY (directory, tenant) REFERENCES directories (id, tenant)
);

-- Approvals that were used up (rule S19).
CREATE TABLE directory_approvals (
    directory TEXT COLLATE "C" NOT NULL,
    tenant    TEXT COLLATE "C" NOT NULL,
    plan_hash TEXT COLLATE "C" NOT NULL,
    run       TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (directory, plan_hash),
    FOREIGN KEY (directory, tenant) REFERENCES directories (id, tenant)
);

-- Saved plans that were issued (rule S19), the newest with the greatest number; older ones than the last 100 of a directory are
-- forgotten. No person is in it.
CREATE TABLE directory_issued_plans (
    directory TEXT COLLATE "C" NOT NULL,
    tenant    TEXT COLLATE "C" NOT NULL,
    number    BIGINT GENERATED ALWAYS AS IDENTITY,
    -- Over the whole saved plan.
    seal      TEXT COLLATE "C" NOT NULL,
    plan_hash TEXT NOT NULL,
    -- What the plan calls its tenant.
    name      TEXT NOT NULL,
    issued    TEXT NOT NULL,
    applied   BOOLEAN NOT NULL DEFAULT false,
    PRIMARY KEY (directory, seal),
    FOREIGN KEY (directory, tenant) REFERENCES directories (id, tenant)
);

-- The last day on which something was reported to whoever runs the platform.
CREATE TABLE directory_platform_notices (
    directory TEXT COLLATE "C" NOT NULL,
    tenant    TEXT COLLATE "C" NOT NULL,
    code      TEXT COLLATE "C" NOT NULL,
    subject   TEXT COLLATE "C" NOT NULL,
    day       TEXT NOT NULL,
    PRIMARY KEY (directory, code, subject),
    FOREIGN KEY (directory, tenant) REFERENCES directories (id, tenant)
);

-- A delivered mail keeps its ID, so that it is never queued again, and nothing else.
CREATE TABLE directory_outbox (
    directory     TEXT COLLATE "C" NOT NULL,
    tenant        TEXT COLLATE "C" NOT NULL,
    message_id    TEXT COLLATE "C" NOT NULL,
    number        BIGINT GENERATED ALWAYS AS IDENTITY,
    delivered     BOOLEAN NOT NULL DEFAULT false,
    -- Why the mail was set aside; NULL while there is hope, or when it is delivered.
    undeliverable TEXT,
    sender        TEXT NOT NULL,
    recipients    TEXT[] NOT NULL,
    subject       TEXT NOT NULL,
    text          TEXT NOT NULL,
    html          TEXT NOT NULL,
    date          BIGINT NOT NULL,
    PRIMARY KEY (directory, message_id),
    FOREIGN KEY (directory, tenant) REFERENCES directories (id, tenant)
);
-- What is not delivered yet: next to nothing of what there is.
CREATE INDEX directory_outbox_by_number ON directory_outbox (directory, number) WHERE NOT delivered;

-- Row-level security for reading and writing, for the tables' owner too: without a tenant in `connector.tenant` there are no rows at all. `*` is everybody's,
-- for the operator and the service itself.
DO $$
DECLARE
    name TEXT;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'directories', 'directory_groups', 'directory_accounts', 'directory_memberships', 'directory_earlier_employees',
        'directory_foreign_employees', 'directory_decisions', 'directory_runs', 'directory_run_actions', 'directory_last_changes',
        'directory_approvals', 'directory_issued_plans', 'directory_platform_notices', 'directory_outbox'
    ] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            -- As queries, so that the setting is read once for each statement and not for each row.
            'CREATE POLICY %I ON %I USING (tenant = (SELECT current_setting(''connector.tenant'', true))'
                ' OR (SELECT current_setting(''connector.tenant'', true)) = ''*'')',
            name || '_of_tenant', name);
    END LOOP;
END
$$;
