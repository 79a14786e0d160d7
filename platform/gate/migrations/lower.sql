-- In a transaction that wrote nothing before: it would read its own write, which others do not see yet.
CREATE FUNCTION lower_intake_flag() RETURNS boolean LANGUAGE plpgsql VOLATILE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
  IF pg_current_xact_id_if_assigned() IS NOT NULL OR current_setting('transaction_isolation') <> 'read committed' THEN
    RETURN false;
  END IF;
  LOCK TABLE {schema}.intake_gate IN SHARE MODE NOWAIT;
  IF EXISTS (SELECT FROM {schema}.intake_gate WHERE state <> 'open')
    OR NOT EXISTS (SELECT FROM {schema}.intake_gate WHERE scope = 'everything') THEN
    RETURN false;
  END IF;
  PERFORM setval('{schema}.intake_flag'::regclass, 0);
  RETURN true;
EXCEPTION WHEN lock_not_available THEN
  RETURN false;
END
$body$;
