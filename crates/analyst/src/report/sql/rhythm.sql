SELECT
  date_part('dow', created_at) AS weekday,
  date_part('hour', created_at) AS hour,
  count(*) AS posts
FROM posts
WHERE {period}
GROUP BY 1, 2
ORDER BY 1, 2
