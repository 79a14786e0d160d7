-- The flag of PostgreSQL's guards: at 0 nothing is shut, and they let in without a look at the gate, which would cost
-- an insert a fifth of its processor time. It is a sequence because a sequence's value is read as it is now, outside
-- of every snapshot. Every write to the gate raises it before that write can commit; a write that is rolled back
-- leaves it up, which costs time and nothing else. It is lowered only while nobody writes to the gate and
-- all of it is open. A flag without a value counts as up.
CREATE SEQUENCE intake_flag MINVALUE 0 MAXVALUE 1;
GRANT SELECT ON SEQUENCE intake_flag TO PUBLIC;
CREATE FUNCTION raise_intake_flag() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
  PERFORM setval(format('%I.intake_flag', TG_TABLE_SCHEMA)::regclass, 1);
  RETURN NULL;
END
$body$;
CREATE TRIGGER intake_gate_raise_flag AFTER INSERT OR UPDATE OR DELETE ON intake_gate
  FOR EACH ROW EXECUTE FUNCTION raise_intake_flag();
ALTER TABLE intake_gate ENABLE ALWAYS TRIGGER intake_gate_raise_flag;
CREATE TRIGGER intake_gate_truncate_raise_flag BEFORE TRUNCATE ON intake_gate
  FOR EACH STATEMENT EXECUTE FUNCTION raise_intake_flag();
ALTER TABLE intake_gate ENABLE ALWAYS TRIGGER intake_gate_truncate_raise_flag;
-- All is open from the start.
SELECT setval('intake_flag', 0);
