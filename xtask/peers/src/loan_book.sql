-- A loan book as it stands before the end of {day} (days since 1970-01-01): {loans} loans of 600,000 yuan in
-- twelve instalments of equal principal, five of them paid. Of a hundred loans five have their next instalment
-- on the day after, and two did not pay the fifth. The ledger agrees with the loans.

CREATE TEMP TABLE book AS
WITH RECURSIVE numbers(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < {loans})
SELECT i, printf('%032x', i) AS hex, printf('frm_%032x', (i + 9) / 10) AS firm,
  -- Day of the sixth instalment.
  CASE WHEN i % 100 < 5 THEN {day} + 1 ELSE {day} + 2 + i % 25 END AS next_due,
  i % 100 IN (50, 51) AS overdue
FROM numbers;

INSERT INTO firms SELECT firm, randomblob(48), randomblob(32), randomblob(48), randomblob(48),
  randomblob(48), randomblob(48), randomblob(48), '330100', 'C13', 'seeded', 0 FROM book WHERE i % 10 = 1;

INSERT INTO applications SELECT 'app_' || hex, firm, 'micro', 'pc', '330100', 60000000, 12, 'equal_principal',
  'signed', randomblob(48), randomblob(48), randomblob(48), randomblob(48), randomblob(48), randomblob(48),
  randomblob(48), NULL, 'seeded', 0, 0 FROM book;

INSERT INTO contracts SELECT 'ctr_' || hex, 'app_' || hex, firm, 'micro', 60000000, 60000000, 43500, 12,
  'equal_principal', 'signed', 'seeded', 0 FROM book;

INSERT INTO draws SELECT 'drw_' || hex, 'ctr_' || hex, firm, 60000000, 'paid', 'drw_' || hex, 'seeded', 0, 0, 0
FROM book;

-- Interest since the last instalment, a day at a time: 35,000,000 fen at 4.35 % is 4,229 fen and a fraction.
CREATE TEMP TABLE owed AS
SELECT *, CASE WHEN overdue THEN 40000000 ELSE 35000000 END AS principal,
  35000000 * 43500 * ({day} - (next_due - 30)) AS accrued FROM book;

INSERT INTO loans SELECT 'lon_' || hex, 'drw_' || hex, 'ctr_' || hex, firm, 'micro', 'CNY',
  CASE WHEN overdue THEN 'overdue' ELSE 'active' END, 60000000, 43500, 'equal_principal', 12,
  date((next_due - 180) * 86400, 'unixepoch'), date((next_due + 180) * 86400, 'unixepoch'),
  principal, accrued / 360000000 + CASE WHEN overdue THEN 145000 ELSE 0 END, 0,
  CASE WHEN overdue THEN 5000000 ELSE 0 END, CASE WHEN overdue THEN 145000 ELSE 0 END,
  accrued % 360000000, 0, {day}, next_due, NULL FROM owed;

INSERT INTO instalments
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 12),
due AS (SELECT hex, overdue, n, next_due + (n - 6) * 30 AS day FROM book CROSS JOIN numbers)
SELECT 'lon_' || hex, n, date(day * 86400, 'unixepoch'), day, 5000000, 145000,
  CASE WHEN n < 5 OR (n = 5 AND NOT overdue) THEN 5000000 ELSE 0 END,
  CASE WHEN n < 5 OR (n = 5 AND NOT overdue) THEN 145000 ELSE 0 END,
  CASE WHEN n < 5 OR (n = 5 AND NOT overdue) THEN 'paid' WHEN n = 5 THEN 'overdue' ELSE 'open' END FROM due;

INSERT INTO entries SELECT 'ent_1' || substr(hex, 2), 'disbursement', 'drw_' || hex, '2025-01-01', NULL, 0 FROM owed;
INSERT INTO postings SELECT 'ent_1' || substr(hex, 2), 1, 'loan_principal', firm, 'lon_' || hex, 'CNY', principal, 0
FROM owed;
INSERT INTO postings SELECT 'ent_1' || substr(hex, 2), 2, 'core_clearing', firm, 'lon_' || hex, 'CNY', 0, principal
FROM owed;

INSERT INTO entries SELECT 'ent_2' || substr(id, 6), 'accrual', id, '2025-01-01', NULL, 0 FROM loans WHERE interest > 0;
INSERT INTO postings SELECT 'ent_2' || substr(id, 6), 1, 'interest_receivable', firm_id, id, 'CNY', interest, 0
FROM loans WHERE interest > 0;
INSERT INTO postings SELECT 'ent_2' || substr(id, 6), 2, 'interest_income', firm_id, id, 'CNY', 0, interest
FROM loans WHERE interest > 0;

DROP TABLE owed;
DROP TABLE book;
