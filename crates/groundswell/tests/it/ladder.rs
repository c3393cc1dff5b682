//! Beside training a classifier: word vectors, pre-training on one's own posts, advice on which model to choose, cascades.

use crate::lab::place;
use crate::program::Place;
use serde_json::Value;
use std::fmt::Write;

/// Words of two worlds that never meet in a text: seas and kitchens, in English and Chinese.
const WORLDS: [[&str; 8]; 2] = [
    ["harbour", "sailor", "anchor", "lighthouse", "海港", "水手", "船锚", "灯塔"],
    ["kitchen", "cook", "saucepan", "oven", "厨房", "厨师", "炒锅", "烤箱"],
];

fn worlds() -> String {
    let mut table = String::from("text\n");
    let mut state = 1u32;
    for row in 0..600usize {
        let chosen = (0..6).map(|_| {
            state = state.wrapping_mul(1_103_515_245).wrapping_add(12_345) % (1 << 31);
            WORLDS[row % 2][(state >> 16) as usize % 8]
        });
        writeln!(table, "{}", chosen.collect::<Vec<_>>().join(" ")).unwrap();
    }
    table
}

fn json(place: &Place, arguments: &[&str]) -> Value {
    let said = place.done(&[arguments, &["--format", "json"]].concat());
    serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"))
}

#[test]
fn word_vectors_are_asked_and_learned_from() {
    let place = place();
    place.done(&["collect", "file", "posts.csv"]);
    place.write("worlds.csv", worlds());
    for method in ["skip-gram", "glove"] {
        let said = place.done(&[
            "train",
            "word-vectors",
            "--name",
            "words",
            "--data",
            "worlds.csv",
            "--method",
            method,
            "--dimension",
            "16",
            "--epochs",
            "25",
            "--show",
            "lighthouse",
        ]);
        assert!(said.starts_with("lighthouse: "), "{said}");
        for (word, others) in [("anchor", WORLDS[0]), ("oven", WORLDS[1])] {
            let sql = format!(
                "SELECT n['word'] AS word FROM (SELECT unnest(nearest('{word}', 'words')) AS n) LIMIT 7"
            );
            let near = place.done(&["sql", &sql, "--format", "csv"]);
            let near: Vec<&str> = near.lines().skip(1).collect();
            assert_eq!(near.len(), 7, "{near:?}");
            assert!(near.iter().all(|near| others.contains(near)), "{method} {word}: {near:?}");
        }
    }
    let sql = "SELECT nearest('anchor', 'nothing')";
    let missing = place.run(&["sql", sql]);
    assert!(missing.code == Some(1) && missing.err.contains("`nothing`"), "{}", missing.err);

    let train = ["train", "--name", "mine", "--data", "labels.csv", "--architecture"];
    for architecture in ["fasttext", "cnn"] {
        let options = [architecture, "--epochs", "1", "--vectors", "words"];
        place.done(&[&train[..], &options].concat());
    }
    let about = place.done(&["models", "mine"]);
    assert!(about.contains("words"), "{about}");
    let ran = place.run(&[&train[..], &["cnn", "--vectors", "nothing"]].concat());
    assert!(ran.code != Some(0) && ran.err.contains("`nothing`"), "{}", ran.err);
    let ran = place.run(&[&train[..], &["linear", "--vectors", "words"]].concat());
    assert!(ran.code != Some(0) && ran.err.contains("vectors"), "{}", ran.err);
}

#[test]
fn pre_training_lowers_the_masked_loss_and_is_built_on() {
    let place = place();
    let mut posts = String::from("text\n");
    for row in 0..120 {
        let [seas, kitchens] = WORLDS.map(|words| words[row % 8]);
        writeln!(posts, "the {seas} saw the {kitchens} {row}").unwrap();
    }
    place.write("own.csv", posts);
    let labels = std::fs::read_to_string(place.path("labels.csv")).unwrap();
    let few: Vec<&str> = labels.lines().take(1 + 48).collect();
    place.write("few.csv", few.join("\n"));
    let report = json(
        &place,
        &[
            "pretrain",
            "--name",
            "brands",
            "--data",
            "own.csv",
            "--check",
            "labels.csv",
            "--epochs",
            "2",
            "--batch-tokens",
            "128",
        ],
    );
    let rows = report.as_array().unwrap();
    let measured = |row: usize, when: &str| rows[row][when].as_f64().unwrap();
    assert!(measured(0, "after") < measured(0, "before"), "{report}");
    assert!((measured(1, "after") - measured(0, "after").exp()).abs() < 1e-3, "{report}");
    assert!(measured(2, "after") > 0.5, "{report}");

    let train = ["train", "--name", "x", "--data", "few.csv", "--base"];
    let small = ["--architecture", "lora", "--epochs", "2", "--batch-tokens", "48"];
    place.done(&[&train[..], &["brands"], &small].concat());
    let about = place.done(&["models", "x"]);
    assert!(about.contains("encoders/brands"), "{about}");
    let result = json(&place, &["evaluate", "--model", "x", "--data", "few.csv"]);
    assert!(result["accuracy"].as_f64().unwrap() > 0.7, "{result}");
    for architecture in ["lora", "heads"] {
        let ran = place.run(&[&train[..], &["nobody", "--architecture", architecture]].concat());
        assert!(ran.code != Some(0) && ran.err.contains("nobody"), "{architecture}: {}", ran.err);
    }
}

#[test]
fn the_ladder_is_climbed_and_a_cascade_sends_up_what_is_unsure() {
    let place = place();
    let advise = ["models", "advise", "--data", "labels.csv"];
    let reports = json(&place, &advise);
    let rungs = reports.as_array().unwrap();
    let names: Vec<&str> = rungs.iter().map(|rung| rung["name"].as_str().unwrap()).collect();
    for name in ["linear", "static", "heads"] {
        assert!(names.contains(&name), "{names:?}");
    }
    let advised: Vec<&Value> = rungs.iter().filter(|rung| rung["is_recommended"] == true).collect();
    assert_eq!(advised.len(), 1, "{reports}");
    let best = rungs.iter().filter_map(|rung| rung["macro_f1"].as_f64()).fold(0.0, f64::max);
    assert!(advised[0]["macro_f1"].as_f64().unwrap() > best - 0.2, "{reports}");
    for rung in rungs {
        let interval = &rung["interval"];
        let f1 = rung["macro_f1"].as_f64().unwrap();
        assert!(interval["low"].as_f64().unwrap() <= f1, "{rung}");
        assert!(interval["high"].as_f64().unwrap() >= f1, "{rung}");
        assert!(rung["posts_per_second"].as_f64().unwrap() > 0.0, "{rung}");
    }
    let impossible = place.run(&[&advise[..], &["--budget", "1e12"]].concat());
    assert_eq!(impossible.code, Some(0), "{}", impossible.err);
    assert!(impossible.err.contains("no rung is within the budget"), "{}", impossible.err);

    for (name, architecture) in [("cheap", "linear"), ("dear", "heads")] {
        place.done(&[
            "train",
            "--name",
            name,
            "--data",
            "labels.csv",
            "--architecture",
            architecture,
        ]);
    }
    // What a broken-off training left is no part of the cascade.
    let models = place.path("groundswell-workspace/models/both");
    std::fs::create_dir_all(models.join("training")).unwrap();
    std::fs::write(models.join("training/model.safetensors"), "left over").unwrap();
    let cascade = ["models", "cascade", "--name", "both", "--data", "labels.csv", "--cheap"];
    let ran = place.run(&[&cascade[..], &["cheap", "--dear", "dear"]].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.err.contains("go up to dear"), "{}", ran.err);
    let about: Value = serde_json::from_str(&place.done(&["models", "both"])).unwrap();
    let (score, dear) = (&about["cascade"]["score"], &about["cascade"]["dear_score"]);
    assert!(score.as_f64().unwrap() >= 0.9 * dear.as_f64().unwrap(), "{about}");
    assert_eq!(about["files"], serde_json::json!({}));
    let halves = (&about["data"]["train_rows"], &about["data"]["validation_rows"]);
    assert_eq!((halves.0.as_u64(), halves.1.as_u64()), (Some(48), Some(48)), "{about}");
    assert_eq!(about["validation"]["texts"], 48);
    let version = std::fs::read_to_string(models.join("current")).unwrap();
    let card = std::fs::read_to_string(models.join(version).join("card.html")).unwrap();
    assert!(card.contains("both"), "{card}");
    place.done(&["collect", "file", "posts.csv"]);
    let by_name = "SELECT classify(text, 'both')['label'] AS label FROM posts ORDER BY text";
    let own = "SELECT both(text)['label'] AS label FROM posts ORDER BY text";
    let answers = |sql: &str| place.done(&["sql", sql, "--format", "csv"]);
    assert_eq!(answers(by_name), answers(own));
    assert_eq!(answers(own).matches("good").count(), 6);

    let ran = place.run(&[&cascade[..], &["cheap", "--dear", "nobody"]].concat());
    assert!(ran.code != Some(0) && ran.err.contains("`nobody`"), "{}", ran.err);
    let sum = ["models", "cascade", "--name", "sum", "--data", "labels.csv", "--cheap"];
    let ran = place.run(&[&sum[..], &["cheap", "--dear", "dear"]].concat());
    assert!(ran.code == Some(2) && ran.err.contains("`sum`"), "{}", ran.err);
    let ran = place.run(&[&cascade[..], &["cheap", "--dear", "dear", "--quality", "7"]].concat());
    assert!(ran.code == Some(2) && ran.err.contains("`7`"), "{}", ran.err);
}
