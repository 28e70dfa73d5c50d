-- The service's own database, second step: who works on an integration, and what a worker tells of a run.

-- The right to work on an integration. `fence` grows each time somebody takes it, and is never given twice.
CREATE TABLE leases (
    integration TEXT NOT NULL PRIMARY KEY REFERENCES integrations (id) ON DELETE CASCADE,
    tenant      TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    fence       INTEGER NOT NULL,
    run         TEXT,
    worker      TEXT,
    -- Seconds since 1970; 0 when nobody has it.
    until       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- How often a run was given to a worker, and its source had it begin anew; where it is (JSON, counts only), whether it is to stop, and
-- when it may be taken again.
ALTER TABLE runs ADD COLUMN deliveries INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN postponed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN progress TEXT;
ALTER TABLE runs ADD COLUMN stop_asked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN not_before INTEGER;

-- Processes that work, as they last said.
CREATE TABLE workers (
    id      TEXT NOT NULL PRIMARY KEY,
    version TEXT NOT NULL,
    started TEXT NOT NULL,
    -- Seconds since 1970.
    seen    INTEGER NOT NULL,
    at_work INTEGER NOT NULL,
    room    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
