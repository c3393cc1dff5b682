//! What people publish and who they are.

use serde::{Deserialize, Serialize};

/// Holds one thing a person published: a post, comment, repost, review or article.
///
/// Times are microseconds since 1970-01-01 UTC. Counts are what the platform showed when the post was collected.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Post {
    /// `platform:native_id`, the key of every table.
    pub post_id: String,
    /// Platform in lower case: `weibo`, `x`, `reddit`, …
    pub platform: String,
    /// The platform's own identifier.
    pub native_id: String,
    /// `platform:author`, or nothing when the source does not name the author.
    pub author_id: Option<String>,
    /// When the author published it (microseconds UTC).
    pub created_at: i64,
    /// When this program read it (microseconds UTC).
    pub collected_at: i64,
    /// The language the platform or the author declared (BCP 47), as received.
    pub declared_language: Option<String>,
    /// The text as published.
    pub text: String,
    /// Where a person can read it.
    pub url: Option<String>,
    /// The post this one answers (a `post_id`).
    pub reply_to_id: Option<String>,
    /// The post this one repeats (a `post_id`).
    pub repost_of_id: Option<String>,
    /// The first post of the conversation (a `post_id`).
    pub thread_id: Option<String>,
    /// Likes, favourites or votes.
    pub like_count: Option<i64>,
    /// Answers and comments.
    pub reply_count: Option<i64>,
    /// Reposts, shares, retweets.
    pub repost_count: Option<i64>,
    /// Views or impressions.
    pub view_count: Option<i64>,
    /// Pictures, sound and film attached to it.
    pub media: Vec<Media>,
    /// The payload as received, so that a better mapping can be replayed.
    pub raw: Option<String>,
}

impl Post {
    /// Makes the key of a post or author: `platform:native_id`.
    pub fn key(platform: &str, native_id: &str) -> String {
        format!("{platform}:{native_id}")
    }

    /// Checks what every later stage relies on.
    ///
    /// # Errors
    /// [`PostError`] when the key does not follow `platform:native_id`, the text is empty and no medium or repost stands in for
    /// it, or the time lies outside 1990 … 2100.
    pub fn check(&self) -> Result<(), PostError> {
        if self.native_id.is_empty() || self.post_id != Self::key(&self.platform, &self.native_id) {
            return Err(PostError::Key(self.post_id.clone()));
        }
        if self.text.trim().is_empty() && self.media.is_empty() && self.repost_of_id.is_none() {
            return Err(PostError::Text);
        }
        if !(EARLIEST..LATEST).contains(&self.created_at) {
            return Err(PostError::Time(self.created_at));
        }
        Ok(())
    }

    /// Estimates the memory it holds, in bytes: its strings and its own size.
    pub fn size_bytes(&self) -> usize {
        let optional = |s: &Option<String>| s.as_ref().map_or(0, String::len);
        size_of::<Self>()
            + self.post_id.len()
            + self.platform.len()
            + self.native_id.len()
            + self.text.len()
            + optional(&self.author_id)
            + optional(&self.declared_language)
            + optional(&self.url)
            + optional(&self.reply_to_id)
            + optional(&self.repost_of_id)
            + optional(&self.thread_id)
            + optional(&self.raw)
            + self.media.iter().map(|m| size_of::<Media>() + m.location.len()).sum::<usize>()
    }
}

/// 1990-01-01 in microseconds: before it nobody posted, so an earlier time is a fault of the file.
const EARLIEST: i64 = 631_152_000_000_000;
/// 2100-01-01 in microseconds.
const LATEST: i64 = 4_102_444_800_000_000;

/// Describes an attachment of a post.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Media {
    /// `image`, `video` or `audio`.
    pub kind: String,
    /// Address or path of the file.
    pub location: String,
    /// Description the author gave.
    pub alt_text: Option<String>,
}

/// Describes an account as seen at one moment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Author {
    /// `platform:author`.
    pub author_id: String,
    /// Platform in lower case.
    pub platform: String,
    /// Name used in mentions, without `@`.
    pub handle: Option<String>,
    /// Name shown to readers.
    pub display_name: Option<String>,
    /// Self-description.
    pub bio: Option<String>,
    /// Accounts that follow it.
    pub follower_count: Option<i64>,
    /// Accounts it follows.
    pub following_count: Option<i64>,
    /// Whether the platform vouches for it.
    pub is_verified: Option<bool>,
    /// When these values were seen (microseconds UTC).
    pub observed_at: i64,
}

/// Says why a post cannot be stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PostError {
    /// The key is not `platform:native_id`.
    #[error(
        "post id `{0}` is not `platform:native_id`; map the column that identifies a post with --columns native_id=…"
    )]
    Key(String),
    /// There is nothing to read.
    #[error("text is missing; map the column that holds it with --columns text=…")]
    Text,
    /// The time is no plausible time of a post.
    #[error(
        "time `{0}` (microseconds) lies outside 1990 to 2100; check the column mapped to created_at"
    )]
    Time(i64),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post() -> Post {
        Post {
            post_id: "x:1".into(),
            platform: "x".into(),
            native_id: "1".into(),
            created_at: 1_700_000_000_000_000,
            text: "hello".into(),
            ..Post::default()
        }
    }

    #[test]
    fn a_whole_post_passes() {
        assert_eq!(post().check(), Ok(()));
    }

    #[test]
    fn each_fault_is_named() {
        assert!(matches!(Post { post_id: "1".into(), ..post() }.check(), Err(PostError::Key(_))));
        assert_eq!(Post { text: " \n".into(), ..post() }.check(), Err(PostError::Text));
        assert!(matches!(Post { created_at: 12, ..post() }.check(), Err(PostError::Time(12))));
    }

    #[test]
    fn a_bare_repost_needs_no_text() {
        let repost = Post { text: String::new(), repost_of_id: Some("x:0".into()), ..post() };
        assert_eq!(repost.check(), Ok(()));
    }
}
