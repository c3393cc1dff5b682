//! The posts that topics are learnt from and described by.

use crate::{EngineError, Runner, query};
use arrow::array::{Array, AsArray, ListArray, RecordBatch};
use arrow::datatypes::{Float32Type, Int64Type, TimestampMicrosecondType};
use groundswell_insight::Matrix;
use groundswell_insight::topics::{Vocabulary, Words};
use groundswell_text::is_content_word;

/// How likely a post is spam from which on nothing is learnt from it.
const SPAM: f32 = 0.5;

/// Posts with their embeddings and words.
pub(super) struct Sample {
    pub(super) post_ids: Vec<String>,
    /// `[posts][dimension]`.
    pub(super) embeddings: Matrix,
    pub(super) words: Vec<Words>,
    pub(super) vocabulary: Vocabulary,
    /// The topic that every post has in `topic_posts`.
    pub(super) topics: Vec<Option<u64>>,
    /// When the newest of them was written, in microseconds.
    pub(super) newest: i64,
}

impl Sample {
    /// Takes at most so many scored posts by chance, of every family of near-duplicates the first one, and no spam; in the order of
    /// their ids.
    pub(super) async fn take(
        local: &dyn Runner,
        most: usize,
        seed: u64,
    ) -> Result<Self, EngineError> {
        let all = "SELECT post_id FROM scored";
        Self::of(local, all, most, seed).await
    }

    /// As [`Sample::take`], of posts without a row in `topic_posts`; of the earliest so many, if there is a limit.
    pub(super) async fn of_new_posts(
        local: &dyn Runner,
        most: usize,
        seed: u64,
        limit: Option<u64>,
    ) -> Result<Self, EngineError> {
        let limit = limit
            .map_or(String::new(), |limit| format!(" ORDER BY created_at, post_id LIMIT {limit}"));
        let new = format!(
            "SELECT s.post_id FROM scored s
             WHERE NOT EXISTS (SELECT 1 FROM topic_posts d WHERE d.post_id = s.post_id){limit}"
        );
        Self::of(local, &new, most, seed).await
    }

    async fn of(
        local: &dyn Runner,
        posts: &str,
        most: usize,
        seed: u64,
    ) -> Result<Self, EngineError> {
        let sql = format!(
            "WITH chosen AS (
                SELECT p.post_id, p.tokens, p.language FROM prepared p
                WHERE p.story_id = p.post_id AND p.spam_score < {SPAM}
                  AND EXISTS (SELECT 1 FROM ({posts}) e WHERE e.post_id = p.post_id)
                ORDER BY md5(concat(p.post_id, '{seed}')), p.post_id LIMIT {most})
             SELECT c.post_id, s.embedding, c.tokens, c.language, t.topic_id, s.created_at
             FROM chosen c JOIN scored s ON s.post_id = c.post_id
             LEFT JOIN topic_posts t ON t.post_id = c.post_id
             WHERE s.embedding IS NOT NULL ORDER BY c.post_id"
        );
        let mut sample = Self {
            post_ids: Vec::new(),
            embeddings: Matrix::default(),
            words: Vec::new(),
            vocabulary: Vocabulary::default(),
            topics: Vec::new(),
            newest: 0,
        };
        let (mut values, mut dimension) = (Vec::new(), 0);
        for batch in query(local, &sql).await? {
            sample.add(&batch);
            let embeddings = batch.column(1).as_list::<i32>();
            for row in 0..batch.num_rows() {
                let row = embeddings.value(row);
                dimension = row.len();
                values.extend_from_slice(row.as_primitive::<Float32Type>().values());
            }
        }
        sample.embeddings = Matrix::new(dimension, values);
        Ok(sample)
    }

    /// Adds everything but the embeddings.
    fn add(&mut self, batch: &RecordBatch) {
        let ids = batch.column(0).as_string::<i32>();
        let tokens = batch.column(2).as_list::<i32>();
        let languages = batch.column(3).as_string::<i32>();
        let topics = batch.column(4).as_primitive::<Int64Type>();
        let times = batch.column(5).as_primitive::<TimestampMicrosecondType>();
        self.newest = times.values().iter().copied().fold(self.newest, i64::max);
        for row in 0..batch.num_rows() {
            self.post_ids.push(ids.value(row).to_owned());
            let language = if languages.is_valid(row) { languages.value(row) } else { "" };
            let words: Vec<(String, bool)> = words_of(tokens, row)
                .into_iter()
                .map(|word| (is_content_word(&word, language), word))
                .map(|(is_content, word)| (word, is_content))
                .collect();
            self.words.push(self.vocabulary.words(&words));
            let topic = topics.is_valid(row).then(|| topics.value(row));
            self.topics.push(topic.and_then(|topic| u64::try_from(topic).ok()));
        }
    }
}

fn words_of(tokens: &ListArray, row: usize) -> Vec<String> {
    if tokens.is_null(row) {
        return Vec::new();
    }
    let words = tokens.value(row);
    words.as_string::<i32>().iter().flatten().map(str::to_owned).collect()
}
