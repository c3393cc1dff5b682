SELECT
  date_trunc('{bucket}', created_at) AS bucket,
  emotion['label'] AS emotion,
  count(*) AS posts
FROM scored
WHERE {period} AND emotion['label'] IS NOT NULL
GROUP BY 1, 2
ORDER BY 1, 2
