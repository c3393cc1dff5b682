//! Reports over twelve posts whose numbers are counted by hand, over hostile text, over empty and missing tables.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod tables;

use groundswell_analyst::{
    Bucket, Cell, FIGURES, Kind, Language, Report, ReportError, ReportOptions, Table, build_report,
};
use groundswell_engine::Runner;
use serde_json::Value;
use tables::{Label, Memory, Posted};

const HOSTILE: &str = "</code><script>alert(1)</script>\" onload=\"x' & <b>";

struct Line(&'static str, &'static str, &'static str, &'static str, &'static str, Label, Label);

/// Returns twelve posts of seven days: 9 stories, 8 authors, 5 positive, 2 neutral, 4 negative, one not scored.
fn twelve() -> Vec<Posted> {
    let (joy, anger) = (Some(("joy", 0.8)), Some(("anger", 0.7)));
    let label = |name, score| Some((name, score));
    let lines = [
        Line(
            "weibo:1",
            "weibo:a1",
            "2026-11-02T08:00:00Z",
            "zh",
            "s1",
            label("positive", 0.9),
            joy,
        ),
        Line(
            "weibo:2",
            "weibo:a2",
            "2026-11-02T09:00:00Z",
            "zh",
            "s1",
            label("positive", 0.8),
            joy,
        ),
        Line(
            "weibo:3",
            "weibo:a3",
            "2026-11-02T20:00:00Z",
            "zh",
            "s1",
            label("neutral", 0.6),
            None,
        ),
        Line("x:1", "x:b1", "2026-11-03T10:00:00Z", "en", "s2", label("negative", 0.97), anger),
        Line("x:2", "x:b1", "2026-11-04T10:00:00Z", "en", "s3", label("positive", 0.7), joy),
        Line("x:3", "x:b2", "2026-11-04T11:00:00Z", "en", "s3", label("positive", 0.7), joy),
        Line("x:4", "x:b3", "2026-11-05T12:00:00Z", "en", "s4", label("negative", 0.6), anger),
        Line(
            "reddit:1",
            "reddit:c1",
            "2026-11-06T12:00:00Z",
            "en",
            "s5",
            label("positive", 0.5),
            joy,
        ),
        Line(
            "reddit:2",
            "reddit:c2",
            "2026-11-06T13:00:00Z",
            "en",
            "s6",
            label("neutral", 0.5),
            None,
        ),
        Line(
            "reddit:3",
            "reddit:c1",
            "2026-11-07T01:00:00Z",
            "es",
            "s7",
            label("negative", 0.85),
            anger,
        ),
        Line(
            "weibo:4",
            "weibo:a1",
            "2026-11-08T22:00:00Z",
            "zh",
            "s4",
            label("negative", 0.99),
            anger,
        ),
        Line("weibo:5", "weibo:a1", "2026-11-08T23:00:00Z", "", "s9", None, None),
    ];
    let mut posts = Vec::new();
    for Line(id, author, time, language, story, sentiment, emotion) in lines {
        posts.push(Posted {
            id: id.into(),
            author: author.into(),
            time: time.into(),
            text: format!("text of {id}"),
            language: (!language.is_empty()).then(|| language.into()),
            story: story.into(),
            sentiment,
            emotion,
            ..Posted::default()
        });
    }
    for (index, tags) in
        [(0, "新品"), (1, "新品"), (2, "新品"), (4, "launch"), (5, "launch"), (8, "launch")]
    {
        posts[index].hashtags = vec![tags.into()];
    }
    // The same tag twice in one post counts once.
    posts[8].hashtags.push("launch".into());
    posts[3].text = format!("{HOSTILE} mail jane@example.com");
    posts[3].url = Some("https://x.example/1?a=1&b=\"2".into());
    posts[10].url = Some("javascript:alert(1)".into());
    (posts[6].reposts, posts[6].likes) = (Some(5), Some(1));
    (posts[7].reposts, posts[7].likes) = (None, Some(1_234));
    posts
}

fn options() -> ReportOptions {
    ReportOptions { generated_at: Some(1_793_000_000_000_000), ..ReportOptions::default() }
}

async fn report_on(runner: &dyn Runner) -> Report {
    build_report(runner, &options()).await.unwrap()
}

async fn report_of_twelve() -> Report {
    report_on(&Memory::with_posts(&twelve(), 2, 2, false)).await
}

/// Returns the rows of a figure as text, cells joined by `|`.
fn rows(report: &Report, id: &str) -> Vec<String> {
    let table = report.answer(id).unwrap().table().unwrap();
    let json = |cell: &Cell| serde_json::to_string(cell).unwrap().replace('"', "");
    table.rows.iter().map(|row| row.iter().map(json).collect::<Vec<_>>().join("|")).collect()
}

/// Undoes the escaping of HTML.
fn unescaped(html: &str) -> String {
    html.replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&#38;", "&")
}

#[tokio::test]
async fn every_figure_shows_the_sql_that_made_it() {
    let memory = Memory::with_posts(&twelve(), 2, 2, false);
    let report = report_on(&memory).await;
    let html = report.to_html().unwrap();
    assert_eq!(report.answers().len(), FIGURES.len());
    for answer in report.answers() {
        let figure = answer.figure;
        if figure.kind != Kind::Headline {
            assert!(html.contains(&format!("id=\"{}\"", figure.id)), "{}", figure.id);
        }
        let blocks: Vec<String> = html
            .split("<pre><code>")
            .skip(1)
            .filter_map(|rest| rest.split("</code></pre>").next().map(unescaped))
            .collect();
        assert!(blocks.contains(&answer.sql), "{} shows other SQL", figure.id);
        // The printed text is runnable as it stands and gives the rows that are shown.
        let batches = groundswell_engine::query(&memory, &answer.sql).await.unwrap();
        let count: usize = batches.iter().map(|batch| batch.num_rows()).sum();
        assert_eq!(count, answer.table().unwrap().rows.len(), "{}", figure.id);
    }
}

#[tokio::test]
async fn headline_numbers_are_those_counted_by_hand() {
    let report = report_of_twelve().await;
    assert_eq!(rows(&report, "headline-posts"), ["12|8|2026-11-02T08:00:00Z|2026-11-08T23:00:00Z"]);
    assert_eq!(rows(&report, "headline-stories"), ["12|8"]);
    assert_eq!(rows(&report, "headline-sentiment"), ["11|5|2|4"]);
    assert_eq!(rows(&report, "headline-quarantine"), ["2"]);
    assert_eq!(report.bucket(), Bucket::Day);
    let html = report.to_html().unwrap();
    for shown in [
        "<dd class=\"value\">12</dd><dd class=\"note\">91.7% scored</dd>",
        "<dd class=\"value\">+0.09</dd>",
        "Positive 5 · Neutral 2 · Negative 4",
        "<dd class=\"value\">36.4%</dd>",
        "2 Nov 2026 – 8 Nov 2026 · 7 days",
        "missing from sentiment and emotion (run: groundswell refresh): 1<",
    ] {
        assert!(html.contains(shown), "{shown}");
    }
}

#[tokio::test]
async fn figures_over_time_are_those_counted_by_hand() {
    let report = report_of_twelve().await;
    let day = |n: u8| format!("2026-11-0{n}T00:00:00Z");
    let volume: Vec<String> =
        [(2, 3, 1), (3, 1, 1), (4, 2, 1), (5, 1, 1), (6, 2, 2), (7, 1, 1), (8, 2, 2)]
            .map(|(d, posts, stories)| format!("{}|{posts}|{stories}", day(d)))
            .into();
    assert_eq!(rows(&report, "volume"), volume);
    let sentiment: Vec<String> = [
        (2, "neutral", 1),
        (2, "positive", 2),
        (3, "negative", 1),
        (4, "positive", 2),
        (5, "negative", 1),
        (6, "neutral", 1),
        (6, "positive", 1),
        (7, "negative", 1),
        (8, "negative", 1),
    ]
    .map(|(d, label, posts)| format!("{}|{label}|{posts}", day(d)))
    .into();
    assert_eq!(rows(&report, "sentiment-over-time"), sentiment);
    // Mondays are 1: three posts at 8, 9 and 20 h.
    assert_eq!(rows(&report, "rhythm")[2..5], ["1|8|1", "1|9|1", "1|20|1"]);
    let html = report.to_html().unwrap();
    // The twin of the stacked chart: a row for each day, a column for each label.
    let day = "<tr><td>6 Nov 2026</td><td class=\"n\">1</td><td class=\"n\">1</td><td class=\"n\">0</td></tr>";
    assert!(html.contains(day));
}

#[tokio::test]
async fn rankings_count_raw_and_unique() {
    let report = report_of_twelve().await;
    assert_eq!(rows(&report, "hashtags"), ["launch|3|2", "新品|3|1"]);
    assert_eq!(rows(&report, "languages"), ["en|6|5", "zh|4|2", "es|1|1", "null|1|1"]);
    assert_eq!(rows(&report, "platforms"), ["weibo|5|3", "x|4|3", "reddit|3|2"]);
    assert_eq!(rows(&report, "sentiment-by-language"), ["en|3|1|2", "zh|2|1|1", "es|0|0|1"]);
    assert_eq!(rows(&report, "sentiment-by-platform"), ["weibo|2|1|1", "x|2|0|2", "reddit|1|1|1"]);
    let times = |first: &str, last: &str| format!("2026-11-0{first}:00:00Z|2026-11-0{last}:00:00Z");
    let stories = [
        format!("s1|3|3|{}|weibo:1", times("2T08", "2T20")),
        format!("s3|2|2|{}|x:2", times("4T10", "4T11")),
        format!("s4|2|2|{}|x:4", times("5T12", "8T22")),
    ];
    assert_eq!(rows(&report, "stories"), stories);
    // Of story s4 only the surer post is listed.
    assert_eq!(rows(&report, "negative-posts"), ["weibo:4|0.99", "x:1|0.97", "reddit:3|0.85"]);
    assert_eq!(rows(&report, "shared-posts"), ["reddit:1|0|1234|1234", "x:4|5|1|6"]);
    assert_eq!(rows(&report, "models"), ["encoder-1|11"]);
    let html = report.to_html().unwrap();
    assert!(html.contains("<th scope=\"row\">#新品</th>"));
    assert!(html.contains("Reposts 0 · Likes 1,234"));
}

#[tokio::test]
async fn quotes_lead_to_their_rows() {
    let report = report_of_twelve().await;
    let html = report.to_html().unwrap();
    let cited = report.answer("cited-posts").unwrap().table().unwrap();
    // Three stories, three negative posts, two shared posts; `x:4` is cited twice.
    assert_eq!(cited.rows.len(), 7);
    for row in 1..=7 {
        assert!(html.contains(&format!("<a href=\"#row-{row}\">")), "no link to row {row}");
        assert!(html.contains(&format!("<li id=\"row-{row}\">")), "no row {row}");
    }
    // The newest observation of an author counts; an author without one keeps its identifier.
    let author = |id: &str| {
        let row = (0..7).find(|row| cited.text(*row, "post_id") == Some(id)).unwrap();
        cited.text(row, "author").unwrap().to_owned()
    };
    assert_eq!(author("x:2"), "new <b>x:b1</b>");
    assert_eq!(author("x:4"), "x:b3");
}

#[tokio::test]
async fn hostile_text_stays_text_and_personal_data_is_masked() {
    let mut posts = twelve();
    posts[0].hashtags = vec![HOSTILE.into()];
    posts[1].language = Some(HOSTILE.into());
    for post in &mut posts[..2] {
        post.id = format!("{HOSTILE}:{}", post.id);
    }
    let memory = Memory::with_posts(&posts, 0, 2, false);
    let title = format!("{HOSTILE} report");
    let report = build_report(&memory, &ReportOptions { title, ..options() }).await.unwrap();
    let html = report.to_html().unwrap();
    assert!(!html.contains("<script") && !html.contains("<b>x:b1"), "markup of a post got through");
    assert!(!html.contains("onload=\""), "a quote ended an attribute");
    assert!(!html.contains("href=\"javascript"), "a link runs a script");
    assert!(html.contains("href=\"https://x.example/1?a=1&#38;b=&#34;2\""));
    let json = report.to_json().unwrap();
    for output in [&html, &json] {
        assert!(output.contains("mail [") && !output.contains("jane@example.com"));
    }
}

#[tokio::test]
async fn the_file_needs_no_network_and_no_scripts() {
    let html = report_of_twelve().await.to_html().unwrap();
    for forbidden in ["<script", "<link", "<img", "<iframe", "@import", "url(", "src=", "{{", "{%"]
    {
        assert!(!html.contains(forbidden), "{forbidden}");
    }
    assert!(html.starts_with("<!DOCTYPE html>"), "{}", &html[..40]);
    assert!(html.contains("default-src 'none'"));
    assert!(html.contains("\"PingFang SC\"") && html.contains("\"Noto Sans CJK SC\""));
    assert!(html.contains("@media screen and (prefers-color-scheme:dark)"));
    assert!(html.contains("@media print"));
    // Four charts in two sizes, and a small one for each of two emotions, two topics and the posts of none.
    assert_eq!(html.matches("<svg").count(), 13);
    assert_eq!(html.matches("role=\"img\"").count(), 13);
}

#[tokio::test]
async fn both_languages_say_the_same_numbers() {
    let memory = Memory::with_posts(&twelve(), 2, 2, false);
    let chinese = ReportOptions { language: Language::Chinese, ..options() };
    let report = build_report(&memory, &chinese).await.unwrap();
    let html = report.to_html().unwrap();
    assert!(html.contains("<html lang=\"zh-CN\">") && html.contains("社交聆听报告"));
    assert!(html.contains("2026年11月2日 – 2026年11月8日 · 7 天"));
    assert!(html.contains("正面 5 · 中性 2 · 负面 4"));
    assert!(html.contains("净情感") && html.contains("<th scope=\"row\">西班牙语</th>"));
    for figure in FIGURES {
        let count = |language| html.matches(figure.title_in(language)).count();
        assert!(count(Language::Chinese) > 0, "{} is not translated", figure.id);
        // Short names of one word may appear in SQL.
        let title = figure.title_in(Language::English);
        assert!(!title.contains(' ') || count(Language::English) == 0, "{title} is in English");
    }
    let english = build_report(&memory, &options()).await.unwrap();
    for (one, other) in english.answers().iter().zip(report.answers()) {
        assert_eq!(one.table(), other.table());
    }
}

#[tokio::test]
async fn topics_are_those_counted_by_hand() {
    let report = report_of_twelve().await;
    let sizes = ["电池, 充电|5|3", "<b>train</b>, late|4|3", "no_topic|3|3"];
    assert_eq!(rows(&report, "topics"), sizes);
    // The fifth post of Weibo is not scored.
    let map = ["电池, 充电|-1.0|0.25|4|2|1|1", "<b>train</b>, late|0.5|-0.5|4|2|0|2"];
    assert_eq!(rows(&report, "topic-map"), map);
    let over_time = [
        "2026-11-02T00:00:00Z|电池, 充电|3",
        "2026-11-03T00:00:00Z|<b>train</b>, late|1",
        "2026-11-04T00:00:00Z|<b>train</b>, late|2",
        "2026-11-05T00:00:00Z|<b>train</b>, late|1",
        "2026-11-06T00:00:00Z|other|2",
        "2026-11-07T00:00:00Z|other|1",
        "2026-11-08T00:00:00Z|电池, 充电|2",
    ];
    assert_eq!(rows(&report, "topics-over-time"), over_time);
    let sentiment = ["电池, 充电|2|1|1", "<b>train</b>, late|2|0|2"];
    assert_eq!(rows(&report, "sentiment-by-topic"), sentiment);
    let html = report.to_html().unwrap();
    assert!(html.contains("电池, 充电") && !html.contains("<b>train</b>"));
}

#[tokio::test]
async fn equal_tables_give_equal_bytes() {
    let mut turned = twelve();
    turned.reverse();
    let html = report_of_twelve().await.to_html().unwrap();
    let json = report_of_twelve().await.to_json().unwrap();
    let others = [
        Memory::with_posts(&twelve(), 2, 1, false),
        Memory::with_posts(&twelve(), 2, 7, false),
        Memory::with_posts(&twelve(), 2, 3, true),
        Memory::with_posts(&turned, 2, 4, true),
    ];
    for memory in &others {
        let report = report_on(memory).await;
        assert!(report.to_html().unwrap() == html, "HTML differs");
        assert!(report.to_json().unwrap() == json, "JSON differs");
    }
}

#[tokio::test]
async fn json_holds_every_figure() {
    let report = report_of_twelve().await;
    let json: Value = serde_json::from_str(&report.to_json().unwrap()).unwrap();
    assert_eq!(json["generated_at"], "2026-10-26T07:33:20Z");
    assert_eq!(json["bucket"], "day");
    let figures = json["figures"].as_array().unwrap();
    assert_eq!(figures.len(), FIGURES.len());
    for (figure, answer) in figures.iter().zip(report.answers()) {
        assert_eq!(figure["id"], answer.figure.id);
        assert_eq!(figure["sql"], answer.sql);
        assert_eq!(figure["rows"].as_array().unwrap().len(), answer.table().unwrap().rows.len());
    }
    assert_eq!(figures[0]["columns"][0], "posts");
    assert_eq!(figures[0]["rows"][0][0], 12);
}

#[tokio::test]
async fn a_period_limits_every_figure() {
    let memory = Memory::with_posts(&twelve(), 2, 2, false);
    let micros =
        |text: &str| text.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp_micros();
    let limited = ReportOptions {
        from: Some(micros("2026-11-02T09:00:00Z")),
        to: Some(micros("2026-11-04T11:00:00Z")),
        ..options()
    };
    let report = build_report(&memory, &limited).await.unwrap();
    assert_eq!(rows(&report, "headline-posts"), ["4|3|2026-11-02T09:00:00Z|2026-11-04T10:00:00Z"]);
    assert_eq!(rows(&report, "headline-sentiment"), ["4|2|1|1"]);
    assert_eq!(report.bucket(), Bucket::Hour);
    assert_eq!(rows(&report, "stories").len(), 1);
    assert_eq!(rows(&report, "languages"), ["en|2|2", "zh|2|1"]);
    let empty = ReportOptions { from: limited.to, to: limited.from, ..options() };
    let error = build_report(&memory, &empty).await.unwrap_err();
    assert!(matches!(error, ReportError::Period { .. }), "{error}");
}

#[tokio::test]
async fn empty_tables_make_a_report_that_says_so() {
    let memory = Memory::with_posts(&[], 0, 2, false);
    for language in [Language::English, Language::Chinese] {
        let report = build_report(&memory, &ReportOptions { language, ..options() }).await.unwrap();
        let html = report.to_html().unwrap();
        assert!(html.contains("groundswell collect file PATH"));
        assert!(html.contains("class=\"empty\"") && !html.contains("NaN"));
        report.to_json().unwrap();
    }
}

#[tokio::test]
async fn missing_tables_are_named_and_the_rest_is_shown() {
    let none = report_on(&Memory::new(1)).await;
    let html = none.to_html().unwrap();
    for table in ["posts", "authors", "prepared", "scored", "quarantine"] {
        assert!(html.contains(&format!("The workspace has no table `{table}`")), "{table}");
    }
    let full = Memory::with_posts(&twelve(), 0, 1, false);
    full.session().deregister_table("scored").unwrap();
    let report = report_on(&full).await;
    assert_eq!(report.answer("models").unwrap().outcome, Err(vec!["scored"]));
    assert_eq!(report.answer("volume").unwrap().table().map(|t: &Table| t.rows.len()), Some(7));
    let html = report.to_html().unwrap();
    assert!(html.contains("Cannot be made without the table scored"));
    // Without their rows, stories are still listed by the identifier of a post.
    assert!(html.contains("<p>weibo:1</p>"));
}
