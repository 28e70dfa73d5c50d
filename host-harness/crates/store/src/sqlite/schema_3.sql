-- What a person has decided about an account (rule S12), and what whoever runs the platform was told of (rule S25).

-- One decision a row, oldest first; never changed. "relink": the account is now `employee`'s, and `earlier` is the same
-- person's ID of before. "unlink": the account is nobody's, and never linked to `earlier` by its address again.
CREATE TABLE decisions (
    number INTEGER PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (id),
    kind TEXT NOT NULL CHECK (kind IN ('relink', 'unlink')),
    employee TEXT,
    earlier TEXT,
    reason TEXT NOT NULL,
    decided TEXT NOT NULL
) STRICT;

-- Employees whose ID was this account's before, by a decision.
CREATE TABLE earlier_employees (
    employee TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (id)
) STRICT, WITHOUT ROWID;

-- Employees to whom this account is never linked by its address again, by a decision.
CREATE TABLE foreign_employees (
    account TEXT NOT NULL REFERENCES accounts (id),
    employee TEXT NOT NULL,
    PRIMARY KEY (account, employee)
) STRICT, WITHOUT ROWID;

-- The last day on which something was reported to whoever runs the platform.
CREATE TABLE platform_notices (
    code TEXT NOT NULL,
    subject TEXT NOT NULL,
    day TEXT NOT NULL,
    PRIMARY KEY (code, subject)
) STRICT, WITHOUT ROWID;
