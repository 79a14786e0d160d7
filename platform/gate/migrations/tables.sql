-- The gate: one row per scope. An absent row refuses, as nothing says 'open'.
CREATE TABLE intake_gate (
  scope TEXT PRIMARY KEY,
  state TEXT NOT NULL CHECK (state IN ('open', 'closing', 'closed', 'reopening')),
  epoch BIGINT NOT NULL CHECK (epoch > 0),
  reason TEXT NOT NULL,
  actor TEXT NOT NULL,
  incident TEXT,
  changed_at BIGINT NOT NULL
);
INSERT INTO intake_gate (scope, state, epoch, reason, actor, incident, changed_at)
VALUES ('everything', 'open', 1, 'installed', 'installation', NULL, 0);

-- Every move and every order, in order; terminated is a JSON list of sessions, approval the
-- proposal by which several persons agreed.
CREATE TABLE intake_history (
  number BIGINT PRIMARY KEY,
  scope TEXT NOT NULL,
  state TEXT NOT NULL,
  epoch BIGINT NOT NULL,
  reason TEXT NOT NULL,
  reason_salt TEXT NOT NULL,
  actor TEXT NOT NULL,
  incident TEXT,
  terminated TEXT NOT NULL,
  approval TEXT,
  at BIGINT NOT NULL
);
