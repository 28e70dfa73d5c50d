-- The jobs that are not done. Times are milliseconds since 1970, by the server's clock.
-- Rows come and go all the time: without these settings, dead ones would be swept too seldom.
CREATE TABLE jobs (
    -- The order in which they were offered.
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run TEXT NOT NULL UNIQUE,
    tenant TEXT NOT NULL,
    integration TEXT NOT NULL,
    -- When it may be taken: after its delay, or when its holder has been silent for too long.
    due BIGINT NOT NULL,
    -- How often it was taken.
    attempts BIGINT NOT NULL,
    -- Who has it: a number of its own for each time that it was taken.
    holder BIGINT
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
CREATE INDEX jobs_by_due ON jobs (due, id);
ALTER TABLE jobs ENABLE ROW LEVEL SECURITY;
ALTER TABLE jobs FORCE ROW LEVEL SECURITY;
CREATE POLICY jobs_of_tenant ON jobs
    USING (current_setting('connector.tenant', true) IN ('*', tenant))
    WITH CHECK (current_setting('connector.tenant', true) IN ('*', tenant));
