//! Topics of texts, and how good they are, without a workspace.

use crate::program::Place;
use serde_json::Value;
use std::fmt::Write;

const SUBJECTS: [(&str, [&str; 4], [&str; 3]); 3] = [
    (
        "football",
        ["the striker", "our goalkeeper", "the young midfielder", "that defender"],
        [
            "scored twice in the football match last night",
            "missed the penalty and the team lost the cup final",
            "will be injured for the whole league season",
        ],
    ),
    (
        "economy",
        ["the central bank", "the finance ministry", "most economists", "the market"],
        [
            "raised interest rates because inflation is too high",
            "expects slower economic growth and weaker exports",
            "fears that bond yields and unemployment go up",
        ],
    ),
    (
        "手机",
        ["这款新手机", "我刚买的手机", "朋友的旧手机", "店里的样机"],
        ["电池掉电太快，充电也慢", "屏幕很清晰，拍照效果也好", "系统更新以后一直发热卡顿"],
    ),
];

/// Writes labelled posts as JSON lines, every one a little different.
fn posts(subjects: &[usize], count: usize) -> String {
    let mut lines = String::new();
    for post in 0..count {
        let (label, who, what) = &SUBJECTS[subjects[post % subjects.len()]];
        let (who, what) = (who[post / 3 % 4], what[post / 12 % 3]);
        writeln!(lines, "{{\"text\":\"{who} {what} {post}\",\"label\":\"{label}\"}}").unwrap();
    }
    lines
}

fn evaluated(place: &Place, arguments: &[&str]) -> Value {
    let all = [&["topics", "evaluate", "--format", "json", "--data"], arguments].concat();
    serde_json::from_str(&place.done(&all)).unwrap()
}

#[test]
fn finds_subjects_in_both_languages_and_says_how_well() {
    let place = Place::new();
    place.write("posts.jsonl", posts(&[0, 1, 2], 180));
    let found = evaluated(&place, &["posts.jsonl", "--topics", "3"]);
    assert_eq!((&found["posts"], &found["topics"]), (&180.into(), &3.into()));
    for measure in ["npmi", "c_v", "nmi", "ami", "v_measure", "accuracy", "diversity", "stability"]
    {
        assert!(found[measure].as_f64().is_some_and(|value| value <= 1.0), "{measure} {found}");
    }
    assert!(found["accuracy"].as_f64().unwrap() > 0.9, "{found}");
    assert!(found["coverage"].as_f64().unwrap() > 0.95, "{found}");
    assert!(found["peak_memory_bytes"].as_u64().unwrap() > 1_000_000, "{found}");
    let topics = found["found"].as_array().unwrap();
    let of_phones = topics.iter().find(|topic| topic["terms"].to_string().contains("手机"));
    let posts = of_phones.unwrap()["representative_posts"].as_array().unwrap();
    assert!(posts.len() == 3 && posts[0].as_str().unwrap().contains('机'), "{posts:?}");
    assert!(!topics.iter().any(|topic| topic["terms"].to_string().contains("\"the\"")));

    let again = evaluated(&place, &["posts.jsonl", "--topics", "3"]);
    assert_eq!(again["found"], found["found"]);
    let table = place.done(&["topics", "evaluate", "--data", "posts.jsonl"]);
    assert!(table.contains("| stability") && table.contains("| terms"), "{table}");
}

#[test]
fn expected_topics_keep_their_names() {
    let place = Place::new();
    place.write("posts.jsonl", posts(&[0, 1, 2], 180));
    let guide =
        "[[topic]]\nname = \"economy\"\nwords = [\"inflation\", \"interest rates\", \"经济\"]\n";
    place.write("some.toml", guide);
    let found = evaluated(&place, &["posts.jsonl", "--guide", "some.toml", "--topics", "3"]);
    let topics = found["found"].as_array().unwrap();
    assert_eq!(topics.len(), 3);
    let economy = topics.iter().find(|topic| topic["label"] == "economy").unwrap();
    assert!(economy["terms"].to_string().contains("inflation"), "{economy}");
    assert_eq!((&economy["posts"], &found["accuracy"]), (&60.into(), &1.0.into()));

    let others = "[[topic]]\nname = \"football\"\n[[topic]]\nname = \"手机\"\nexamples = [\"电池不行，屏幕还可以\"]\n";
    place.write("all.toml", guide.to_owned() + others);
    let found = evaluated(&place, &["posts.jsonl", "--guide", "all.toml", "--only"]);
    assert_eq!((&found["topics"], &found["named_accuracy"]), (&3.into(), &1.0.into()));
    place.write("wrong.toml", "[[topic]]\nwords = []\n");
    let wrong =
        place.run(&["topics", "evaluate", "--data", "posts.jsonl", "--guide", "wrong.toml"]);
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.err.contains("missing field `name`"), "{}", wrong.err);
}

#[test]
fn topics_follow_texts_that_come_in_batches() {
    let place = Place::new();
    place.write("stream.jsonl", posts(&[0, 1], 160) + &posts(&[0, 1, 2], 240));
    let found = evaluated(&place, &["stream.jsonl", "--topics", "2", "--batches", "5"]);
    let batches = found["batches"].as_array().unwrap();
    assert_eq!((batches.len(), &batches[4]["posts"]), (5, &80.into()));
    assert!(batches[2]["births"].as_u64().unwrap() >= 1, "{found}");
    assert_eq!(found["births"]["recall"], 1.0, "{found}");
    assert!(found["kept"].as_f64().unwrap() >= 0.7, "{found}");
    assert!(found["nmi"].as_f64().unwrap() > 0.8, "{found}");
    let table = place.done(&["topics", "evaluate", "--data", "stream.jsonl", "--batches", "5"]);
    assert!(table.contains("| deaths") && table.contains("birth_precision"), "{table}");
    let failed = place.run(&["topics", "evaluate", "--data", "stream.jsonl", "--batches", "1"]);
    assert!(failed.code == Some(1) && failed.err.contains("--batches"), "{}", failed.err);
}

#[test]
fn odd_texts_have_a_clear_outcome() {
    let place = Place::new();
    place.write("three.jsonl", posts(&[0, 1, 2], 3));
    let found = evaluated(&place, &["three.jsonl", "--topics", "50"]);
    assert!((1..=3).contains(&found["topics"].as_u64().unwrap()), "{found}");
    place.write("equal.jsonl", "{\"text\":\"same words again\"}\n".repeat(30));
    let found = evaluated(&place, &["equal.jsonl"]);
    assert_eq!((&found["topics"], &found["nmi"]), (&1.into(), &Value::Null));
    assert_eq!(found["found"][0]["representative_posts"], serde_json::json!(["same words again"]));
    place.write("emoji.jsonl", "{\"text\":\"😀😀\"}\n{\"text\":\"🔥\"}\n".repeat(9));
    let found = evaluated(&place, &["emoji.jsonl", "--topics", "2"]);
    assert_eq!(
        (&found["found"][0]["terms"], &found["npmi"]),
        (&serde_json::json!([]), &Value::Null)
    );
    place.write("one.jsonl", posts(&[2], 40));
    assert!(evaluated(&place, &["one.jsonl"])["topics"].as_u64().unwrap() >= 1);

    place.write("empty.jsonl", "{\"text\":\" \"}\n");
    let failed = place.run(&["topics", "evaluate", "--data", "empty.jsonl"]);
    assert_eq!(failed.code, Some(1));
    assert!(failed.err.contains("no row has a text"), "{}", failed.err);
    let wrong = place.run(&["topics", "evaluate", "--data", "one.jsonl", "--topics", "0"]);
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.err.contains("at least 1"), "{}", wrong.err);
}
