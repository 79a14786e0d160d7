-- Reopening takes two persons, and a person is a role that signs in: whoever proposes leaves a row of history under
-- the name that was signed in with, and it opens for another name only, at the same epoch, within the hour. By the
-- name of the session, which SET ROLE does not change; always enabled.
CREATE FUNCTION sign_intake_history() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
  NEW.via := session_user;
  RETURN NEW;
END
$body$;
CREATE TRIGGER intake_history_signed BEFORE INSERT ON intake_history FOR EACH ROW EXECUTE FUNCTION sign_intake_history();
ALTER TABLE intake_history ENABLE ALWAYS TRIGGER intake_history_signed;
CREATE FUNCTION only_two_open_intake() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  proposed boolean := false;
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.scope = OLD.scope THEN
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I.intake_history h WHERE h.scope = $1 AND h.epoch = $2 '
      'AND h.state = ''reopening'' AND h.via <> session_user '
      'AND abs(extract(epoch FROM clock_timestamp()) * 1000000 - h.at) < 3600000000)', TG_TABLE_SCHEMA)
      INTO proposed USING OLD.scope, OLD.epoch;
  END IF;
  IF NOT proposed THEN
    RAISE EXCEPTION 'backstop:intake_two_persons:%', OLD.epoch USING ERRCODE = 'BS001',
      HINT = 'One person proposes to reopen, another agrees within the hour.';
  END IF;
  RETURN NEW;
END
$body$;
CREATE TRIGGER intake_gate_two_persons BEFORE UPDATE ON intake_gate FOR EACH ROW
  WHEN (OLD.state <> 'open' AND (NEW.state = 'open' OR NEW.scope <> OLD.scope))
  EXECUTE FUNCTION only_two_open_intake();
ALTER TABLE intake_gate ENABLE ALWAYS TRIGGER intake_gate_two_persons;
CREATE TRIGGER intake_gate_stays BEFORE DELETE ON intake_gate FOR EACH ROW
  WHEN (OLD.state <> 'open') EXECUTE FUNCTION only_two_open_intake();
ALTER TABLE intake_gate ENABLE ALWAYS TRIGGER intake_gate_stays;
