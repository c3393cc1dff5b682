SELECT
  r.language,
  count(CASE WHEN s.sentiment = 'positive' THEN 1 END) AS positive,
  count(CASE WHEN s.sentiment = 'neutral' THEN 1 END) AS neutral,
  count(CASE WHEN s.sentiment = 'negative' THEN 1 END) AS negative
FROM (SELECT post_id, language FROM prepared WHERE {period}) AS r
JOIN (SELECT post_id, sentiment['label'] AS sentiment FROM scored WHERE {period}) AS s
  ON s.post_id = r.post_id
GROUP BY r.language
ORDER BY count(*) DESC, r.language
LIMIT 12
