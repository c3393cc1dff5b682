SELECT
  date_trunc('{bucket}', p.created_at) AS bucket,
  count(*) AS posts,
  count(DISTINCT coalesce(r.story_id, p.post_id)) AS unique_stories
FROM (SELECT post_id, created_at FROM posts WHERE {period}) AS p
LEFT JOIN (SELECT post_id, story_id FROM prepared WHERE {period}) AS r
  ON r.post_id = p.post_id
GROUP BY 1
ORDER BY 1
