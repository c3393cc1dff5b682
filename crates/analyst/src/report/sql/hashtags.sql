SELECT
  hashtag,
  count(DISTINCT post_id) AS posts,
  count(DISTINCT story_id) AS unique_stories
FROM (SELECT post_id, story_id, unnest(hashtags) AS hashtag FROM prepared WHERE {period})
GROUP BY hashtag
ORDER BY posts DESC, hashtag
LIMIT 20
