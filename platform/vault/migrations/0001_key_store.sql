-- The key store: a database of its own, never in the data's database or backup.

-- One row: the store's identity, the next number of a subject, the last tombstone.
CREATE TABLE vault_state (
  one BIGINT PRIMARY KEY CHECK (one = 1),
  store TEXT NOT NULL,
  next_number BIGINT NOT NULL,
  head BIGINT NOT NULL
);

-- Per custodian: new wraps take `epoch`; instances must hold `target`, which is
-- ahead while a rotation begins; KEKs below `retired` are destroyed.
CREATE TABLE vault_keks (
  custodian TEXT PRIMARY KEY,
  epoch BIGINT NOT NULL,
  target BIGINT NOT NULL,
  retired BIGINT NOT NULL
);

-- A subject's data keys, wrapped; NULL is destroyed. `version` grows with every
-- destruction, so that a re-wrap that read the row before cannot bring a key back.
CREATE TABLE vault_keys (
-- @sqlite
  number INTEGER PRIMARY KEY,
-- @postgres
  number BIGINT PRIMARY KEY,
-- @both
  subject TEXT NOT NULL UNIQUE,
  maker TEXT NOT NULL,
  suite BIGINT NOT NULL,
  version BIGINT NOT NULL,
  affairs_epoch BIGINT NOT NULL,
  identity_epoch BIGINT NOT NULL,
  profile {blob},
  identity {blob},
  affairs {blob},
  answers {blob},
  features {blob}
);

-- Tombstones, in the order of their commits.
CREATE TABLE vault_destroyed (
  seq BIGINT PRIMARY KEY,
  subject TEXT NOT NULL,
  category TEXT NOT NULL,
  at BIGINT NOT NULL,
  UNIQUE (subject, category)
);

-- Processes that hold keys, and the newest KEK each of them has.
CREATE TABLE vault_instances (
  id TEXT PRIMARY KEY,
  affairs_epoch BIGINT NOT NULL,
  identity_epoch BIGINT NOT NULL,
  seen_at BIGINT NOT NULL
);

-- The keys of blind indexes, wrapped.
CREATE TABLE vault_indexes (
  custodian TEXT PRIMARY KEY,
  suite BIGINT NOT NULL,
  epoch BIGINT NOT NULL,
  wrapped {blob} NOT NULL
);
