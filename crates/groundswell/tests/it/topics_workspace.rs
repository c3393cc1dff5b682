//! Topics of a workspace: fitted, assigned, listed, merged, asked in SQL.

use crate::program::Place;
use serde_json::Value;

/// A workspace with simulated posts, scored and assigned.
fn refreshed() -> Place {
    let place = Place::new();
    place.done(&["collect", "simulate", "brands", "--posts", "600", "--seed", "3"]);
    place.done(&["refresh"]);
    place
}

fn json(place: &Place, arguments: &[&str]) -> Value {
    serde_json::from_str(&place.done(&[&["--format", "json"], arguments].concat())).unwrap()
}

fn number(place: &Place, sql: &str) -> i64 {
    json(place, &["sql", sql])[0]["n"].as_i64().unwrap()
}

#[test]
fn refresh_finds_topics_and_every_command_shows_them() {
    let place = refreshed();
    assert_eq!(number(&place, "SELECT count(*) AS n FROM topic_posts"), 600);
    let sum = "SELECT count(*) AS n FROM topic_posts t JOIN topics USING (topic_id, fit_version)";
    let with_topic = number(&place, sum);
    assert!(with_topic >= 570, "{with_topic}");
    let wrong = "SELECT count(*) AS n FROM topic_posts t JOIN scored s USING (post_id)
        WHERE assign_topic(s.embedding, 'main')['topic_id'] IS DISTINCT FROM t.topic_id";
    assert_eq!(number(&place, wrong), 0);

    let listed = json(&place, &["topics", "list"]);
    let listed = listed.as_array().unwrap();
    let posts: i64 = listed.iter().map(|topic| topic["posts"].as_i64().unwrap()).sum();
    assert!(listed.len() >= 3 && posts == 600, "{listed:?}");
    let first = &listed[0];
    assert!(!first["label"].as_str().unwrap().is_empty(), "{first}");
    let id = first["topic_id"].as_i64().unwrap().to_string();

    let shown = json(&place, &["topics", "show", &id]);
    assert_eq!(shown["topic"][0]["label"], first["label"]);
    assert!(!shown["languages"].as_array().unwrap().is_empty(), "{shown}");
    let posts = shown["representative_posts"].as_array().unwrap();
    assert!(posts.len() <= 3 && !posts[0]["text"].as_str().unwrap().is_empty(), "{shown}");
    let tree = place.done(&["topics", "tree"]);
    assert_eq!(tree.lines().filter(|line| !line.contains('┐')).count(), topics(listed).len());
    let terms = json(
        &place,
        &[
            "sql",
            "SELECT topic_terms(clean_text) AS terms FROM prepared GROUP BY language ORDER BY language",
        ],
    );
    assert_eq!(terms[0]["terms"].as_array().unwrap().len(), 10, "{terms}");

    // Nothing is pending: again changes nothing.
    let before = number(&place, "SELECT count(DISTINCT fit_version) AS n FROM topic_posts");
    place.done(&["refresh"]);
    assert_eq!(number(&place, "SELECT count(*) AS n FROM topic_posts"), 600);
    assert_eq!(number(&place, "SELECT count(DISTINCT fit_version) AS n FROM topic_posts"), before);
}

/// The ids of listed topics.
fn topics(listed: &[Value]) -> Vec<i64> {
    listed.iter().filter_map(|topic| topic["topic_id"].as_i64()).collect()
}

#[test]
fn topics_are_fitted_anew_merged_and_named() {
    let place = refreshed();
    place.done(&["topics", "fit", "--topics", "6"]);
    let listed = json(&place, &["topics", "list"]);
    let ids = topics(listed.as_array().unwrap());
    assert_eq!(ids.len(), 6, "{listed}");
    let [first, second] = [ids[0], ids[1]].map(|id| id.to_string());
    let merged = json(&place, &["topics", "merge", &first, &second]);
    let left = topics(merged.as_array().unwrap());
    assert_eq!(left.len(), 5, "{merged}");
    assert!(left.iter().all(|id| ids.contains(id)), "{left:?} of {ids:?}");
    let posts = |listed: &Value, id: i64| {
        let topics = listed.as_array().unwrap();
        topics.iter().find(|t| t["topic_id"] == id).map_or(0, |t| t["posts"].as_i64().unwrap())
    };
    let both = posts(&listed, ids[0]) + posts(&listed, ids[1]);
    let kept = left.iter().copied().find(|id| [ids[0], ids[1]].contains(id)).unwrap();
    assert!((posts(&merged, kept) - both).abs() <= 60, "{merged} {both}");
    assert_eq!(topics(json(&place, &["topics", "reduce", "2"]).as_array().unwrap()).len(), 2);

    // A fit of another name stands beside the one that is followed.
    place.done(&["topics", "fit", "--name", "fine", "--topics", "12", "--fits", "1"]);
    let fits = json(&place, &["sql", "SELECT fit, topics FROM topic_fits ORDER BY fit"]);
    assert_eq!(
        fits,
        serde_json::json!([{"fit": "fine", "topics": 12}, {"fit": "main", "topics": 2}])
    );
    let asked =
        "SELECT count(DISTINCT assign_topic(embedding, 'fine')['topic_id']) AS n FROM scored";
    assert_eq!(number(&place, asked), 12);
    place.write(
        "guide.toml",
        "[[topic]]\nname = \"Battery life\"\nwords = [\"battery\", \"电池\"]\n",
    );
    let guided = ["topics", "fit", "--name", "guided", "--guide", "guide.toml", "--fits", "1"];
    place.done(&guided);
    let named = "SELECT count(*) AS n FROM topics WHERE fit = 'guided' AND label = 'Battery life'";
    assert_eq!(number(&place, named), 1);
    place.done(&["topics", "reduce", "3", "--name", "guided"]);
    assert_eq!(number(&place, named), 1);
    assert_eq!(number(&place, "SELECT count(DISTINCT topic_id) AS n FROM topic_posts"), 2);
}

/// Writes posts about an earthquake, no two of many equal words.
fn earthquake(place: &Place, file: &str, from: usize, count: usize) {
    let what = ["earthquake", "aftershock", "tremor", "strong quake", "earthquake damage"];
    let whom =
        ["rescue teams", "the mayor", "my aunt", "a geologist", "firefighters", "the hospital"];
    let does = ["reports", "warns of", "woke up from", "is searching after", "fears another"];
    let place_names = ["Sendai", "Izmir", "Lima", "Hualien", "Padang", "Quetta", "L'Aquila"];
    let more =
        ["magnitude 6.1", "buildings collapsed", "tsunami alert lifted", "seismic gauge jumped"];
    let mut lines = "id,created_at,text\n".to_owned();
    for post in from..from + count {
        let pick = |of: &[&'static str], step: usize| of[post * step % of.len()];
        lines.push_str(&format!(
            "q{post},2026-11-20T{:02}:{:02}:00Z,\"{} {} {} in {}: {} {post}\"\n",
            post / 60 % 24,
            post % 60,
            pick(&whom, 1),
            pick(&does, 3),
            pick(&what, 1),
            pick(&place_names, 2),
            pick(&more, 1),
        ));
    }
    place.write(file, lines);
    place.done(&["collect", "file", file]);
}

#[test]
fn topics_follow_new_posts_and_tell_what_happened() {
    let place = refreshed();
    assert_eq!(number(&place, "SELECT count(*) AS n FROM topic_events"), 0);
    let assigned = [
        "sql",
        "SELECT post_id, topic_id FROM topic_posts WHERE post_id NOT LIKE '%:q%' ORDER BY post_id",
    ];
    let before = json(&place, &assigned);
    earthquake(&place, "first.csv", 0, 90);
    place.done(&["refresh"]);
    assert_eq!(json(&place, &assigned), before);
    let events = json(&place, &["topics", "events"]);
    let events = events.as_array().unwrap();
    let born: Vec<i64> = events
        .iter()
        .filter(|event| event["change"] == "birth")
        .map(|event| event["topic_id"].as_i64().unwrap())
        .collect();
    assert!(!born.is_empty(), "{events:?}");
    let in_born = format!(
        "SELECT count(*) AS n FROM topic_posts WHERE post_id LIKE '%:q%' AND topic_id IN ({})",
        born.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")
    );
    assert!(number(&place, &in_born) >= 60, "{events:?}");
    let named = format!(
        "SELECT count(*) AS n FROM topics WHERE fit = 'main' AND topic_id = {} AND is_living",
        born[0]
    );
    assert_eq!(number(&place, &named), 1);

    // Nothing new: nothing happens. More of the same finds its topic.
    place.done(&["refresh"]);
    let fits = "SELECT followed_batches AS n FROM topic_fits WHERE fit = 'main'";
    assert_eq!(number(&place, fits), 1);
    earthquake(&place, "second.csv", 90, 30);
    place.done(&["refresh"]);
    assert_eq!(number(&place, fits), 2);
    assert!(number(&place, &in_born) >= 80, "{}", place.done(&["topics", "list"]));

    // A fit anew keeps the topic, and says what else became of the others.
    place.done(&["topics", "fit"]);
    assert_eq!(number(&place, fits), 0);
    let stale = "SELECT count(*) AS n FROM topic_posts
        WHERE fit_version NOT IN (SELECT fit_version FROM topic_fits)";
    assert_eq!(number(&place, stale), 0);
}

#[test]
fn wishes_that_cannot_be_met_are_refused() {
    let place = Place::new();
    place.done(&["collect", "simulate", "brands", "--posts", "40", "--seed", "3"]);
    let failed = place.run(&["topics", "fit"]);
    assert_eq!(failed.code, Some(1), "{}", failed.err);
    assert!(failed.err.contains("no scored posts"), "{}", failed.err);
    let failed = place.run(&["topics", "list"]);
    assert_eq!(failed.code, Some(2), "{}", failed.err);
    assert!(failed.err.contains("topics fit"), "{}", failed.err);
    place.done(&["refresh"]);
    for (arguments, said) in [
        (&["topics", "fit", "--topics", "0"][..], "at least 1"),
        (&["topics", "show", "999"], "no topic `999`"),
        (&["topics", "merge", "0", "0"], "cannot be merged"),
        (&["topics", "reduce", "0"], "at least 1"),
        (&["topics", "tree", "--name", "other"], "no topics `other`"),
    ] {
        let failed = place.run(arguments);
        assert_eq!(failed.code, Some(2), "{arguments:?} {}", failed.err);
        assert!(failed.err.contains(said), "{arguments:?} {}", failed.err);
    }
    let failed = place.run(&["sql", "SELECT assign_topic(embedding, 'other') FROM scored"]);
    assert!(failed.err.contains("there are no topics `other`"), "{}", failed.err);
}
