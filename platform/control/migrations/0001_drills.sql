-- Drills as the tools that run them told of them, before and after. No column takes free
-- text: names are short words of a fixed alphabet, and of a request's key its SHA-256 is kept.
CREATE TABLE drills (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  parameters TEXT NOT NULL,
  begun_at BIGINT NOT NULL,
  begun_by TEXT NOT NULL,
  begin_key TEXT NOT NULL,
  ended_at BIGINT,
  ended_by TEXT,
  end_key TEXT,
  outcome TEXT,
  laws TEXT,
  report_sha256 TEXT
);
-- The same request by the same caller is the same drill.
CREATE UNIQUE INDEX drills_begin_key ON drills (begun_by, begin_key);

-- Faults, announced before they are injected.
CREATE TABLE drill_faults (
  id TEXT PRIMARY KEY,
  drill TEXT NOT NULL,
  fault TEXT NOT NULL,
  target TEXT NOT NULL,
  announced_at BIGINT NOT NULL,
  announced_by TEXT NOT NULL,
  announce_key TEXT NOT NULL
);
CREATE UNIQUE INDEX drill_faults_announce_key ON drill_faults (drill, announced_by, announce_key);
