-- What was signed and taken in the last minutes, as digests, so that a copy of it changes nothing.
CREATE TABLE notify_seen (
  digest TEXT PRIMARY KEY,
  at BIGINT NOT NULL
);
