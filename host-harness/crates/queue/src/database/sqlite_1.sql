-- The jobs that are not done. Times are milliseconds since 1970.
CREATE TABLE jobs (
    -- The order in which they were offered.
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run TEXT NOT NULL UNIQUE,
    tenant TEXT NOT NULL,
    integration TEXT NOT NULL,
    -- When it may be taken: after its delay, or when its holder has been silent for too long.
    due INTEGER NOT NULL,
    -- How often it was taken.
    attempts INTEGER NOT NULL,
    -- Who has it: a number of its own for each time that it was taken.
    holder INTEGER
) STRICT;
CREATE INDEX jobs_by_due ON jobs (due, id);
