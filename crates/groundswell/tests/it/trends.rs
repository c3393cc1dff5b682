//! Spikes and forecasts of series from files and from queries.

use crate::program::Place;
use serde_json::Value;
use std::fmt::Write;

/// Writes 20 days of hours with a rhythm of the day, of each brand, with a spike in the middle of the last day of `ours`.
fn brands() -> String {
    let mut rows = String::from("brand,timestamp,value\n");
    for brand in ["ours", "theirs"] {
        for hour in 0..480i64 {
            let rhythm = 40.0 + 20.0 * (hour as f64 * std::f64::consts::TAU / 24.0).sin();
            // Different from hour to hour, and the same every time.
            let noise = (hour.wrapping_mul(6_364_136_223_846_793_005) >> 33) % 7;
            let spike = if brand == "ours" && (468..472).contains(&hour) { 300 } else { 0 };
            let (day, clock) = (1 + hour / 24, hour % 24);
            let value = rhythm.round() as i64 + noise + spike;
            writeln!(rows, "{brand},2026-03-{day:02}T{clock:02}:00:00Z,{value}").unwrap();
        }
    }
    rows
}

fn json(place: &Place, arguments: &[&str]) -> Value {
    serde_json::from_str(&place.done(&[&["--format", "json", "trends"], arguments].concat()))
        .unwrap()
}

#[test]
fn a_spike_has_a_start_a_peak_and_an_end() {
    let place = Place::new();
    place.write("brands.csv", brands());
    for detector in ["peaks", "counts", "kleinberg", "changes", "meltwater"] {
        let found = json(
            &place,
            &["detect", "--series", "brands.csv", "--by", "brand", "--detector", detector],
        );
        let spikes = found["spikes"].as_array().unwrap();
        let is_planted = |spike: &&Value| {
            spike["brand"] == "ours" && spike["start"].as_str().unwrap().starts_with("2026-03-20T1")
        };
        let planted =
            spikes.iter().find(is_planted).unwrap_or_else(|| panic!("{detector}: {found}"));
        assert!(planted["excess"].as_f64().unwrap() > 500.0, "{detector}: {planted}");
        assert!(planted["peak_value"].as_f64().unwrap() > 300.0, "{detector}: {planted}");
        assert_eq!(planted["is_over"], true, "{detector}: {planted}");
    }
    let found = json(&place, &["detect", "--series", "brands.csv", "--by", "brand", "--scores"]);
    let scores = found["scores"].as_array().unwrap();
    assert_eq!(scores.len(), 960);
    assert!(scores.iter().all(|row| (0.0..=1.0).contains(&row["score"].as_f64().unwrap())));
    assert!(
        found["spikes"].as_array().unwrap().iter().all(|spike| spike["brand"] == "ours"),
        "{found}"
    );
}

#[test]
fn a_forecast_has_intervals_and_says_what_made_it() {
    let place = Place::new();
    place.write("brands.csv", brands());
    let found = json(
        &place,
        &[
            "forecast",
            "--series",
            "brands.csv",
            "--by",
            "brand",
            "--horizon",
            "24",
            "--level",
            "80,95",
        ],
    );
    let rows = found["forecasts"].as_array().unwrap();
    assert_eq!(rows.len(), 48);
    assert_eq!(
        (&rows[0]["brand"], &rows[0]["timestamp"]),
        (&"ours".into(), &"2026-03-21T00:00:00Z".into())
    );
    for row in rows {
        let at = |name: &str| row[name].as_f64().unwrap();
        assert!(
            0.0 <= at("lower_95")
                && at("lower_95") <= at("lower_80")
                && at("lower_80") <= at("forecast"),
            "{row}"
        );
        assert!(at("forecast") <= at("upper_80") && at("upper_80") <= at("upper_95"), "{row}");
    }
    // At six in the morning the rhythm is at its height, at six in the evening at its lowest.
    let theirs = |hour: usize| rows[24 + hour]["forecast"].as_f64().unwrap();
    assert!(theirs(6) > theirs(18) + 20.0, "{found}");
    let weights = found["series"][1]["weights"].as_object().unwrap();
    assert!(
        (weights.values().map(|weight| weight.as_f64().unwrap()).sum::<f64>() - 1.0).abs() < 1e-9
    );
}

#[test]
fn series_come_from_queries_too() {
    let place = Place::new();
    place.done(&["simulate", "brands", "--posts", "2000", "--out", "posts.jsonl"]);
    place.done(&["collect", "file", "posts.jsonl"]);
    let sql =
        "SELECT date_trunc('hour', created_at) AS hour, count(*) AS posts FROM posts GROUP BY 1";
    let arguments = [
        "detect", "--series", sql, "--time", "hour", "--value", "posts", "--gaps", "zero",
        "--scores",
    ];
    let found = json(&place, &arguments);
    let posts: f64 =
        found["scores"].as_array().unwrap().iter().map(|row| row["value"].as_f64().unwrap()).sum();
    assert_eq!(posts, 2000.0);
}

#[test]
fn odd_series_have_right_answers_or_clear_errors() {
    let place = Place::new();
    let detect = |rows: &str, more: &[&str]| {
        place.write("series.csv", format!("timestamp,value\n{rows}"));
        place.run(
            &[&["--format", "json", "trends", "detect", "--series", "series.csv"], more].concat(),
        )
    };
    let none = "{\n  \"spikes\": []\n}\n";
    let point = detect("2026-01-01T00:00:00Z,5\n", &[]);
    assert_eq!((point.code, point.out.as_str()), (Some(0), none), "{}", point.err);
    let flat: String = (0..200).map(|at| format!("{},0\n", 1_767_225_600 + at * 3600)).collect();
    assert_eq!(detect(&flat, &[]).out, none);
    // Late rows, a clock that was set back, and missing days.
    let odd = "2026-01-03,4\n2026-01-01,5\n2026-01-02,4\n2026-01-02,5\n2026-01-07,6\n";
    let found = detect(odd, &["--scores"]);
    assert!(found.err.contains("1 rows have the time of another"), "{}", found.err);
    assert!(found.err.contains("3 buckets have no row"), "{}", found.err);
    let scores: Value = serde_json::from_str(&found.out).unwrap();
    assert_eq!(scores["scores"][0]["timestamp"], "2026-01-01T00:00:00Z");
    let filled: Value =
        serde_json::from_str(&detect(odd, &["--scores", "--gaps", "zero"]).out).unwrap();
    assert_eq!(filled["scores"].as_array().unwrap().len(), 8);

    let refused = |rows: &str, more: &[&str], code: i32, says: &str| {
        let output = detect(rows, more);
        assert_eq!(output.code, Some(code), "{}", output.err);
        assert!(output.err.contains(says), "{says}: {}", output.err);
    };
    refused("", &[], 1, "no bucket");
    refused("2026-01-01,many\n", &[], 1, "row 1: column `value` holds `many`");
    refused("2026-01-01,1\nsoon,1\n", &[], 1, "row 2: time `soon` is not understood");
    refused("2026-01-01,NaN\n", &[], 1, "holds `NaN`");
    refused("2026-01-01,1\n", &["--detector", "oracle"], 2, "meltwater");
    refused("2026-01-01,1\n", &["--threshold", "0"], 2, "no score");
    refused("2026-01-01,1\n", &["--value", "valeu"], 1, "valeu");
    let forecast = place.run(&["trends", "forecast", "--series", "series.csv", "--horizon", "0"]);
    assert_eq!(forecast.code, Some(2), "{}", forecast.err);
}

/// A workspace with an hour of talk about a fire after two weeks of tea and rain.
fn fire() -> Place {
    let place = Place::new();
    let mut posts = String::new();
    let mut post = |hour: i64, number: i64, text: &str| {
        let (day, clock) = (1 + hour / 24, hour % 24);
        writeln!(
            posts,
            "{{\"native_id\":\"{hour}-{number}\",\"platform\":\"x\",\"author_id\":\"a{}\",\"created_at\":\"2026-03-{day:02}T{clock:02}:{number:02}:30Z\",\"text\":\"{text}\",\"like_count\":{number}}}",
            number % 7
        )
        .unwrap();
    };
    for hour in 0..360 {
        // Nothing on the third day.
        for number in (0..4 + hour % 3).filter(|_| !(48..72).contains(&hour)) {
            let texts = ["A cup of green tea and a long walk", "Rain again, what a grey morning"];
            post(hour, number, &format!("{} {hour} {number}", texts[(hour + number) as usize % 2]));
        }
        for number in (10..50).filter(|_| hour == 350) {
            post(hour, number, &format!("The Zorvik phone caught fire {number} #zorvikfire"));
        }
    }
    place.write("posts.jsonl", posts);
    place.done(&["collect", "file", "posts.jsonl"]);
    place.done(&["refresh", "--only", "prepare,score"]);
    place
}

#[test]
fn a_spike_of_the_workspace_names_its_cause() {
    let place = fire();
    let rows = json(&place, &["series"]);
    let rows = rows.as_array().unwrap();
    assert_eq!(rows.len(), 360);
    let value = |row: usize| rows[row]["value"].as_f64().unwrap();
    assert_eq!((value(0), value(50), value(350)), (4.0, 0.0, 46.0));

    let found = json(&place, &["detect", "--why"]);
    let spikes = found["spikes"].as_array().unwrap();
    assert_eq!(spikes.len(), 1, "{found}");
    assert_eq!(spikes[0]["start"], "2026-03-15T14:00:00Z");
    let causes = found["causes"].as_array().unwrap();
    let what: Vec<&Value> = causes.iter().filter(|cause| cause["kind"] == "what").collect();
    assert_eq!((&what[0]["fact"], &what[0]["cause"]), (&"hashtag".into(), &"zorvikfire".into()));
    assert_eq!((&what[0]["posts"], &what[0]["expected"]), (&40.into(), &0.0.into()));
    assert_eq!(what[0]["examples"], "x:350-49 x:350-48 x:350-47");
    for kind in ["what", "who", "where", "language", "sentiment"] {
        let shares = causes.iter().filter(|cause| cause["kind"] == kind);
        let sum: f64 = shares.map(|cause| cause["share"].as_f64().unwrap()).sum();
        assert!((sum - 1.0).abs() < 1e-9, "{kind}: {found}");
    }
}

#[test]
fn posts_of_the_workspace_are_counted_by_group_measure_and_day() {
    let place = fire();
    let days = |arguments: &[&str]| {
        let rows = json(&place, &[&["series", "--bucket", "day"], arguments].concat());
        let rows = rows.as_array().unwrap().clone();
        rows.into_iter()
            .map(|row| (row["timestamp"].clone(), row["value"].as_f64()))
            .collect::<Vec<_>>()
    };
    let tagged = days(&["--by", "hashtag"]);
    assert_eq!(tagged, [("2026-03-15T00:00:00Z".into(), Some(40.0))]);
    // Eight hours earlier in Shanghai: 14 o'clock of the 15th is 22 o'clock of the same day, 16 o'clock the next.
    let there = days(&["--time-zone", "Asia/Shanghai", "--measure", "authors"]);
    assert_eq!(there.len(), 16);
    assert_eq!(there[0], ("2026-03-01T00:00:00Z".into(), Some(6.0)));
    let share = days(&["--by", "term", "--only", "zorvik", "--measure", "share"]);
    assert_eq!(share, [("2026-03-15T00:00:00Z".into(), Some(40.0 / 160.0))]);
    let negative = days(&["--measure", "negative_share", "--since", "2026-03-15"]);
    let [(_, Some(negative))] = negative[..] else { panic!("{negative:?}") };
    assert!((0.0..=1.0).contains(&negative));
    let forecast =
        json(&place, &["forecast", "--bucket", "day", "--measure", "share", "--horizon", "2"]);
    assert_eq!(forecast["forecasts"].as_array().unwrap().len(), 2);

    for (arguments, says) in [
        (&["series", "--time-zone", "Mars"][..], "unknown time zone `Mars`"),
        (&["detect", "--by", "hashtags"], "did you mean `hashtag`"),
        (&["series", "--since", "soon"], "soon"),
    ] {
        let ran = place.run(&[&["trends"], arguments].concat());
        assert_eq!(ran.code, Some(2), "{arguments:?}");
        assert!(ran.err.contains(says), "{}", ran.err);
    }
}
