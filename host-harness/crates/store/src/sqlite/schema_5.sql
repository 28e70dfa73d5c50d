-- The directory on disk, fifth step: which saved plans it issued, so that it applies no other, and none twice (rule S19).

-- One plan a row, the newest with the greatest number; older ones than the last 100 are forgotten. No person is in it.
CREATE TABLE issued_plans (
    number INTEGER PRIMARY KEY,
    -- Over the whole saved plan.
    seal TEXT NOT NULL UNIQUE,
    plan_hash TEXT NOT NULL,
    tenant TEXT NOT NULL,
    -- UTC, RFC 3339.
    issued TEXT NOT NULL,
    applied INTEGER NOT NULL DEFAULT 0 CHECK (applied IN (0, 1))
) STRICT;
