SELECT
  post_id,
  coalesce(repost_count, 0) AS reposts,
  coalesce(like_count, 0) AS likes,
  coalesce(repost_count, 0) + coalesce(like_count, 0) AS reposts_and_likes
FROM posts
WHERE {period} AND coalesce(repost_count, 0) + coalesce(like_count, 0) > 0
ORDER BY reposts_and_likes DESC, post_id
LIMIT 10
