
DECLARE
  lock_granted pg_catalog.bool;
  gate_state pg_catalog.text;
  gate_epoch pg_catalog.int8;
BEGIN
  IF pg_catalog.current_setting('transaction_isolation') OPERATOR(pg_catalog.<>) 'read committed' THEN
    RAISE EXCEPTION 'backstop:intake_isolation:%', pg_catalog.current_setting('transaction_isolation')
      USING ERRCODE = 'BS001', HINT = 'New business is written in READ COMMITTED transactions only.';
  END IF;
  lock_granted := pg_catalog.pg_try_advisory_xact_lock_shared({key});
  SELECT {state}, g.epoch INTO gate_state, gate_epoch FROM {schema}intake_gate g
    WHERE ({state} OPERATOR(pg_catalog.<>) 'open' OR g.scope OPERATOR(pg_catalog.=) '{everything}') AND {matches}
    ORDER BY {state} OPERATOR(pg_catalog.=) 'open', g.epoch DESC LIMIT 1;
  IF (lock_granted AND gate_state OPERATOR(pg_catalog.=) 'open') IS NOT TRUE THEN
    RAISE EXCEPTION 'backstop:intake_closed:%', COALESCE(gate_epoch, 0) USING ERRCODE = 'BS001';
  END IF;
  RETURN NEW;
END
