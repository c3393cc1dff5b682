SELECT
  language,
  count(*) AS posts,
  count(DISTINCT story_id) AS unique_stories
FROM prepared
WHERE {period}
GROUP BY language
ORDER BY posts DESC, language
LIMIT 12
