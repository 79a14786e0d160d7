-- The lock and the look are two statements of a VOLATILE function: in READ
-- COMMITTED the second has a snapshot taken after the lock. In one statement, or
-- under REPEATABLE READ, it would have an older one, and let in late.
-- The lock is tried, not waited for: it is refused only where a closer holds the
-- exclusive one or stands in line for it, and then intake is closing. Waiting
-- would keep a connection from existing business for as long as the closer waits.
-- The gate's table is named with its schema and the path holds the catalog only
-- (the temporary schema last), so that a temporary table of the same name
-- changes nothing.
DO $install$
BEGIN
  EXECUTE format($create$
    CREATE FUNCTION refuse_intake_unless_open() RETURNS trigger
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $body$
    DECLARE
      lock_granted boolean;
      gate_state text;
      gate_epoch bigint;
    BEGIN
      IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'backstop:intake_isolation:%%', current_setting('transaction_isolation')
          USING ERRCODE = 'BS001', HINT = 'New business is written in READ COMMITTED transactions only.';
      END IF;
      lock_granted := pg_try_advisory_xact_lock_shared({key});
      SELECT state, epoch INTO gate_state, gate_epoch FROM %1$I.intake_gate WHERE scope = 'everything';
      IF NOT lock_granted OR gate_state IS DISTINCT FROM 'open' THEN
        RAISE EXCEPTION 'backstop:intake_closed:%%', COALESCE(gate_epoch, 0) USING ERRCODE = 'BS001';
      END IF;
      RETURN NEW;
    END
    $body$
  $create$, current_schema());
END
$install$;
