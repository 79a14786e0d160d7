-- More time for a loan (续贷, 展期), as asked for and as the bank decided: existing business unless a closing of intake
-- names it. Granted, it is what bears out a schedule that is longer than its loan was made for.
CREATE TABLE renewals (
  id TEXT PRIMARY KEY,
  loan_id TEXT NOT NULL REFERENCES loans (id),
  firm_id TEXT NOT NULL REFERENCES firms (id),
  kind TEXT NOT NULL CHECK (kind IN ('extension', 'renewal')),
  -- More of them, or the term of the new loan.
  months BIGINT NOT NULL CHECK (months > 0),
  -- Whether the customer's side says that the guarantor has agreed in writing. The officer looks at the paper.
  guarantor_agrees BIGINT NOT NULL CHECK (guarantor_agrees IN (0, 1)),
  -- The last due date that the loan had when this was asked for, and the one that it is to have.
  old_maturity_date TEXT NOT NULL,
  new_maturity_date TEXT NOT NULL,
  -- The loan that took over what this one owed.
  new_loan_id TEXT UNIQUE REFERENCES loans (id),
  state TEXT NOT NULL CHECK (state IN ('requested', 'granted', 'declined', 'lapsed')),
  asked_by TEXT NOT NULL,
  -- Who decided: never who asked. Time alone lets a request lapse.
  decided_by TEXT CHECK (decided_by <> asked_by),
  request_digest TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  decided_at BIGINT,
  CHECK ((state IN ('granted', 'declined')) = (decided_by IS NOT NULL)),
  CHECK ((state = 'requested') = (decided_at IS NULL)),
  CHECK (new_loan_id IS NULL OR kind = 'renewal' AND state = 'granted')
-- @sqlite
) WITHOUT ROWID;
-- @postgres
);
-- @both
CREATE INDEX renewals_loan ON renewals (loan_id);
-- One at a time: two that are granted one after the other would each count the same months.
CREATE UNIQUE INDEX renewals_requested ON renewals (loan_id) WHERE state = 'requested';

-- By its contract a closing of a part knows which renewals it is about, so a loan stays under it. OF costs nothing
-- where the column is not named.
-- @sqlite
CREATE TRIGGER loans_contract_fixed BEFORE UPDATE OF contract_id ON loans FOR EACH ROW
WHEN NEW.contract_id IS NOT OLD.contract_id
BEGIN SELECT RAISE(ABORT, 'backstop:intake_scope_fixed:loans'); END;
-- @postgres
CREATE FUNCTION refuse_other_contract() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'backstop:intake_scope_fixed:%', TG_TABLE_NAME USING ERRCODE = 'BS001';
END $$;
CREATE TRIGGER loans_contract_fixed BEFORE UPDATE OF contract_id ON loans FOR EACH ROW
WHEN (NEW.contract_id IS DISTINCT FROM OLD.contract_id) EXECUTE FUNCTION refuse_other_contract();
ALTER TABLE loans ENABLE ALWAYS TRIGGER loans_contract_fixed;
-- @both
