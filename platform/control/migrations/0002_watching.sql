-- What somebody did to the watcher: silences, acknowledgements, tests. Of a request's key its SHA-256 is kept, and of
-- the request its own, so that the same one is carried out once.
CREATE TABLE watch_acts (
  by_whom TEXT NOT NULL,
  key TEXT NOT NULL,
  act TEXT NOT NULL,
  subject TEXT NOT NULL,
  request TEXT NOT NULL,
  answer TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (by_whom, key)
);
