SELECT
  coalesce(t.label, 'no_topic') AS topic,
  count(*) AS posts,
  count(DISTINCT r.story_id) AS unique_stories
FROM (SELECT post_id, topic_id FROM topic_posts WHERE {period}) AS p
JOIN (SELECT post_id, story_id FROM prepared WHERE {period}) AS r
  ON r.post_id = p.post_id
LEFT JOIN (SELECT topic_id, label FROM topics WHERE fit = 'main') AS t
  ON t.topic_id = p.topic_id
GROUP BY p.topic_id, t.label
ORDER BY posts DESC, p.topic_id
LIMIT 20
