-- What was installed and removed, with the whole description: who decided what about which change.
CREATE TABLE intake_installs (
  number {bigserial_pk},
  at BIGINT NOT NULL,
  act TEXT NOT NULL,
  actor TEXT NOT NULL,
  schema_name TEXT NOT NULL,
  reason TEXT NOT NULL,
  reason_salt TEXT NOT NULL,
  description TEXT
);

-- Each trigger on their tables: the text that made it, and how the server tells it, so that a change is seen.
CREATE TABLE intake_triggers (
  schema_name TEXT NOT NULL,
  table_name TEXT NOT NULL,
  trigger_name TEXT NOT NULL,
  made_by TEXT NOT NULL,
  stands TEXT NOT NULL,
  PRIMARY KEY (schema_name, table_name, trigger_name)
);
