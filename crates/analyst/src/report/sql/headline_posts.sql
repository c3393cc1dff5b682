SELECT
  count(*) AS posts,
  count(DISTINCT author_id) AS unique_authors,
  min(created_at) AS first_post_at,
  max(created_at) AS last_post_at
FROM posts
WHERE {period}
