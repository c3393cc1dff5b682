SELECT
  count(*) AS prepared_posts,
  count(DISTINCT story_id) AS unique_stories
FROM prepared
WHERE {period}
