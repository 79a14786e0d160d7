-- The role of the sealed credential closes: it may say 'closing' and 'closed', under the next epoch at most, of the
-- scope that the row is of, and add its own rows to the history, one after the other. Always enabled, and by the
-- name that was signed in with, which SET ROLE does not change.
CREATE FUNCTION only_close_intake() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  newest bigint;
BEGIN
  EXECUTE format('SELECT max(epoch) FROM %I.intake_gate', TG_TABLE_SCHEMA) INTO newest;
  IF TG_OP = 'INSERT' THEN
    IF NEW.state = 'open' AND NEW.scope <> 'everything' AND NEW.epoch = newest + 1 THEN
      RETURN NEW;
    END IF;
  ELSIF TG_OP = 'UPDATE' THEN
    IF (NEW.state = 'closing' AND OLD.state <> 'closed' OR NEW.state = 'closed' AND OLD.state IN ('closing', 'closed'))
      AND NEW.epoch >= OLD.epoch AND NEW.epoch <= newest + 1
      AND ROW (NEW.scope, NEW.act, NEW.product, NEW.channel, NEW.region, NEW.unverified_since)
        IS NOT DISTINCT FROM ROW (OLD.scope, OLD.act, OLD.product, OLD.channel, OLD.region, OLD.unverified_since) THEN
      RETURN NEW;
    END IF;
  END IF;
  RAISE EXCEPTION 'backstop:intake_close_only:%', TG_OP USING ERRCODE = 'BS001';
END
$body$;
CREATE TRIGGER intake_gate_close_only BEFORE INSERT OR UPDATE OR DELETE ON intake_gate FOR EACH ROW
  WHEN (session_user = 'backstop_closer') EXECUTE FUNCTION only_close_intake();
ALTER TABLE intake_gate ENABLE ALWAYS TRIGGER intake_gate_close_only;
CREATE FUNCTION only_add_to_intake_history() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  newest bigint;
BEGIN
  EXECUTE format('SELECT COALESCE(max(number), 0) FROM %I.intake_history', TG_TABLE_SCHEMA) INTO newest;
  IF NEW.number = newest + 1 AND NEW.via = session_user AND NEW.state IN ('closing', 'closed') THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'backstop:intake_close_only:%', TG_OP USING ERRCODE = 'BS001';
END
$body$;
CREATE TRIGGER intake_history_close_only BEFORE INSERT ON intake_history FOR EACH ROW
  WHEN (session_user = 'backstop_closer') EXECUTE FUNCTION only_add_to_intake_history();
ALTER TABLE intake_history ENABLE ALWAYS TRIGGER intake_history_close_only;
