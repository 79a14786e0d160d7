-- Exits of customers: which plan was carried out on whose approval, and a line for each row that left.
CREATE TABLE exits (
  id TEXT PRIMARY KEY,
  -- 'firm' or 'product'.
  scope TEXT NOT NULL CHECK (scope IN ('firm', 'product')),
  -- SHA-256 of the plan in its one form (JCS), in lower-case hexadecimal.
  plan_digest TEXT NOT NULL,
  -- The proposal that approved it: each carries one exit.
  proposal TEXT NOT NULL UNIQUE,
  rules_digest TEXT NOT NULL,
  rehearsal BIGINT NOT NULL CHECK (rehearsal IN (0, 1)),
  started_at BIGINT NOT NULL,
  finished_at BIGINT
);

CREATE TABLE exit_rows (
  exit_id TEXT NOT NULL REFERENCES exits (id),
  table_name TEXT NOT NULL,
  -- SHA-256 over the table's name, a zero byte and the primary key, its parts joined by '/', in hexadecimal.
  row_digest TEXT NOT NULL,
  fate TEXT NOT NULL CHECK (fate IN ('deleted', 'archived')),
  PRIMARY KEY (table_name, row_digest)
-- @sqlite
) WITHOUT ROWID;
-- @postgres
);
-- @both
