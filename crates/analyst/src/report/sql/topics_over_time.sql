WITH largest AS (
  SELECT topic_id
  FROM topic_posts
  WHERE {period} AND topic_id IS NOT NULL
  GROUP BY topic_id
  ORDER BY count(*) DESC, topic_id
  LIMIT 11
),
named AS (
  SELECT l.topic_id, t.label
  FROM largest AS l
  JOIN (SELECT topic_id, label FROM topics WHERE fit = 'main') AS t
    ON t.topic_id = l.topic_id
)
SELECT
  date_trunc('{bucket}', p.created_at) AS bucket,
  coalesce(n.label, 'other') AS topic,
  count(*) AS posts
FROM (SELECT topic_id, created_at FROM topic_posts WHERE {period}) AS p
LEFT JOIN named AS n
  ON n.topic_id = p.topic_id
GROUP BY 1, 2
ORDER BY 1, 2
