-- The directory on disk, second step: what tells it from every other, and mails that can never be delivered.

CREATE TABLE identity (
    only_row INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    id       TEXT NOT NULL CHECK (id <> '')
) STRICT;

INSERT INTO identity (only_row, id) VALUES (1, lower(hex(randomblob(16))));

-- Why the mail was set aside; NULL while there is hope, or when it is delivered.
ALTER TABLE outbox ADD COLUMN undeliverable TEXT;
