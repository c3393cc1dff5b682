SELECT
  date_trunc('{bucket}', created_at) AS bucket,
  sentiment['label'] AS sentiment,
  count(*) AS posts
FROM scored
WHERE {period} AND sentiment['label'] IS NOT NULL
GROUP BY 1, 2
ORDER BY 1, 2
