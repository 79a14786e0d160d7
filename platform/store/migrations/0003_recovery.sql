-- What tells a restored database from one that lost nothing.

-- Which database it is, so that another's recovery journal is not taken for its own. A copy has the same.
CREATE TABLE recovery_identity (
  id TEXT PRIMARY KEY
);
-- @sqlite
INSERT INTO recovery_identity (id) VALUES (lower(hex(randomblob(16))));
-- @postgres
INSERT INTO recovery_identity (id) VALUES (replace(gen_random_uuid()::text, '-', ''));
-- @both

-- Facts of recovery journals that this database lacks, and with which a person dealt.
CREATE TABLE recovery_settled (
  fact TEXT PRIMARY KEY,
  at BIGINT NOT NULL
-- @sqlite
) WITHOUT ROWID;
-- @postgres
);
-- @both

-- What a recovery journal follows; rows that are not revoked or sent are not in there, and cost nothing.
CREATE INDEX consents_revoked ON consents (revoked_at, id) WHERE revoked_at IS NOT NULL;
CREATE INDEX draws_sent ON draws (sent_at, id) WHERE sent_at IS NOT NULL;
