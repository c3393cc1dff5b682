SELECT
  t.label AS topic,
  t.map_x,
  t.map_y,
  count(*) AS posts,
  count(CASE WHEN s.sentiment = 'positive' THEN 1 END) AS positive,
  count(CASE WHEN s.sentiment = 'neutral' THEN 1 END) AS neutral,
  count(CASE WHEN s.sentiment = 'negative' THEN 1 END) AS negative
FROM (SELECT post_id, topic_id FROM topic_posts WHERE {period}) AS p
JOIN (SELECT post_id, sentiment['label'] AS sentiment FROM scored WHERE {period}) AS s
  ON s.post_id = p.post_id
JOIN (SELECT topic_id, label, map_x, map_y FROM topics WHERE fit = 'main') AS t
  ON t.topic_id = p.topic_id
GROUP BY t.topic_id, t.label, t.map_x, t.map_y
ORDER BY posts DESC, t.topic_id
