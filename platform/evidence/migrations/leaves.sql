-- One row per act. The body repeats act, actor and time, and the hash covers
-- the body: the columns beside it are for finding, the body is what counts.
CREATE TABLE evidence_leaves (
  id TEXT PRIMARY KEY,
  at BIGINT NOT NULL,
  origin TEXT NOT NULL,
  act TEXT NOT NULL,
  actor TEXT NOT NULL,
  body TEXT NOT NULL,
  hash {blob} NOT NULL
);
CREATE INDEX evidence_leaves_at ON evidence_leaves (at);
