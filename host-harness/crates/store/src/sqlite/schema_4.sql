-- When which field of whom was last changed, by which run and from what to what: for whoever asks why an account is as it is.

-- The one place of the log with values. So a field has one row, its last change: the log must not become a second copy of
-- everybody's data. A supervisor is an account before, and an employee after: that is what each side of a plan knows.
CREATE TABLE last_changes (
    employee TEXT NOT NULL,
    field    TEXT NOT NULL,
    run      TEXT NOT NULL REFERENCES runs (id),
    before   TEXT,
    after    TEXT,
    PRIMARY KEY (employee, field)
) STRICT, WITHOUT ROWID;
