-- What analytics may see: counts in cells, never rows. Months, provinces (GB/T 2260, two digits), sections
-- (GB/T 4754, the letter) and bands instead of values; no id that joins with anything; a cell of fewer
-- than five applications is left out, so that none stands for an enterprise that somebody knows of.
CREATE VIEW analytics_intake AS
SELECT month, product, province, section, amount_band, outcome, COUNT(*) AS applications
FROM (
  SELECT
-- @sqlite
    strftime('%Y-%m', a.created_at / 1000000 + 28800, 'unixepoch') AS month,
-- @postgres
    to_char(to_timestamp(a.created_at / 1000000) AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM') AS month,
-- @both
    a.product AS product,
    substr(a.region, 1, 2) || '0000' AS province,
    substr(f.industry, 1, 1) AS section,
    CASE
      WHEN a.amount < 10000000 THEN 'below 100,000'
      WHEN a.amount < 50000000 THEN '100,000 to 500,000'
      WHEN a.amount < 100000000 THEN '500,000 to 1,000,000'
      ELSE '1,000,000 and more'
    END AS amount_band,
    a.state AS outcome
  FROM applications a JOIN firms f ON f.id = a.firm_id
) AS generalised
GROUP BY month, product, province, section, amount_band, outcome
HAVING COUNT(*) >= 5;
