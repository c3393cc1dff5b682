//! Any table or JSON whose columns have telling names, in English or Chinese.
//!
//! Names are compared in lower case and without spaces, underscores, hyphens and dots, so that `Created At`, `created_at` and
//! `createdAt` are one. Of several columns that fit a field the one named first in [`ALIASES`] wins. In JSON, objects that describe
//! an author (`user`, `author`, …) or counts (`public_metrics`, `stats`, …) are looked into.

use super::super::draft::Draft;
use super::super::json::Json;
use super::super::overrides::Field;
use super::super::record::{Header, Record};
use super::{ColumnMap, Sample, USUAL};
use std::collections::HashMap;
use std::sync::LazyLock;

pub(super) static MAP: ColumnMap = ColumnMap {
    name: "generic",
    summary: "Any table or JSON whose columns have telling names such as text, author, created_at.",
    score: |_| 1,
    read,
    ..USUAL
};

/// Names of columns by the field they feed, the surest first.
const ALIASES: &[(Field, &str)] = &[
    (
        Field::Text,
        "text fulltext body content message selftext posttext tweettext tweet tweetcontent commenttext contenttext commentcontent \
         comment rawtext caption review reviewtext reviewbody sentence post desc description 正文 微博正文 内容 微博内容 评论内容 \
         文本 帖子内容 回复内容 评论",
    ),
    (Field::Title, "title subject headline 标题 帖子标题"),
    (
        Field::NativeId,
        "nativeid id idstr postid tweetid statusid commentid messageid noteid awemeid videoid weiboid mid rpid uuid objectid guid \
         itemid reviewid 微博id 帖子id 评论id",
    ),
    (
        Field::AuthorId,
        "authorid userid uid author user username userscreenname screenname authorname nickname usernickname by creator poster sender \
         account accountname handle fromuser channelid 用户id 作者id 用户名 用户昵称 作者 昵称 用户 发布者 博主",
    ),
    (
        Field::CreatedAt,
        "createdat createdutc createdatutc createtime createdtime createddate datecreated creationdate unixtimestamp publishedat \
         publishtime publisheddate publishdate publicationdate pubdate pubtime postedat postdate posttime timestamp timestampms datetime \
         date time ts created published posted ctime reviewtime reviewdate 完整日期 发布时间 发表时间 创建时间 评论时间 发布日期 \
         日期 时间",
    ),
    (Field::Url, "url link permalink posturl postlink tweeturl noteurl weburl 链接 网址 微博链接"),
    (Field::DeclaredLanguage, "declaredlanguage lang language languageguess 语言"),
    (Field::Platform, "platform sourceplatform network 平台"),
    (
        Field::ReplyToId,
        "replytoid inreplytostatusidstr inreplytostatusid inreplytoid inreplyto parentid parentcommentid parent replyto 父评论id",
    ),
    (
        Field::RepostOfId,
        "repostofid retweetid retweetedstatusid retweetedid repostof reblogofid 源微博id",
    ),
    (Field::ThreadId, "threadid conversationidstr conversationid rootid discussionid linkid"),
    (
        Field::LikeCount,
        "likecount likes likescount likedcount numlikes nlikes favoritecount favouritecount favorites attitudescount voteupcount \
         upvotes score points numpoints diggcount votes ups reactions 点赞数 点赞 赞",
    ),
    (
        Field::ReplyCount,
        "replycount replies repliescount numreplies nreplies commentcount commentscount comments numcomments 评论数 回复数",
    ),
    (
        Field::RepostCount,
        "repostcount reposts repostscount retweetcount retweets retweetscount nretweets numretweets sharecount shares sharedcount \
         reblogscount 转发数 分享数",
    ),
    (
        Field::ViewCount,
        "viewcount views viewscount impressions impressioncount playcount plays readcount reads 阅读数 播放数 播放量 浏览量",
    ),
    (
        Field::Image,
        "imageurl imageurls images image photos photourl pics mediaurl 图片 图片url 原始图片url 微博图片url",
    ),
    (Field::Video, "videourl videourls 视频url 微博视频url"),
    (Field::Handle, "username screenname userscreenname authorusername handle"),
    (
        Field::DisplayName,
        "displayname fullname authorfullname userfullname nickname usernickname authorname 用户昵称 昵称",
    ),
    (Field::Bio, "bio userdescription authordescription signature 简介"),
    (Field::FollowerCount, "followercount followerscount followers userfollowerscount fans 粉丝数"),
    (Field::FollowingCount, "followingcount following friendscount followcount 关注数"),
    (Field::IsVerified, "isverified verified userverified 是否认证"),
];

/// Fields by alias, each with its rank among the aliases of the field.
static FIELDS_BY_ALIAS: LazyLock<HashMap<&'static str, Vec<(Field, usize)>>> =
    LazyLock::new(|| {
        let mut fields: HashMap<&'static str, Vec<(Field, usize)>> = HashMap::new();
        for (field, aliases) in ALIASES {
            for (rank, alias) in aliases.split_whitespace().enumerate() {
                fields.entry(alias).or_default().push((*field, rank));
            }
        }
        fields
    });

/// Members that describe the author, and those that hold counts.
const AUTHORS: &[&str] = &["user", "author", "account", "from", "owner"];
const COUNTS: &[&str] = &["public_metrics", "metrics", "stats", "statistics", "engagement"];

/// Names inside an object that describes an author, by the field they feed, the surest first.
const AUTHOR_MEMBERS: &[(Field, &[&str])] = &[
    (
        Field::AuthorId,
        &["id_str", "id", "user_id", "uid", "username", "screen_name", "acct", "login", "name"],
    ),
    (Field::Handle, &["username", "screen_name", "acct", "login", "uniqueId", "unique_id"]),
    (Field::DisplayName, &["display_name", "full_name", "nickname", "name"]),
    (Field::Bio, &["description", "bio", "signature", "note"]),
    (
        Field::FollowerCount,
        &["followers_count", "follower_count", "public_metrics.followers_count", "followers"],
    ),
    (
        Field::FollowingCount,
        &["friends_count", "following_count", "public_metrics.following_count", "following"],
    ),
    (Field::IsVerified, &["verified", "is_verified"]),
];

fn read<'r>(record: Record<'r>, draft: &mut Draft<'r>) {
    match record {
        Record::Row(row) => {
            let guesses = row.header.guesses.get_or_init(|| guess(&row.header.names));
            for (field, place) in guesses {
                field.put(draft, record.value(&row.header.names[*place]));
            }
        }
        Record::Json(Json::Object(members)) => {
            // A member without a value of its own feeds no field.
            let names: Vec<String> = members
                .iter()
                .map(|(name, value)| match value {
                    Json::Object(_) | Json::List(_) | Json::Null => String::new(),
                    _ => name.to_string(),
                })
                .collect();
            for (field, place) in guess(&names) {
                field.put(draft, record.value(&names[place]));
            }
            read_objects(record, draft);
        }
        Record::Json(_) => {}
    }
}

/// Looks into the objects that describe the author or hold counts.
fn read_objects<'r>(record: Record<'r>, draft: &mut Draft<'r>) {
    if let Some(author) = AUTHORS.iter().find_map(|name| record.inner(name)) {
        for (field, names) in AUTHOR_MEMBERS {
            if *field != Field::AuthorId || draft.author_id.is_none() {
                field.put(draft, author.first_value(names));
            }
        }
    }
    if let Some(counts @ Record::Json(Json::Object(members))) =
        COUNTS.iter().find_map(|name| record.inner(name))
    {
        let names: Vec<String> = members.iter().map(|(name, _)| name.to_string()).collect();
        for (field, place) in guess(&names) {
            let counted = matches!(
                field,
                Field::LikeCount | Field::ReplyCount | Field::RepostCount | Field::ViewCount
            );
            if counted {
                field.put(draft, counts.value(&names[place]));
            }
        }
    }
}

/// Finds the fields that columns feed, by their names; each field once, in the order of [`ALIASES`].
fn guess(names: &[String]) -> Vec<(Field, usize)> {
    let mut found: Vec<(Field, usize, usize)> = Vec::new();
    for (place, name) in names.iter().enumerate() {
        let Some(fields) = FIELDS_BY_ALIAS.get(normalised(name).as_str()) else { continue };
        for (field, rank) in fields {
            match found.iter_mut().find(|(taken, _, _)| taken == field) {
                Some((_, best, best_rank)) if rank < best_rank => {
                    (*best, *best_rank) = (place, *rank)
                }
                Some(_) => {}
                None => found.push((*field, place, *rank)),
            }
        }
    }
    found.into_iter().map(|(field, place, _)| (field, place)).collect()
}

fn normalised(name: &str) -> String {
    name.chars().filter(|c| !" _-.".contains(*c)).flat_map(char::to_lowercase).collect()
}

/// Returns the columns of a table that posts hold unchanged.
pub(crate) fn guess_copied(header: &Header) -> Vec<(&str, Field)> {
    let guesses = header.guesses.get_or_init(|| guess(&header.names));
    guesses.iter().map(|(field, place)| (header.names[*place].as_str(), *field)).collect()
}

/// Says which of the fields that every post needs cannot be found in a file; nothing if all can.
pub(crate) fn missing_guesses(
    sample: &Sample<'_>,
    is_set: impl Fn(Field) -> bool,
) -> Option<&'static str> {
    let finds = |fits: fn(&Draft<'_>) -> bool| {
        sample.objects.iter().any(|object| {
            let mut draft = Draft::default();
            read(Record::Json(object), &mut draft);
            fits(&draft)
        })
    };
    let guesses = sample.header.map(|header| guess(&header.names));
    let found = |field: Field, fits: fn(&Draft<'_>) -> bool| match &guesses {
        Some(guesses) => guesses.iter().any(|(guessed, _)| *guessed == field),
        None => finds(fits),
    };
    let has_text = is_set(Field::Text)
        || is_set(Field::Title)
        || found(Field::Text, |draft| draft.text.is_some())
        || found(Field::Title, |draft| draft.title.is_some());
    let has_time =
        is_set(Field::CreatedAt) || found(Field::CreatedAt, |draft| draft.created_at.is_some());
    match (has_text, has_time) {
        (true, true) => None,
        (false, _) => Some("text"),
        (true, false) => Some("created_at"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{read_file, read_with};
    use crate::SourceOptions;

    #[test]
    fn telling_names_are_enough() {
        let text = "Post ID;User Name;Created At;Message;Likes;Link\n7;ann;2026-11-24 08:21;hi;1,024;https://e.org/7\n";
        let read = read_file("export.csv", text.as_bytes());
        let post = &read.posts[0];
        assert_eq!((read.map.as_str(), post.post_id.as_str()), ("generic", "file:7"));
        assert_eq!(post.author_id.as_deref(), Some("file:ann"));
        assert_eq!(post.text, "hi");
        assert_eq!(post.like_count, Some(1024));
        assert_eq!(post.url.as_deref(), Some("https://e.org/7"));
        assert_eq!(post.created_at, 1_795_508_460_000_000);
    }

    #[test]
    fn chinese_names_are_as_good() {
        let text =
            "评论id,用户昵称,评论内容,评论时间,点赞数\n1,安,很好用,2026年11月24日 08:21,1.2万\n";
        let read = read_file("评论.csv", text.as_bytes());
        assert_eq!(read.posts[0].text, "很好用");
        assert_eq!(read.posts[0].like_count, Some(12_000));
    }

    #[test]
    fn objects_of_author_and_counts_are_looked_into() {
        let text = r#"{"id":1,"body":"hi","date":1795508460,"user":{"id":9,"username":"ann","followers_count":5},"stats":{"views":7,"likes":2}}"#;
        let read = read_file("a.jsonl", text.as_bytes());
        let post = &read.posts[0];
        assert_eq!(post.author_id.as_deref(), Some("file:9"));
        assert_eq!((post.view_count, post.like_count), (Some(7), Some(2)));
        assert_eq!(read.authors[0].handle.as_deref(), Some("ann"));
        assert_eq!(read.authors[0].follower_count, Some(5));
    }

    #[test]
    fn columns_that_are_named_win() {
        let options = SourceOptions {
            columns: Some(
                "text=note,created_at=when,platform='Diary',like_count=meta.hearts".into(),
            ),
            ..SourceOptions::default()
        };
        let text = r#"{"text":"not this","note":"this","when":"2026-11-24","meta":{"hearts":3}}"#;
        let read = read_with("a.jsonl", text.as_bytes(), options).unwrap();
        assert_eq!(read.posts[0].text, "this");
        assert_eq!(read.posts[0].platform, "diary");
        assert_eq!(read.posts[0].like_count, Some(3));
        assert_eq!(read.posts[0].native_id.len(), 16);
    }

    #[test]
    fn files_without_telling_names_are_refused_with_a_list() {
        let message = |text: &str| {
            read_with("a.csv", text.as_bytes(), SourceOptions::default()).err().unwrap().to_string()
        };
        let fault = message("a,b\n1,2\n");
        assert!(
            fault.contains("no column looks like `text`") && fault.contains("`a`, `b`"),
            "{fault}"
        );
        assert!(message("text,b\n1,2\n").contains("no column looks like `created_at`"));
    }
}
