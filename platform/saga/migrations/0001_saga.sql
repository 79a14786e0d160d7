-- Sagas and their journals. Times are microseconds since 1970; JSON is text. No column holds a secret: outputs and
-- reasons are masked before they are written, and the context is what whoever began it wrote down for a resumption.

CREATE TABLE saga_sagas (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  plan TEXT NOT NULL,
  context TEXT NOT NULL,
  begun_by TEXT NOT NULL,
  begun_at BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  standing TEXT NOT NULL,
  holder TEXT,
  lease_until BIGINT NOT NULL,
  fence BIGINT NOT NULL
);
CREATE INDEX saga_sagas_begun_at ON saga_sagas (begun_at);

-- Written once, never changed. The key lets one of two writers of the same number win.
CREATE TABLE saga_entries (
  saga TEXT NOT NULL REFERENCES saga_sagas (id),
  seq BIGINT NOT NULL,
  at BIGINT NOT NULL,
  fence BIGINT NOT NULL,
  event TEXT NOT NULL,
  PRIMARY KEY (saga, seq)
);
-- @sqlite
CREATE TRIGGER saga_entries_update BEFORE UPDATE ON saga_entries
BEGIN SELECT RAISE(ABORT, 'backstop:immutable:saga_entries'); END;
CREATE TRIGGER saga_entries_delete BEFORE DELETE ON saga_entries
BEGIN SELECT RAISE(ABORT, 'backstop:immutable:saga_entries'); END;
-- @postgres
CREATE FUNCTION saga_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'backstop:immutable:saga_entries' USING ERRCODE = 'BS001'; END $$;
CREATE TRIGGER saga_entries_immutable BEFORE UPDATE OR DELETE ON saga_entries FOR EACH ROW
EXECUTE FUNCTION saga_refuse();
-- @both
