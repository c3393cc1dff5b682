SELECT
  p.platform,
  count(CASE WHEN s.sentiment = 'positive' THEN 1 END) AS positive,
  count(CASE WHEN s.sentiment = 'neutral' THEN 1 END) AS neutral,
  count(CASE WHEN s.sentiment = 'negative' THEN 1 END) AS negative
FROM (SELECT post_id, platform FROM posts WHERE {period}) AS p
JOIN (SELECT post_id, sentiment['label'] AS sentiment FROM scored WHERE {period}) AS s
  ON s.post_id = p.post_id
GROUP BY p.platform
ORDER BY count(*) DESC, p.platform
LIMIT 12
