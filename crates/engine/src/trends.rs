//! Series over the workspace: of what, what is counted, and in which buckets.
//!
//! [`GROUPS`], [`MEASURES`] and [`BUCKETS`] list the choices; [`SeriesQuery`] makes SQL of them, which runs here and on a cluster.

/// Is a way to tell posts apart; a post may belong to several series, or to none.
#[derive(Debug)]
pub struct Group {
    /// Name on the command line and of the column of results.
    pub name: &'static str,
    /// Half a sentence for `--help`.
    pub about: &'static str,
    /// A query that gives `post_id`, `created_at` and `key`, each pair of post and key once.
    members: &'static str,
}

/// Lists every way to tell posts apart.
pub static GROUPS: &[Group] = &[
    Group {
        name: "all",
        about: "one series of all posts",
        members: "SELECT post_id, created_at, 'all' AS key FROM prepared",
    },
    Group {
        name: "topic",
        about: "a series for each topic, by its id",
        members: "SELECT post_id, created_at, CAST(topic_id AS VARCHAR) AS key FROM topic_posts",
    },
    Group {
        name: "hashtag",
        about: "for each hashtag, without `#`",
        members: "SELECT post_id, created_at, unnest(array_distinct(hashtags)) AS key FROM prepared",
    },
    Group {
        name: "term",
        about: "for each word that says something",
        members: "SELECT * FROM (SELECT post_id, created_at, unnest(content_words(clean_text)) AS key FROM prepared) WHERE key NOT LIKE '#%'",
    },
    Group {
        name: "story",
        about: "for each family of near-duplicates, by its first post",
        members: "SELECT post_id, created_at, story_id AS key FROM prepared",
    },
    Group {
        name: "author",
        about: "for each account, by its id",
        members: "SELECT post_id, created_at, author_id AS key FROM posts",
    },
    Group {
        name: "platform",
        about: "for each platform",
        members: "SELECT post_id, created_at, platform AS key FROM posts",
    },
    Group {
        name: "language",
        about: "for each language",
        members: "SELECT post_id, created_at, language AS key FROM prepared",
    },
    Group {
        name: "sentiment",
        about: "for posts that are positive, neutral, negative",
        members: "SELECT post_id, created_at, sentiment['label'] AS key FROM scored",
    },
    Group {
        name: "emotion",
        about: "for each emotion",
        members: "SELECT post_id, created_at, emotion['label'] AS key FROM scored",
    },
];

/// Is what is counted of the posts of a bucket.
#[derive(Debug)]
pub struct Measure {
    /// Name on the command line.
    pub name: &'static str,
    /// Half a sentence for `--help`.
    pub about: &'static str,
    /// Whether a bucket without posts has the value 0; else it has none.
    pub is_zero_without_posts: bool,
    /// The aggregate; `m` are the members, `p`, `r`, `s` the rows of `posts`, `prepared`, `scored`, `a` all posts of the bucket.
    value: &'static str,
    /// What it needs beside the members.
    joins: &'static str,
}

/// Joins the sentiment of posts.
const WITH_SENTIMENT: &str =
    "JOIN (SELECT post_id, sentiment['label'] AS label FROM scored) s ON s.post_id = m.post_id";
/// Joins posts.
const WITH_POSTS: &str = "JOIN posts p ON p.post_id = m.post_id";

/// Lists everything that can be counted.
pub static MEASURES: &[Measure] = &[
    Measure {
        name: "posts",
        about: "posts",
        is_zero_without_posts: true,
        value: "count(*)",
        joins: "",
    },
    Measure {
        name: "stories",
        about: "families of near-duplicates",
        is_zero_without_posts: true,
        value: "count(DISTINCT r.story_id)",
        joins: "JOIN prepared r ON r.post_id = m.post_id",
    },
    Measure {
        name: "authors",
        about: "accounts",
        is_zero_without_posts: true,
        value: "count(DISTINCT p.author_id)",
        joins: WITH_POSTS,
    },
    Measure {
        name: "engagement",
        about: "likes, replies and reposts",
        is_zero_without_posts: true,
        value: "sum(coalesce(p.like_count, 0) + coalesce(p.reply_count, 0) + coalesce(p.repost_count, 0))",
        joins: WITH_POSTS,
    },
    Measure {
        name: "share",
        about: "part of all posts of the bucket, 0 to 1",
        is_zero_without_posts: true,
        value: "count(*) / CAST(max(a.posts) AS DOUBLE)",
        joins: "JOIN (SELECT {bucket} AS timestamp, count(*) AS posts FROM prepared m GROUP BY 1) a ON a.timestamp = {bucket}",
    },
    Measure {
        name: "net_sentiment",
        about: "(positive - negative) / all, -1 to 1",
        is_zero_without_posts: false,
        value: "avg(CASE s.label WHEN 'positive' THEN 1.0 WHEN 'negative' THEN -1.0 WHEN 'neutral' THEN 0.0 END)",
        joins: WITH_SENTIMENT,
    },
    Measure {
        name: "negative_share",
        about: "negative posts / all, 0 to 1",
        is_zero_without_posts: false,
        value: "avg(CASE s.label WHEN 'negative' THEN 1.0 WHEN 'positive' THEN 0.0 WHEN 'neutral' THEN 0.0 END)",
        joins: WITH_SENTIMENT,
    },
];

/// Is a length of buckets.
#[derive(Debug)]
pub struct Bucket {
    /// Name on the command line, as `date_trunc` knows it.
    pub name: &'static str,
    /// Its length in seconds.
    pub seconds: i64,
    /// Whether it begins at midnight somewhere, so that the time zone matters.
    is_of_days: bool,
}

/// Lists the lengths of buckets.
pub static BUCKETS: &[Bucket] = &[
    Bucket { name: "minute", seconds: 60, is_of_days: false },
    Bucket { name: "hour", seconds: 3_600, is_of_days: false },
    Bucket { name: "day", seconds: 86_400, is_of_days: true },
    Bucket { name: "week", seconds: 7 * 86_400, is_of_days: true },
];

impl Bucket {
    /// Gives the SQL of the beginning of the bucket of `m.created_at`: an instant in UTC; of days and weeks the date in the time zone, so that
    /// the days on which a clock is changed are days like others.
    fn start(&self, time_zone: &str) -> String {
        let name = self.name;
        match self.is_of_days {
            true => {
                let local = format!("m.created_at AT TIME ZONE {}", quoted(time_zone));
                format!("to_local_time(date_trunc('{name}', {local}))")
            }
            false => format!("date_trunc('{name}', m.created_at)"),
        }
    }
}

/// Asks for series.
#[derive(Debug)]
pub struct SeriesQuery {
    /// How posts are told apart.
    pub group: &'static Group,
    /// What is counted.
    pub measure: &'static Measure,
    /// In which buckets.
    pub bucket: &'static Bucket,
    /// Name or offset (`Asia/Shanghai`, `+08:00`) where days begin.
    pub time_zone: String,
    /// First moment, in SQL's notation; none for all.
    pub since: Option<String>,
    /// First moment that is not asked for.
    pub until: Option<String>,
    /// The series that are wanted; empty for the greatest.
    pub keys: Vec<String>,
    /// How many of the greatest, by posts.
    pub top: usize,
}

/// Is the time of a series whose posts are looked at, both ends the beginnings of buckets in microseconds.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// Its first bucket.
    pub first: i64,
    /// Its last bucket.
    pub last: i64,
}

impl SeriesQuery {
    /// Gives a query for `key`, `timestamp` and `value` of every bucket that has posts.
    pub fn series(&self) -> String {
        let bucket = self.bucket.start(&self.time_zone);
        let joins = self.measure.joins.replace("{bucket}", &bucket);
        format!(
            "WITH members AS ({members}),
             chosen AS (SELECT key FROM members GROUP BY key ORDER BY count(*) DESC, key LIMIT {top})
             SELECT m.key AS key, {bucket} AS timestamp, CAST({value} AS DOUBLE) AS value
             FROM members m JOIN chosen c ON c.key = m.key {joins} GROUP BY 1, 2",
            members = self.members(&self.keys),
            top = if self.keys.is_empty() { self.top } else { self.keys.len() },
            value = self.measure.value,
        )
    }

    /// Gives a query for what is known of the posts of a series in a time: `bucket` (when theirs begins), `post_id`, `hashtags`, `terms`,
    /// `story`, `author`, `platform`, `language`, `sentiment` (NULL where it is not scored) and `engagement`.
    pub fn facts(&self, key: &str, span: Span) -> String {
        let bucket = self.bucket.start(&self.time_zone);
        let moment = |time: i64| format!("to_timestamp_micros({time})");
        let zone = if self.bucket.is_of_days { "TIMESTAMP" } else { "TIMESTAMP WITH TIME ZONE" };
        format!(
            "SELECT {bucket} AS bucket, m.post_id, r.hashtags, content_words(r.clean_text) AS terms, r.story_id AS story,
                p.author_id AS author, p.platform, r.language, s.label AS sentiment,
                coalesce(p.like_count, 0) + coalesce(p.reply_count, 0) + coalesce(p.repost_count, 0) AS engagement
             FROM ({members}) m JOIN prepared r ON r.post_id = m.post_id JOIN posts p ON p.post_id = m.post_id
             LEFT JOIN (SELECT post_id, sentiment['label'] AS label FROM scored) s ON s.post_id = m.post_id
             WHERE {bucket} BETWEEN CAST({first} AS {zone}) AND CAST({last} AS {zone})",
            members = self.members(std::slice::from_ref(&key.to_owned())),
            first = moment(span.first),
            last = moment(span.last),
        )
    }

    fn members(&self, keys: &[String]) -> String {
        let mut rules = vec!["key IS NOT NULL".to_owned()];
        let moment = |time: &str| format!("CAST({} AS TIMESTAMP WITH TIME ZONE)", quoted(time));
        rules.extend(self.since.iter().map(|time| format!("created_at >= {}", moment(time))));
        rules.extend(self.until.iter().map(|time| format!("created_at < {}", moment(time))));
        if !keys.is_empty() {
            let keys: Vec<String> = keys.iter().map(|key| quoted(key)).collect();
            rules.push(format!("key IN ({})", keys.join(", ")));
        }
        format!("SELECT * FROM ({}) WHERE {}", self.group.members, rules.join(" AND "))
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_has_a_name_of_its_own() {
        let lists: [Vec<&str>; 3] = [
            GROUPS.iter().map(|group| group.name).collect(),
            MEASURES.iter().map(|measure| measure.name).collect(),
            BUCKETS.iter().map(|bucket| bucket.name).collect(),
        ];
        for mut names in lists {
            let all = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), all);
        }
    }

    #[test]
    fn what_people_type_stays_a_text() {
        let query = SeriesQuery {
            group: &GROUPS[2],
            measure: &MEASURES[0],
            bucket: &BUCKETS[2],
            time_zone: "'; DROP".to_owned(),
            since: None,
            until: None,
            keys: vec!["it's".to_owned()],
            top: 5,
        };
        let sql = query.series();
        assert!(sql.contains("key IN ('it''s')") && sql.contains("ZONE '''; DROP'"), "{sql}");
    }
}
