
BEGIN
  RAISE EXCEPTION 'backstop:intake_scope_fixed:%', TG_TABLE_NAME USING ERRCODE = 'BS001';
END
