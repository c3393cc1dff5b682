SELECT
  count(sentiment['label']) AS scored_posts,
  count(CASE WHEN sentiment['label'] = 'positive' THEN 1 END) AS positive,
  count(CASE WHEN sentiment['label'] = 'neutral' THEN 1 END) AS neutral,
  count(CASE WHEN sentiment['label'] = 'negative' THEN 1 END) AS negative
FROM scored
WHERE {period}
