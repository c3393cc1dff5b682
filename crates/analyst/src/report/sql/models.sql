SELECT
  model_version,
  count(*) AS posts
FROM scored
WHERE {period}
GROUP BY model_version
ORDER BY posts DESC, model_version
