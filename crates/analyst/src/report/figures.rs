//! The visible list of everything a report shows: adding a figure means one SQL file and one entry.

use super::{Language, time::Bucket};
use chrono::{DateTime, SecondsFormat};

/// Describes one figure: its title, the stored SQL text it is built from, and the form it is shown in.
#[derive(Debug)]
pub struct Figure {
    /// Identifies the figure in links and in JSON, e.g. `sentiment-over-time`.
    pub id: &'static str,
    /// Form in which it is shown.
    pub kind: Kind,
    /// Title in English and in Chinese; it states what is shown, not what to think of it.
    pub title: [&'static str; 2],
    /// What a reader must know to read it, in English and in Chinese; may be empty.
    pub note: [&'static str; 2],
    /// Whether it stands beside its neighbour on a wide page.
    pub is_half: bool,
    /// Tables without which it cannot be made.
    pub needs: &'static [&'static str],
    /// The query, in which `{period}`, `{bucket}` and `{post_ids}` are filled in before it runs.
    pub sql: &'static str,
}

/// Names the forms in which a figure can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One row of numbers, shown as cards at the top.
    Headline,
    /// Columns `bucket, posts, unique_stories`: bars over time.
    Volume,
    /// Columns `bucket, <label>, posts`: stacked shares over time.
    SharesOverTime,
    /// Columns `bucket, <label>, posts`: one small chart for each label.
    SmallMultiples,
    /// Columns `weekday, hour, posts`: a map of the week.
    Rhythm,
    /// Columns `<name>, map_x, map_y, posts, positive, neutral, negative`, each axis -1 to 1: circles on a plane.
    Map,
    /// Columns `<name>, posts, <unique count>`: a ranking with bars.
    Ranking,
    /// Columns `<name>, positive, neutral, negative`: one stacked bar for each name.
    Shares,
    /// Families of near-duplicate posts.
    Stories,
    /// Posts quoted one by one.
    Quotes,
    /// A plain table.
    Facts,
    /// The rows of all posts that the report quotes, to which quotes link.
    CitedPosts,
}

/// Every figure of the report, in reading order.
pub static FIGURES: &[Figure] = &[
    Figure {
        id: "headline-posts",
        kind: Kind::Headline,
        title: ["Posts, authors and period", "帖子、作者与时间范围"],
        note: ["", ""],
        is_half: false,
        needs: &["posts"],
        sql: include_str!("sql/headline_posts.sql"),
    },
    Figure {
        id: "headline-stories",
        kind: Kind::Headline,
        title: ["Unique stories", "独立内容"],
        note: ["", ""],
        is_half: false,
        needs: &["prepared"],
        sql: include_str!("sql/headline_stories.sql"),
    },
    Figure {
        id: "headline-sentiment",
        kind: Kind::Headline,
        title: ["Net sentiment and negative share", "净情感与负面占比"],
        note: ["", ""],
        is_half: false,
        needs: &["scored"],
        sql: include_str!("sql/headline_sentiment.sql"),
    },
    Figure {
        id: "headline-quarantine",
        kind: Kind::Headline,
        title: ["Quarantined rows", "隔离记录"],
        note: ["", ""],
        is_half: false,
        needs: &["quarantine"],
        sql: include_str!("sql/headline_quarantine.sql"),
    },
    Figure {
        id: "volume",
        kind: Kind::Volume,
        title: ["Posts over time", "发帖量走势"],
        note: [
            "All posts, split into unique stories and repeats of a story within the same bar. The first and the last bar may cover part of their time only.",
            "全部帖子，分为独立内容与同一柱内的重复内容。首尾两柱可能只覆盖部分时段。",
        ],
        is_half: false,
        needs: &["posts", "prepared"],
        sql: include_str!("sql/volume.sql"),
    },
    Figure {
        id: "sentiment-over-time",
        kind: Kind::SharesOverTime,
        title: ["Sentiment over time", "情感走势"],
        note: [
            "Shares of the scored posts of each bar; bars of few posts vary by chance.",
            "各柱占该时段已评分帖子的比例；帖子少的柱波动大。",
        ],
        is_half: false,
        needs: &["scored"],
        sql: include_str!("sql/sentiment_over_time.sql"),
    },
    Figure {
        id: "emotion-over-time",
        kind: Kind::SmallMultiples,
        title: ["Emotion over time", "情绪走势"],
        note: [
            "Share of the scored posts of each bar, one chart for each emotion. All have the same scale, except neutral, which has its own.",
            "各柱占该时段已评分帖子的比例；每种情绪一图，刻度相同（中性除外）。",
        ],
        is_half: false,
        needs: &["scored"],
        sql: include_str!("sql/emotion_over_time.sql"),
    },
    Figure {
        id: "rhythm",
        kind: Kind::Rhythm,
        title: ["Posts by weekday and hour", "按星期与小时的发帖量"],
        note: ["Hours in UTC.", "小时为 UTC 时间。"],
        is_half: false,
        needs: &["posts"],
        sql: include_str!("sql/rhythm.sql"),
    },
    Figure {
        id: "languages",
        kind: Kind::Ranking,
        title: ["Languages", "语言"],
        note: ["", ""],
        is_half: true,
        needs: &["prepared"],
        sql: include_str!("sql/languages.sql"),
    },
    Figure {
        id: "platforms",
        kind: Kind::Ranking,
        title: ["Platforms", "平台"],
        note: ["", ""],
        is_half: true,
        needs: &["posts"],
        sql: include_str!("sql/platforms.sql"),
    },
    Figure {
        id: "sentiment-by-language",
        kind: Kind::Shares,
        title: ["Sentiment by language", "各语言情感"],
        note: ["", ""],
        is_half: true,
        needs: &["prepared", "scored"],
        sql: include_str!("sql/sentiment_by_language.sql"),
    },
    Figure {
        id: "sentiment-by-platform",
        kind: Kind::Shares,
        title: ["Sentiment by platform", "各平台情感"],
        note: ["", ""],
        is_half: true,
        needs: &["posts", "scored"],
        sql: include_str!("sql/sentiment_by_platform.sql"),
    },
    Figure {
        id: "hashtags",
        kind: Kind::Ranking,
        title: ["Most used hashtags", "最常用话题标签"],
        note: [
            "The pale bar counts all posts, the dark bar counts each family of near-duplicates once.",
            "浅色为全部帖子，深色为近似重复内容只计一次后的数量。",
        ],
        is_half: false,
        needs: &["prepared"],
        sql: include_str!("sql/hashtags.sql"),
    },
    Figure {
        id: "topics",
        kind: Kind::Ranking,
        title: ["Topics", "话题"],
        note: [
            "What posts are about, found from the posts themselves and named by their most telling words. The pale bar counts all posts, the dark bar counts each family of near-duplicates once.",
            "从帖子中自动发现的话题，以最具代表性的词命名。浅色为全部帖子，深色为近似重复内容只计一次后的数量。",
        ],
        is_half: false,
        needs: &["topic_posts", "topics", "prepared"],
        sql: include_str!("sql/topics.sql"),
    },
    Figure {
        id: "topic-map",
        kind: Kind::Map,
        title: ["Map of the topics", "话题地图"],
        note: [
            "The nearer two topics, the more alike their posts. The area of a circle is the number of posts, its colour the sentiment that outweighs the opposite by a tenth of the posts; grey if none does.",
            "话题越近，帖子越相似。圆的面积为帖子数，颜色为占优的情感（正负相差超过帖子的十分之一）；否则为灰色。",
        ],
        is_half: false,
        needs: &["topic_posts", "topics", "scored"],
        sql: include_str!("sql/topic_map.sql"),
    },
    Figure {
        id: "topics-over-time",
        kind: Kind::SmallMultiples,
        title: ["Topics over time", "话题走势"],
        note: [
            "Share of the posts of each bar, one chart for each of the largest topics. All have the same scale, except all others together, which have their own.",
            "各柱占该时段帖子的比例；最大的话题各一图，刻度相同（“其他”除外）。",
        ],
        is_half: false,
        needs: &["topic_posts", "topics"],
        sql: include_str!("sql/topics_over_time.sql"),
    },
    Figure {
        id: "sentiment-by-topic",
        kind: Kind::Shares,
        title: ["Sentiment by topic", "各话题情感"],
        note: ["", ""],
        is_half: false,
        needs: &["topic_posts", "topics", "scored"],
        sql: include_str!("sql/sentiment_by_topic.sql"),
    },
    Figure {
        id: "stories",
        kind: Kind::Stories,
        title: ["Most repeated stories", "重复最多的内容"],
        note: [
            "Families of near-duplicate posts, each with its earliest post.",
            "近似重复帖子组成的家族，各附最早的一条。",
        ],
        is_half: false,
        needs: &["posts", "prepared"],
        sql: include_str!("sql/stories.sql"),
    },
    Figure {
        id: "negative-posts",
        kind: Kind::Quotes,
        title: ["Posts the model is surest are negative", "模型最确信为负面的帖子"],
        note: [
            "Ordered by the probability the model gives to “negative”; one post for each story.",
            "按模型给出的“负面”概率排序；每组重复内容只列一条。",
        ],
        is_half: false,
        needs: &["scored", "prepared"],
        sql: include_str!("sql/negative_posts.sql"),
    },
    Figure {
        id: "shared-posts",
        kind: Kind::Quotes,
        title: ["Most shared posts", "转发与点赞最多的帖子"],
        note: [
            "Ordered by reposts plus likes, as seen when the post was collected.",
            "按采集时的转发数与点赞数之和排序。",
        ],
        is_half: false,
        needs: &["posts"],
        sql: include_str!("sql/shared_posts.sql"),
    },
    Figure {
        id: "models",
        kind: Kind::Facts,
        title: ["Models that scored the posts", "为帖子评分的模型"],
        note: ["", ""],
        is_half: false,
        needs: &["scored"],
        sql: include_str!("sql/models.sql"),
    },
    Figure {
        id: "cited-posts",
        kind: Kind::CitedPosts,
        title: ["Rows of the quoted posts", "所引帖子的数据行"],
        note: [
            "Every post quoted above, with the values stored for it. Personal data in texts is masked.",
            "上文引用的每条帖子及其存储值。文本中的个人信息已遮盖。",
        ],
        is_half: false,
        needs: &["posts", "prepared", "scored", "authors"],
        sql: include_str!("sql/cited_posts.sql"),
    },
];

impl Figure {
    /// Returns its title in a language.
    pub fn title_in(&self, language: Language) -> &'static str {
        self.title[language as usize]
    }

    /// Returns its note in a language; may be empty.
    pub fn note_in(&self, language: Language) -> &'static str {
        self.note[language as usize]
    }

    /// Returns the text that runs: the stored SQL with its placeholders filled in.
    pub(super) fn sql_for(&self, parameters: &Parameters) -> String {
        let ids: Vec<String> = parameters.post_ids.iter().map(|id| quoted(id)).collect();
        let ids = if ids.is_empty() { "''".to_owned() } else { ids.join(", ") };
        // The identifiers come last: they are data and may look like a placeholder.
        self.sql
            .trim_end()
            .replace("{period}", &period(parameters.from, parameters.to))
            .replace("{bucket}", parameters.bucket.sql_name())
            .replace("{post_ids}", &ids)
    }
}

/// Holds what fills the placeholders of a query.
#[derive(Debug, Clone, Default)]
pub(super) struct Parameters {
    /// First microsecond (UTC) of the report, if limited.
    pub from: Option<i64>,
    /// First microsecond (UTC) after the report, if limited.
    pub to: Option<i64>,
    /// Width of the bars over time.
    pub bucket: Bucket,
    /// Posts whose rows are wanted.
    pub post_ids: Vec<String>,
}

/// Writes a string literal of SQL.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Writes the condition that keeps the posts of a period.
fn period(from: Option<i64>, to: Option<i64>) -> String {
    let condition = |operator: &str, time: Option<i64>| {
        let time = DateTime::from_timestamp_micros(time?)?;
        let time = time.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        Some(format!("created_at {operator} TIMESTAMP '{time}'"))
    };
    let conditions: Vec<String> =
        [condition(">=", from), condition("<", to)].into_iter().flatten().collect();
    if conditions.is_empty() { "true".to_owned() } else { conditions.join(" AND ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_distinct_and_titles_exist_in_both_languages() {
        let mut ids: Vec<_> = FIGURES.iter().map(|f| f.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), FIGURES.len());
        for figure in FIGURES {
            for language in [Language::English, Language::Chinese] {
                assert!(!figure.title_in(language).is_empty(), "{}", figure.id);
            }
            assert_eq!(figure.note[0].is_empty(), figure.note[1].is_empty(), "{}", figure.id);
        }
    }

    #[test]
    fn every_placeholder_is_filled() {
        let parameters = Parameters {
            from: Some(1_700_000_000_000_000),
            to: Some(1_700_000_000_500_000),
            bucket: Bucket::Week,
            post_ids: vec!["x:it's".into(), "x:{period}".into()],
        };
        for figure in FIGURES {
            let sql = figure.sql_for(&parameters).replace("x:{period}", "");
            assert!(!sql.contains(['{', '}']), "{sql}");
        }
        let cited = FIGURES.iter().find(|f| f.id == "cited-posts").unwrap();
        assert!(cited.sql_for(&parameters).contains("IN ('x:it''s', 'x:{period}')"));
    }

    #[test]
    fn periods_are_half_open() {
        assert_eq!(period(None, None), "true");
        assert_eq!(
            period(Some(1_700_000_000_000_000), Some(1_700_000_000_500_000)),
            "created_at >= TIMESTAMP '2023-11-14T22:13:20Z' AND created_at < TIMESTAMP '2023-11-14T22:13:20.500Z'"
        );
    }
}
