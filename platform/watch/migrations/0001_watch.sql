-- What the rules' engine knows, as it writes it itself; one row.
CREATE TABLE watch_state (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL,
  saved_at BIGINT NOT NULL
);
