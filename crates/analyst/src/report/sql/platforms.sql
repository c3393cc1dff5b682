SELECT
  platform,
  count(*) AS posts,
  count(DISTINCT author_id) AS unique_authors
FROM posts
WHERE {period}
GROUP BY platform
ORDER BY posts DESC, platform
LIMIT 12
