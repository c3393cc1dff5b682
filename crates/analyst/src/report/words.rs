//! The words of the interface, in each language.

use std::str::FromStr;

/// Names the languages a report can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Simplified Chinese.
    Chinese,
}

impl Language {
    /// Returns its code (BCP 47), as in the `lang` attribute of HTML.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh-CN",
        }
    }

    /// Returns its words.
    pub(super) fn words(self) -> &'static Words {
        match self {
            Self::English => &ENGLISH,
            Self::Chinese => &CHINESE,
        }
    }
}

/// Says that a report cannot be written in a language.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown language `{0}`; use `en` or `zh`")]
pub struct LanguageError(String);

impl FromStr for Language {
    type Err = LanguageError;

    fn from_str(text: &str) -> Result<Self, LanguageError> {
        match text.to_ascii_lowercase().as_str() {
            "en" | "english" => Ok(Self::English),
            "zh" | "zh-cn" | "zh-hans" | "chinese" => Ok(Self::Chinese),
            _ => Err(LanguageError(text.to_owned())),
        }
    }
}

/// Holds every fixed word of the interface; a missing translation does not compile. A `{}` is filled by [`filled`].
pub(super) struct Words {
    pub default_title: &'static str,
    pub generated: &'static str,
    pub day: &'static str,
    pub days: &'static str,
    pub times_are_utc: &'static str,
    pub posts: &'static str,
    pub scored: &'static str,
    pub unique_stories: &'static str,
    pub repeats: &'static str,
    pub unique_authors: &'static str,
    pub net_sentiment: &'static str,
    pub negative_share: &'static str,
    pub negative_note: &'static str,
    pub quarantined_rows: &'static str,
    pub quarantine_note: &'static str,
    pub of_prepared_posts: &'static str,
    pub share: &'static str,
    pub query: &'static str,
    pub queries: &'static str,
    pub table: &'static str,
    pub no_rows: &'static str,
    pub missing_title: &'static str,
    pub missing_tables: &'static str,
    pub no_posts: &'static str,
    pub not_prepared: &'static str,
    pub not_scored: &'static str,
    pub cannot_be_made: &'static str,
    pub row: &'static str,
    pub open: &'static str,
    pub reposts: &'static str,
    pub likes: &'static str,
    pub unknown: &'static str,
    pub overall: &'static str,
    pub how_to_read: &'static str,
    pub reading: &'static [&'static str],
    pub made_by: &'static str,
    pub weekdays: [&'static str; 7],
    terms: &'static [(&'static str, &'static str)],
}

impl Words {
    /// Translates a label, a column name or a language code; one without translation stays as it is.
    pub(super) fn term<'a>(&self, name: &'a str) -> &'a str
    where
        'static: 'a,
    {
        self.terms.iter().find(|(known, _)| *known == name).map_or(name, |(_, shown)| *shown)
    }
}

/// Puts a value in the place that a sentence leaves for it.
pub(super) fn filled(sentence: &str, value: &str) -> String {
    sentence.replacen("{}", value, 1)
}

static ENGLISH: Words = Words {
    default_title: "Social listening report",
    generated: "Generated",
    day: "day",
    days: "days",
    times_are_utc: "All times are UTC.",
    posts: "Posts",
    scored: "{} scored",
    unique_stories: "Unique stories",
    repeats: "Repeats",
    unique_authors: "Unique authors",
    net_sentiment: "Net sentiment",
    negative_share: "Negative share",
    negative_note: "Negative posts: {}",
    quarantined_rows: "Quarantined rows",
    quarantine_note: "records that could not be read, in the whole workspace",
    of_prepared_posts: "{} of prepared posts",
    share: "Share",
    query: "SQL",
    queries: "SQL of the figures above",
    table: "Table",
    no_rows: "No rows.",
    missing_title: "What this report lacks",
    missing_tables: "The workspace has no table `{}`",
    no_posts: "There are no posts in this period. Collect some: groundswell collect file PATH",
    not_prepared: "Posts that are not prepared yet, missing from stories, languages and hashtags (run: groundswell refresh): {}",
    not_scored: "Posts that are not scored yet, missing from sentiment and emotion (run: groundswell refresh): {}",
    cannot_be_made: "Cannot be made without the table {}.",
    row: "Row",
    open: "Original post",
    reposts: "Reposts",
    likes: "Likes",
    unknown: "unknown",
    overall: "{} overall",
    how_to_read: "How to read this report",
    reading: &[
        "Every number comes from the SQL text shown with it. The same text run on the same tables gives the same number.",
        "Posts counts rows: every repost and every copy counts. Unique stories counts each family of near-duplicate posts once. Unique authors counts accounts, not people.",
        "Sentiment and emotion are labels that a model gives to the text of a post alone, without its pictures, thread or author. A label can be wrong; irony, mixed feelings and very short posts are the hardest. The card of the model states how often it is right.",
        "A score is the probability the model gives to its own label, from 0 to 1. It measures how sure the model is, not how strong the feeling is.",
        "Net sentiment is (P − N) / (P + N + U) over positive, negative and neutral posts, from −1 to +1. Shares are counted labels; they are not corrected for the errors of the model.",
        "The posts are those that were collected. They do not stand for all people or for all that was said.",
        "Personal data in quoted texts (addresses, phone numbers and the like) is masked where it was recognised. Account names are shown as stored.",
    ],
    made_by: "Made by Groundswell",
    weekdays: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
    terms: &[
        ("positive", "Positive"),
        ("neutral", "Neutral"),
        ("negative", "Negative"),
        ("joy", "Joy"),
        ("sadness", "Sadness"),
        ("anger", "Anger"),
        ("fear", "Fear"),
        ("surprise", "Surprise"),
        ("disgust", "Disgust"),
        ("love", "Love"),
        ("optimism", "Optimism"),
        ("none", "None"),
        ("other", "Other"),
        ("en", "English"),
        ("zh", "Chinese"),
        ("ja", "Japanese"),
        ("ko", "Korean"),
        ("fr", "French"),
        ("de", "German"),
        ("es", "Spanish"),
        ("pt", "Portuguese"),
        ("und", "Undetermined"),
        ("bucket", "Time"),
        ("posts", "Posts"),
        ("unique_stories", "Unique stories"),
        ("unique_authors", "Unique authors"),
        ("sentiment", "Sentiment"),
        ("emotion", "Emotion"),
        ("weekday", "Weekday (0 = Sunday)"),
        ("hour", "Hour"),
        ("language", "Language"),
        ("platform", "Platform"),
        ("hashtag", "Hashtag"),
        ("topic", "Topic"),
        ("no_topic", "No topic"),
        ("map_x", "Map, across"),
        ("map_y", "Map, up"),
        ("story_id", "Story"),
        ("first_post_at", "First post"),
        ("last_post_at", "Last post"),
        ("example_post_id", "Earliest post"),
        ("post_id", "Post"),
        ("sentiment_score", "Sentiment score"),
        ("emotion_score", "Emotion score"),
        ("reposts", "Reposts"),
        ("likes", "Likes"),
        ("reposts_and_likes", "Reposts + likes"),
        ("model_version", "Model version"),
        ("created_at", "Time"),
        ("author", "Author"),
        ("text", "Text"),
        ("url", "Address"),
    ],
};

static CHINESE: Words = Words {
    default_title: "社交聆听报告",
    generated: "生成时间",
    day: "天",
    days: "天",
    times_are_utc: "所有时间均为 UTC。",
    posts: "帖子",
    scored: "已评分 {}",
    unique_stories: "独立内容",
    repeats: "重复内容",
    unique_authors: "独立作者",
    net_sentiment: "净情感",
    negative_share: "负面占比",
    negative_note: "负面帖子 {}",
    quarantined_rows: "隔离记录",
    quarantine_note: "整个工作区中无法读取的记录",
    of_prepared_posts: "占已预处理帖子 {}",
    share: "占比",
    query: "SQL",
    queries: "以上数字的 SQL",
    table: "数据表",
    no_rows: "没有数据。",
    missing_title: "本报告缺少的内容",
    missing_tables: "工作区中没有数据表 `{}`",
    no_posts: "该时段没有帖子。请先采集：groundswell collect file PATH",
    not_prepared: "尚未预处理的帖子数（未计入独立内容、语言与话题标签，请运行 groundswell refresh）：{}",
    not_scored: "尚未评分的帖子数（未计入情感与情绪，请运行 groundswell refresh）：{}",
    cannot_be_made: "缺少数据表 {}，无法生成。",
    row: "数据行",
    open: "查看原帖",
    reposts: "转发",
    likes: "点赞",
    unknown: "未知",
    overall: "总体 {}",
    how_to_read: "如何阅读本报告",
    reading: &[
        "每个数字都来自与其一同列出的 SQL。在相同的数据表上运行同一语句，得到相同的数字。",
        "“帖子”按行计数，每次转发、每份副本都算一条；“独立内容”把近似重复的帖子只计一次；“独立作者”统计的是账号，而非自然人。",
        "情感与情绪是模型仅根据帖子文本给出的标签，不看图片、上下文与作者。标签可能出错，反讽、复杂情绪与极短的帖子最难判断；模型卡写明了准确程度。",
        "“得分”是模型对自己所给标签的概率，介于 0 与 1 之间，表示模型有多确信，而非情绪有多强烈。",
        "净情感 =（正面 − 负面）/（正面 + 负面 + 中性），介于 −1 与 +1 之间。占比是标签的计数，未按模型误差校正。",
        "数据仅为已采集的帖子，不代表所有人或全部言论。",
        "所引文本中已识别的个人信息（地址、电话号码等）均已遮盖；账号名称按存储内容显示。",
    ],
    made_by: "由 Groundswell 生成",
    weekdays: ["周一", "周二", "周三", "周四", "周五", "周六", "周日"],
    terms: &[
        ("positive", "正面"),
        ("neutral", "中性"),
        ("negative", "负面"),
        ("joy", "喜悦"),
        ("sadness", "悲伤"),
        ("anger", "愤怒"),
        ("fear", "恐惧"),
        ("surprise", "惊讶"),
        ("disgust", "厌恶"),
        ("love", "喜爱"),
        ("optimism", "乐观"),
        ("none", "无情绪"),
        ("other", "其他"),
        ("en", "英语"),
        ("zh", "中文"),
        ("ja", "日语"),
        ("ko", "韩语"),
        ("fr", "法语"),
        ("de", "德语"),
        ("es", "西班牙语"),
        ("pt", "葡萄牙语"),
        ("und", "无法判定"),
        ("weibo", "微博"),
        ("xiaohongshu", "小红书"),
        ("douyin", "抖音"),
        ("zhihu", "知乎"),
        ("tieba", "贴吧"),
        ("bucket", "时间"),
        ("posts", "帖子"),
        ("unique_stories", "独立内容"),
        ("unique_authors", "独立作者"),
        ("sentiment", "情感"),
        ("emotion", "情绪"),
        ("weekday", "星期（0 为周日）"),
        ("hour", "小时"),
        ("language", "语言"),
        ("platform", "平台"),
        ("hashtag", "话题标签"),
        ("topic", "话题"),
        ("no_topic", "无话题"),
        ("map_x", "地图横轴"),
        ("map_y", "地图纵轴"),
        ("story_id", "内容编号"),
        ("first_post_at", "最早帖子"),
        ("last_post_at", "最新帖子"),
        ("example_post_id", "最早一条"),
        ("post_id", "帖子编号"),
        ("sentiment_score", "情感得分"),
        ("emotion_score", "情绪得分"),
        ("reposts", "转发"),
        ("likes", "点赞"),
        ("reposts_and_likes", "转发 + 点赞"),
        ("model_version", "模型版本"),
        ("created_at", "时间"),
        ("author", "作者"),
        ("text", "文本"),
        ("url", "链接"),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_known_by_code_and_name() {
        assert_eq!("EN".parse(), Ok(Language::English));
        assert_eq!("zh-CN".parse(), Ok(Language::Chinese));
        let error = "de".parse::<Language>().unwrap_err();
        assert_eq!(error.to_string(), "unknown language `de`; use `en` or `zh`");
    }

    #[test]
    fn both_languages_say_the_same_things() {
        assert_eq!(ENGLISH.reading.len(), CHINESE.reading.len());
        for (name, _) in ENGLISH.terms {
            assert_ne!(CHINESE.term(name), *name, "{name} has no Chinese form");
        }
        assert_eq!(CHINESE.term("#原样"), "#原样");
    }

    #[test]
    fn sentences_leave_one_place() {
        for words in [&ENGLISH, &CHINESE] {
            let sentences = [
                words.scored,
                words.of_prepared_posts,
                words.negative_note,
                words.missing_tables,
                words.not_prepared,
                words.not_scored,
                words.cannot_be_made,
                words.overall,
            ];
            for sentence in sentences {
                assert_eq!(sentence.matches("{}").count(), 1, "{sentence}");
            }
        }
        assert_eq!(filled("a {} b", "{}"), "a {} b");
    }
}
