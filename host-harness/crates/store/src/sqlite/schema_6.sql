-- The directory on disk, sixth step: earlier IDs belong to the person, so they go and come with the person's link (rule S12).

-- Of an earlier ID that became foreign with its person's link: the ID that the person was linked by. Linking the account back to
-- that one makes it an earlier ID again.
ALTER TABLE foreign_employees ADD COLUMN earlier_of TEXT;

-- Accounts that were unlinked before this step, and kept earlier IDs of somebody whose account they are not.
INSERT INTO foreign_employees (account, employee, earlier_of)
    SELECT earlier.account, earlier.employee,
        (SELECT decision.earlier FROM decisions AS decision
            WHERE decision.account = earlier.account AND decision.kind = 'unlink' ORDER BY decision.number DESC LIMIT 1)
    FROM earlier_employees AS earlier JOIN accounts ON accounts.id = earlier.account
    WHERE accounts.employee IS NULL
    ON CONFLICT DO NOTHING;
DELETE FROM earlier_employees WHERE account IN (SELECT id FROM accounts WHERE employee IS NULL);
