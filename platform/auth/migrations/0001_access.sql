-- Who may sign in. Secrets are sealed under the access key, which is in no database.
CREATE TABLE accounts (
  name TEXT PRIMARY KEY,
  role TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('active', 'disabled')),
  -- Grows when the account is disabled or reset, or changes its role or password: sessions of an earlier epoch are nobody's.
  epoch BIGINT NOT NULL CHECK (epoch > 0),
  password_sealed {blob} NOT NULL,
  totp_sealed {blob} NOT NULL,
  -- The newest period whose code was used; none of it or before counts again.
  totp_used BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  changed_at BIGINT NOT NULL
);

-- Signed in, by the hash of the token, which only its bearer has. Who signs out leaves a row that lets
-- nobody in and bears out the leaf, until the session would have ended by itself.
CREATE TABLE sessions (
  token_index {blob} PRIMARY KEY,
  account TEXT NOT NULL,
  epoch BIGINT NOT NULL,
  begun_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  ended_at BIGINT
);
CREATE INDEX sessions_account ON sessions (account);

-- Failed attempts, by a keyed hash of the name that was tried, so that a name
-- without an account costs the same; a fixed number of places.
CREATE TABLE attempts (
  place BIGINT PRIMARY KEY,
  failures BIGINT NOT NULL,
  refused_until BIGINT NOT NULL,
  period BIGINT NOT NULL,
  looks BIGINT NOT NULL
);

-- Addresses, as keyed hashes, that an account signed in from: they have their own attempts.
CREATE TABLE account_sources (
  account TEXT NOT NULL,
  source_digest {blob} NOT NULL,
  seen_at BIGINT NOT NULL,
  PRIMARY KEY (account, source_digest)
);

-- What one person proposed and others have to approve.
CREATE TABLE proposals (
  id TEXT PRIMARY KEY,
  act TEXT NOT NULL,
  -- The parameters in canonical form, and the SHA-256 of act and parameters.
  parameters TEXT NOT NULL,
  digest TEXT NOT NULL,
  proposer TEXT NOT NULL,
  needed BIGINT NOT NULL CHECK (needed > 0),
  proposed_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  executor TEXT,
  executed_at BIGINT
);

-- One verdict of each person on each proposal; seat is whose authority was used.
CREATE TABLE verdicts (
  proposal TEXT NOT NULL,
  person TEXT NOT NULL,
  seat TEXT NOT NULL,
  verdict TEXT NOT NULL CHECK (verdict IN ('approve', 'reject')),
  digest TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (proposal, person)
);

-- Who may approve in whose place, and from when until when.
CREATE TABLE deputies (
  absent TEXT NOT NULL,
  deputy TEXT NOT NULL,
  from_at BIGINT NOT NULL,
  until_at BIGINT NOT NULL,
  PRIMARY KEY (absent, deputy)
);
