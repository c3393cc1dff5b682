WITH family AS (
  SELECT story_id, count(*) AS posts
  FROM prepared
  WHERE {period}
  GROUP BY story_id
  HAVING count(*) > 1
  ORDER BY posts DESC, story_id
  LIMIT 10
)
SELECT
  f.story_id,
  f.posts,
  count(DISTINCT p.author_id) AS unique_authors,
  min(p.created_at) AS first_post_at,
  max(p.created_at) AS last_post_at,
  first_value(p.post_id ORDER BY p.created_at, p.post_id) AS example_post_id
FROM family AS f
JOIN (SELECT post_id, story_id FROM prepared WHERE {period}) AS r
  ON r.story_id = f.story_id
JOIN (SELECT post_id, author_id, created_at FROM posts WHERE {period}) AS p
  ON p.post_id = r.post_id
GROUP BY f.story_id, f.posts
ORDER BY f.posts DESC, f.story_id
