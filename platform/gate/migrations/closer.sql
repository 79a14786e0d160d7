-- The role of the sealed credential closes and does nothing else: it may say 'closing' and 'closed', under an epoch
-- that does not fall, of the scope that the row is of. Always enabled, and by the name that was signed in with, which
-- SET ROLE does not change.
CREATE FUNCTION only_close_intake() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state = 'open' AND NEW.scope <> 'everything' THEN
      RETURN NEW;
    END IF;
  ELSIF TG_OP = 'UPDATE' THEN
    IF (NEW.state = 'closing' OR NEW.state = 'closed')
      AND NEW.epoch >= OLD.epoch
      AND (OLD.state <> 'closed' OR NEW.state = 'closed')
      AND ROW (NEW.scope, NEW.act, NEW.product, NEW.channel, NEW.region)
        IS NOT DISTINCT FROM ROW (OLD.scope, OLD.act, OLD.product, OLD.channel, OLD.region) THEN
      RETURN NEW;
    END IF;
  END IF;
  RAISE EXCEPTION 'backstop:intake_close_only:%', TG_OP USING ERRCODE = 'BS001';
END
$body$;
CREATE TRIGGER intake_gate_close_only BEFORE INSERT OR UPDATE OR DELETE ON intake_gate FOR EACH ROW
  WHEN (session_user = 'backstop_closer') EXECUTE FUNCTION only_close_intake();
ALTER TABLE intake_gate ENABLE ALWAYS TRIGGER intake_gate_close_only;
