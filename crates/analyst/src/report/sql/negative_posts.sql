SELECT post_id, sentiment_score
FROM (
  SELECT
    s.post_id,
    s.sentiment_score,
    row_number() OVER (
      PARTITION BY r.story_id ORDER BY s.sentiment_score DESC, s.post_id
    ) AS place_in_story
  FROM (
    SELECT post_id, sentiment['score'] AS sentiment_score
    FROM scored
    WHERE {period} AND sentiment['label'] = 'negative'
  ) AS s
  JOIN (SELECT post_id, story_id FROM prepared WHERE {period}) AS r
    ON r.post_id = s.post_id
)
WHERE place_in_story = 1
ORDER BY sentiment_score DESC, post_id
LIMIT 10
