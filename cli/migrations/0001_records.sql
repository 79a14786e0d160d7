-- What the control plane is told of runs, beside their journals: what is missing here is owed, and told later. Times are
-- microseconds since 1970.
CREATE TABLE runbook_records (
  run TEXT PRIMARY KEY,
  -- What is told of its beginning, as JSON.
  begin TEXT NOT NULL,
  drawn_at BIGINT NOT NULL,
  -- When its beginning, and its end, were on record there.
  begin_at BIGINT,
  end_at BIGINT
);
