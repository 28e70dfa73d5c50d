-- Times, as statements for both databases write them. SQLite has the same functions from the program.

-- Now: UTC, RFC 3339.
CREATE FUNCTION now_utc() RETURNS TEXT LANGUAGE sql VOLATILE AS
    $$ SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') $$;

-- Now, in seconds since 1970.
CREATE FUNCTION now_seconds() RETURNS BIGINT LANGUAGE sql VOLATILE AS
    $$ SELECT CAST(floor(extract(epoch FROM clock_timestamp())) AS BIGINT) $$;

-- A time of RFC 3339, in milliseconds since 1970.
CREATE FUNCTION milliseconds_of(at TEXT) RETURNS BIGINT LANGUAGE sql STABLE AS
    $$ SELECT CAST(floor(extract(epoch FROM CAST(at AS TIMESTAMPTZ)) * 1000) AS BIGINT) $$;
