WITH cited AS (
  SELECT post_id, platform, created_at, author_id, url, text, like_count, repost_count
  FROM posts
  WHERE post_id IN ({post_ids})
),
newest AS (
  SELECT
    author_id,
    last_value(coalesce(handle, display_name) ORDER BY observed_at, handle) AS author
  FROM authors
  GROUP BY author_id
)
SELECT
  p.post_id,
  p.platform,
  p.created_at,
  coalesce(a.author, p.author_id) AS author,
  p.url,
  p.text,
  p.repost_count AS reposts,
  p.like_count AS likes,
  r.language,
  r.story_id,
  s.sentiment['label'] AS sentiment,
  s.sentiment['score'] AS sentiment_score,
  s.emotion['label'] AS emotion,
  s.emotion['score'] AS emotion_score,
  s.model_version
FROM cited AS p
LEFT JOIN prepared AS r ON r.post_id = p.post_id
LEFT JOIN scored AS s ON s.post_id = p.post_id
LEFT JOIN newest AS a ON a.author_id = p.author_id
ORDER BY p.post_id
