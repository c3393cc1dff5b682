//! Labels in, a model out: trained, measured, called from SQL here and on a cluster, killed and resumed.

use crate::program::{Background, Place, connect, free_address};
use std::fmt::Write;

const GOOD: [&str; 6] = [
    "the parcel came a day early and everything was packed with care",
    "support answered within minutes and solved it, thank you",
    "发货很快，包装也很用心",
    "客服态度特别好，马上就解决了",
    "best delivery I have had this year",
    "物流给力，第二天就到了",
];
const LATE: [&str; 6] = [
    "still waiting for my parcel, it is a week late",
    "the courier lost my order and nobody answers",
    "等了半个月还没收到货",
    "快递又延误了，没人管",
    "delivery delayed again, this is the third time",
    "包裹丢了，客服不理人",
];

/// Writes labelled texts, every one a little different.
fn labels(rows: usize) -> String {
    let mut table = String::from("text,label\n");
    for row in 0..rows {
        let (texts, label) = if row % 2 == 0 { (GOOD, "good") } else { (LATE, "late") };
        writeln!(table, "\"{} {}\",{label}", texts[row / 2 % 6], row / 12).unwrap();
    }
    table
}

pub(crate) fn place() -> Place {
    let place = Place::new();
    place.write("labels.csv", labels(96));
    let mut posts = String::from("id,text,created_at\n");
    for (number, text) in GOOD.iter().chain(&LATE).enumerate() {
        writeln!(posts, "{number},\"{text}!\",2026-01-0{}T00:00:00Z", 1 + number % 9).unwrap();
    }
    place.write("posts.csv", posts);
    place
}

#[test]
fn a_users_labels_become_a_function() {
    let place = place();
    place.done(&["collect", "file", "posts.csv"]);
    let said = place.done(&["train", "--name", "delivery", "--data", "labels.csv"]);
    assert!(said.contains("SELECT delivery(text)"), "{said}");
    let measured = place.done(&[
        "evaluate",
        "--model",
        "delivery",
        "--data",
        "labels.csv",
        "--format",
        "json",
    ]);
    let measured: serde_json::Value = serde_json::from_str(&measured).unwrap();
    assert!(measured["accuracy"].as_f64().unwrap() > 0.9, "{measured}");
    assert!(measured["macro_f1"].as_f64().unwrap() > 0.9, "{measured}");

    let by_name = "SELECT classify(text, 'delivery')['label'] AS label, count(*) AS posts FROM posts GROUP BY 1 ORDER BY 1";
    let own = "SELECT delivery(text)['label'] AS label, count(*) AS posts FROM posts GROUP BY 1 ORDER BY 1";
    let csv = |sql: &str| place.done(&["sql", sql, "--format", "csv"]);
    assert_eq!(csv(by_name), csv(own));
    assert_eq!(csv(own), "label,posts\ngood,6\nlate,6\n");

    // Again with other settings: a second version, the newest of the name; the older stays and can be asked for.
    let listed = place.done(&["models", "--format", "csv"]);
    let first = listed.lines().find(|line| line.starts_with("delivery")).unwrap();
    let first = first.split('"').nth(2).unwrap().split(',').nth(1).unwrap().to_owned();
    place.done(&[
        "train",
        "--name",
        "delivery",
        "--data",
        "labels.csv",
        "--architecture",
        "linear",
    ]);
    let listed = place.done(&["models", "--format", "csv"]);
    assert_eq!(listed.matches("delivery@").count(), 2, "{listed}");
    let old = format!("SELECT classify('late again', '{first}')['label'] AS label");
    assert!(csv(&old).starts_with("label\n"));

    place.done(&[
        "evaluate",
        "--model",
        "delivery",
        "--against",
        &first,
        "--data",
        "labels.csv",
        "--out",
        "card.html",
        "--predictions",
        "said.jsonl",
    ]);
    let said = std::fs::read_to_string(place.path("said.jsonl")).unwrap();
    assert!(said.lines().all(|line| line.contains("\"probabilities\"")), "{said}");
    let card = std::fs::read_to_string(place.path("card.html")).unwrap();
    assert!(card.contains("delivery") && card.contains("<svg"));
    assert!(card.contains("id=\"comparison\"") && card.contains(&first), "{card}");
    place.done(&["models", "delivery", "--card", "card.html"]);

    // Labels made by a query over the workspace.
    let query = "SELECT text, sentiment(text)['label'] = 'positive' AS label FROM posts";
    let ran =
        place.run(&["train", "--name", "from_sql", "--architecture", "linear", "--data", query]);
    assert!(ran.code == Some(0) || ran.err.contains("at least"), "{}", ran.err);
}

#[test]
fn every_architecture_learns() {
    let place = place();
    for architecture in ["linear", "fasttext", "cnn", "lstm", "transformer", "heads"] {
        let mut arguments = vec!["train", "--name", architecture, "--data", "labels.csv"];
        arguments.extend(["--architecture", architecture]);
        if ["cnn", "lstm", "transformer"].contains(&architecture) {
            arguments.extend(["--epochs", "8"]);
        }
        place.done(&arguments);
        let measured = place.done(&[
            "evaluate",
            "--model",
            architecture,
            "--data",
            "labels.csv",
            "--format",
            "json",
        ]);
        let measured: serde_json::Value = serde_json::from_str(&measured).unwrap();
        assert!(measured["accuracy"].as_f64().unwrap() > 0.7, "{architecture} {measured}");
    }
}

#[test]
fn several_labels_ratings_and_targets() {
    let place = Place::new();
    let (mut several, mut stars) = (String::new(), String::from("text,label\n"));
    let mut targets = String::from("text,about,label\n");
    for row in 0..60 {
        let (fast, cheap) = (row % 2 == 0, row % 3 == 0);
        let text = format!(
            "{} {} {row}",
            if fast { "quick" } else { "slow" },
            if cheap { "cheap" } else { "dear" }
        );
        let labels: Vec<&str> = [(fast, "fast"), (cheap, "cheap")]
            .iter()
            .filter(|(is, _)| *is)
            .map(|(_, l)| *l)
            .collect();
        writeln!(several, "{{\"text\":\"{text}\",\"label\":\"{}\"}}", labels.join("|")).unwrap();
        writeln!(stars, "{text},{}", 1 + 2 * usize::from(fast) + 2 * usize::from(cheap)).unwrap();
        writeln!(
            targets,
            "{text},{},{}",
            ["speed", "price"][row / 6 % 2],
            if row / 6 % 2 == 0 { fast } else { cheap }
        )
        .unwrap();
    }
    place.write("several.jsonl", several);
    place.write("stars.csv", stars);
    place.write("targets.csv", targets);
    let linear = ["--architecture", "linear"];
    let train = |arguments: &[&str]| place.done(&[&["train"], arguments, &linear[..]].concat());
    train(&["--name", "tags", "--data", "several.jsonl", "--kind", "multi"]);
    let tags =
        place.done(&["evaluate", "--model", "tags", "--data", "several.jsonl", "--format", "json"]);
    let tags: serde_json::Value = serde_json::from_str(&tags).unwrap();
    assert!(tags["micro_f1"].as_f64().unwrap() > 0.9, "{tags}");
    train(&["--name", "stars", "--data", "stars.csv", "--kind", "ordinal"]);
    let stars =
        place.done(&["evaluate", "--model", "stars", "--data", "stars.csv", "--format", "json"]);
    let stars: serde_json::Value = serde_json::from_str(&stars).unwrap();
    assert!(stars["mae"].as_f64().unwrap() < 0.7, "{stars}");
    train(&["--name", "aspects", "--data", "targets.csv", "--target", "about"]);
    let missing = place.run(&["evaluate", "--model", "aspects", "--data", "targets.csv"]);
    assert!(missing.err.contains("reads a target"), "{}", missing.err);
    place.done(&["evaluate", "--model", "aspects", "--data", "targets.csv", "--target", "about"]);
}

#[test]
fn bad_input_is_answered() {
    let place = place();
    let refused = |arguments: &[&str], says: &str| {
        let ran = place.run(arguments);
        assert!(ran.code == Some(1) || ran.code == Some(2), "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains(says), "{arguments:?} does not say `{says}`: {}", ran.err);
        assert!(!ran.err.contains("panicked"), "{}", ran.err);
    };
    place.write("one_class.csv", "text,label\n".to_owned() + &"a text,x\n".repeat(30));
    place.write("one.csv", "text,label\nonly one,x\n");
    place.write("empty.csv", "text,label\n".to_owned() + &",x\n".repeat(30));
    let ratings = "a,NaN\nb,1\nc,2\n".repeat(10);
    place.write("nan.csv", "text,label\n".to_owned() + &ratings);
    place.write("other.csv", "text,label\nnew,strange\n");
    place.write("blank.csv", labels(40) + "a text, \nanother,\n");
    let train = |data| ["train", "--name", "mine", "--data", data, "--architecture", "linear"];
    refused(&train("one_class.csv"), "only `x`");
    refused(&train("one.csv"), "there are `1`");
    refused(&train("empty.csv"), "empty in all `30` rows");
    refused(&train("nowhere.csv"), "no file fits `nowhere.csv`");
    refused(&[&train("nan.csv")[..], &["--kind", "ordinal"]].concat(), "rating `NaN`");
    refused(&["train", "--name", "Mine!", "--data", "labels.csv"], "not `Mine!`");
    refused(&["train", "--name", "sentiment", "--data", "labels.csv"], "is a function already");
    refused(&[&train("labels.csv")[..], &["--mix", "labels.csv"]].concat(), "number of passes");
    refused(&[&train("labels.csv")[..], &["--dropout", "0.2"]].concat(), "--dropout is for");
    let encoder = ["train", "--name", "mine", "--data", "labels.csv", "--architecture", "encoder"];
    refused(&[&encoder[..], &["--longest", "300"]].concat(), "8 to 256 pieces, not `300`");
    let pretrain = ["pretrain", "--name", "mine", "--data", "labels.csv"];
    refused(&[&pretrain[..], &["--longest", "2"]].concat(), "8 to 256 pieces, not `2`");
    refused(&[&pretrain[..], &["--resume"]].concat(), "no pre-training of `mine`");
    refused(&pretrain, "at least 100 distinct texts, there are `96`");
    refused(
        &["train", "--name", "mine", "--data", "labels.csv", "--text", "txt"],
        "did you mean `text`",
    );
    refused(&["train", "--name", "mine", "--resume"], "no training of `mine`");
    refused(&["train", "--name", "m", "--data", "labels.csv", "--architecture", "gpt"], "`heads`");
    refused(&["evaluate", "--model", "nobody", "--data", "labels.csv"], "no model `nobody`");
    let ran = place.run(&train("blank.csv"));
    assert!(ran.code == Some(0), "{}", ran.err);
    assert!(ran.err.contains("40 texts, 2 labels, 2 rows without label left out"), "{}", ran.err);
    place.done(&[
        "train",
        "--name",
        "mine",
        "--data",
        "labels.csv",
        "--architecture",
        "cnn",
        "--epochs",
        "1",
    ]);
    refused(&["evaluate", "--model", "mine", "--data", "other.csv"], "`strange` is unknown");

    let of_name = place.path("groundswell-workspace/models/mine");
    let version = std::fs::read_to_string(of_name.join("current")).unwrap();
    let folder = of_name.join(version);
    for file in ["model.safetensors", "tokenizer.json"] {
        let whole = std::fs::read(folder.join(file)).unwrap();
        std::fs::write(folder.join(file), &whole[..whole.len() / 2]).unwrap();
        refused(&["evaluate", "--model", "mine", "--data", "labels.csv"], file);
        std::fs::write(folder.join(file), whole).unwrap();
    }
}

#[test]
fn further_sets_are_mixed_in() {
    let place = place();
    // All texts of the set again, and twenty of a label that it lacks.
    let mut more = labels(96);
    for row in 0..20 {
        writeln!(more, "\"where is my refund {row}\",refund").unwrap();
    }
    place.write("more.csv", more);
    let train = ["train", "--name", "mixed", "--data", "labels.csv", "--architecture", "linear"];
    let ran = place.run(&[&train[..], &["--mix", "more.csv=0.5"]].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.err.contains("96 texts and 116 to mix in, 3 labels"), "{}", ran.err);
    let about = described(&place, "mixed");
    assert_eq!(about["task"]["labels"], serde_json::json!(["good", "late", "refund"]));
    // A fifth of the set is kept for validation: 96 of the 116 others are left, of which half a pass takes half.
    assert_eq!(about["data"]["validation_rows"], 20);
    assert_eq!(about["data"]["train_rows"], 76 + 48);
    assert_eq!(about["data"]["source"], "labels.csv + more.csv=0.5");
}

/// Gives the description of a model without what differs from run to run.
fn described(place: &Place, name: &str) -> serde_json::Value {
    let mut about: serde_json::Value =
        serde_json::from_str(&place.done(&["models", name])).unwrap();
    for key in ["created", "seconds"] {
        about.as_object_mut().unwrap().remove(key);
    }
    about
}

#[test]
fn a_killed_training_ends_with_the_same_loss() {
    let mut arguments = vec!["train", "--name", "calm", "--data", "labels.csv"];
    arguments.extend(["--mix", "more.csv=0.5", "--architecture", "cnn", "--epochs", "6"]);
    let begin = || {
        let place = place();
        place.write("more.csv", labels(24));
        place
    };
    let calm = begin();
    calm.done(&arguments);

    let disturbed = begin();
    let of_name = disturbed.path("groundswell-workspace/models/calm");
    let mut child = disturbed.command(&arguments).spawn().unwrap();
    while !of_name.join("training/checkpoint").exists() {
        assert!(child.try_wait().unwrap().is_none(), "it ended without a checkpoint");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!of_name.join("current").exists(), "it was not at work any more when it should die");

    let resume = ["train", "--name", "calm", "--resume"];
    disturbed.write("labels.csv", labels(90));
    let ran = disturbed.run(&resume);
    assert!(ran.code == Some(1) && ran.err.contains("with other data"), "{}", ran.err);
    disturbed.write("labels.csv", labels(96));
    let ran = disturbed.run(&resume);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(!ran.err.contains("no checkpoint"), "{}", ran.err);
    assert_eq!(described(&calm, "calm"), described(&disturbed, "calm"));

    let folder = of_name.join(std::fs::read_to_string(of_name.join("current")).unwrap());
    assert!(folder.join("card.html").exists());
    assert!(!folder.join("checkpoint").exists() && !folder.join("request.json").exists());
    assert!(!of_name.join("training").exists());
    let ran = disturbed.run(&resume);
    assert!(ran.err.contains("no training of `calm` was broken off"), "{}", ran.err);
}

#[test]
fn executors_use_the_very_model_or_say_that_it_is_missing() {
    let place = place();
    place.done(&["collect", "file", "posts.csv"]);
    place.done(&[
        "train",
        "--name",
        "delivery",
        "--data",
        "labels.csv",
        "--architecture",
        "linear",
    ]);
    let start = |arguments: &[&str], folder: &str| {
        let mut command = place.command(arguments);
        command.env("GROUNDSWELL__MODELS__FOLDER", place.path(folder));
        Background(command.spawn().unwrap())
    };
    let sql = "SELECT classify(text, 'delivery')['label'] AS label, delivery(text)['score'] AS score FROM posts ORDER BY text";
    let here = place.done(&["sql", sql, "--format", "csv"]);
    for (folder, has_it) in [("groundswell-workspace/models", true), ("nothing", false)] {
        let (scheduler, executor) = (free_address().to_string(), free_address().to_string());
        let _scheduler = start(&["scheduler", "--listen", &scheduler], "nothing");
        connect(scheduler.parse().unwrap());
        let listen =
            ["executor", "--scheduler", &scheduler, "--listen", &executor, "--work", "work"];
        let _executor = start(&listen, folder);
        let there = place.run(&["sql", sql, "--format", "csv", "--cluster", &scheduler]);
        if has_it {
            assert_eq!(there.out, here, "{}", there.err);
        } else {
            assert_eq!(there.code, Some(1));
            assert!(there.err.contains("there is no model `delivery@"), "{}", there.err);
        }
    }
}
