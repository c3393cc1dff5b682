//! A file with a thousand good and seven broken lines: every good post, every broken line kept with its reason.

use crate::program::Place;

/// Writes 1,000 good lines with seven broken ones between them.
fn broken_file(place: &Place) {
    let mut file: Vec<u8> = Vec::new();
    for line in 0..1_000 {
        match line {
            100 => file.extend(b"{\"id\": \"bad json\", \"text\": \n"),
            200 => file.extend(b"{\"id\": \"no text\", \"created_at\": \"2026-01-01T00:00:00Z\"}\n"),
            300 => file.extend(b"{\"id\": \"bad time\", \"text\": \"x\", \"created_at\": \"yesterdayish\"}\n"),
            400 => file.extend(b"{\"id\": \"utf8\", \"text\": \"\xff\xfe\", \"created_at\": \"2026-01-01T00:00:00Z\"}\n"),
            500 => {
                let long = "a".repeat(5 * 1024 * 1024);
                file.extend(format!("{{\"id\": \"long\", \"text\": \"{long}\", \"created_at\": \"2026-01-01T00:00:00Z\"}}\n").bytes());
            }
            600 => file.extend(b"[1, 2, 3]\n"),
            700 => file.extend(b"\n"),
            _ => {}
        }
        let minute = line % 60;
        file.extend(
            format!("{{\"id\": \"{line}\", \"text\": \"post {line}\", \"author\": \"a\", \"created_at\": \"2026-01-01T00:{minute:02}:00Z\"}}\n")
                .bytes(),
        );
    }
    place.write("broken.jsonl", file);
}

#[test]
fn good_posts_come_in_and_broken_lines_are_kept() {
    let place = Place::new();
    broken_file(&place);
    let ran = place.run(&["collect", "file", "broken.jsonl"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.err.contains("1000 new posts") && ran.err.contains("7 rejected"), "{}", ran.err);
    assert!(ran.err.contains("warning: 7 records"), "{}", ran.err);
    assert_eq!(place.number("SELECT count(*) FROM posts"), 1_000);
    let rows = place.done(&[
        "sql",
        "SELECT line, origin, reason, length(payload) > 0 AS kept FROM quarantine ORDER BY line",
        "--format",
        "csv",
    ]);
    let lines: Vec<&str> = rows.lines().skip(1).map(|row| row.split(',').next().unwrap()).collect();
    assert_eq!(lines, ["101", "202", "303", "404", "505", "606", "707"], "{rows}");
    assert!(rows.contains("broken.jsonl"), "{rows}");
    // The empty line has no payload; the others have theirs.
    assert_eq!(rows.matches("true").count(), 6, "{rows}");
    // Again: nothing new, nothing twice.
    let again = place.run(&["collect", "file", "broken.jsonl"]);
    assert!(again.err.contains("0 new posts"), "{}", again.err);
    assert_eq!(place.number("SELECT count(*) FROM quarantine"), 7);
}

#[test]
fn wrong_column_counts_are_kept_too() {
    let place = Place::new();
    let mut file = "id,text,created_at\n".to_owned();
    for line in 0..20 {
        file.push_str(&format!("{line},post {line},2026-01-01T00:00:00Z\n"));
    }
    file.push_str("20,one,two,three,four\n");
    place.write("posts.csv", file);
    let ran = place.run(&["collect", "file", "posts.csv"]);
    assert!(ran.err.contains("20 new posts") && ran.err.contains("1 rejected"), "{}", ran.err);
    let reason = place.done(&["sql", "SELECT reason FROM quarantine", "--format", "csv"]);
    assert!(reason.contains("column") || reason.contains("field"), "{reason}");
}

#[test]
fn strict_writes_nothing() {
    let place = Place::new();
    broken_file(&place);
    let ran = place.run(&["collect", "file", "broken.jsonl", "--strict"]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(ran.err.contains("line 101"), "{}", ran.err);
    assert!(!place.path("groundswell-workspace").exists());
}
