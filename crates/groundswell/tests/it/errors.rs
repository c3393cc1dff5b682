//! Wrong usage and hostile surroundings: a clear error, the right exit code, tables untouched.

use crate::program::Place;
use std::process::Command;

const POSTS: &str = "id,text,created_at\n1,hello,2026-01-01T00:00:00Z\n";

fn refused(place: &Place, arguments: &[&str], code: i32, says: &[&str]) {
    let ran = place.run(arguments);
    assert_eq!(ran.code, Some(code), "{arguments:?}: {}", ran.err);
    for words in says {
        assert!(ran.err.contains(words), "{arguments:?} does not say `{words}`: {}", ran.err);
    }
    assert!(!ran.err.contains("panicked"), "{}", ran.err);
}

#[test]
fn names_that_do_not_exist_are_answered_with_the_nearest() {
    let place = Place::new();
    place.write("posts.csv", POSTS);
    refused(
        &place,
        &["collect", "fiel", "posts.csv"],
        2,
        &["unknown source `fiel`", "did you mean `file`?"],
    );
    refused(&place, &["simulate", "brand", "--out", "x"], 2, &["`brand`", "brands"]);
    refused(
        &place,
        &["collect", "file", "posts.csv", "--columns", "text=txet"],
        1,
        &["`txet`", "`text`"],
    );
    refused(
        &place,
        &["collect", "file", "posts.csv", "--columns", "txt=text"],
        1,
        &["`txt`", "`text`"],
    );
    refused(&place, &["collect", "file", "nothing.csv"], 1, &["no file fits `nothing.csv`"]);
    assert!(!place.path("groundswell-workspace").exists());
    place.done(&["collect", "file", "posts.csv"]);
    refused(
        &place,
        &["refresh", "--only", "scores"],
        2,
        &["unknown step `scores`", "prepare, score"],
    );
    refused(&place, &["models", "sentimant"], 2, &["`sentimant`", "`sentiment`"]);
    refused(&place, &["sql", "SELECT txt FROM posts"], 1, &["txt"]);
    refused(&place, &["sql", "SELECT * FROM post"], 1, &["post"]);
    refused(&place, &["frobnicate"], 2, &["frobnicate"]);
}

#[test]
fn unknown_configuration_is_refused() {
    let place = Place::new();
    place.write("groundswell.toml", "[engine]\nthredas = 3\n");
    refused(&place, &["sql", "SELECT 1"], 2, &["unknown key `thredas`", "did you mean `threads`?"]);
    refused(&place, &["--config", "none.toml", "sql", "SELECT 1"], 2, &["none.toml"]);
}

#[test]
fn weights_that_cannot_be_read_are_refused_before_anything_is_written() {
    let place = Place::new();
    place.write("posts.csv", POSTS);
    place.done(&["collect", "file", "posts.csv"]);
    place.done(&["models", "--export", "model"]);
    place.write("groundswell.toml", "[models]\nweights = \"model\"\n");
    let mut encoder = std::fs::read(place.path("model/encoder.onnx")).unwrap();
    let middle = encoder.len() / 2;
    encoder[middle] ^= 1;
    place.write("model/encoder.onnx", &encoder);
    refused(&place, &["refresh"], 1, &["model/encoder.onnx", "SHA-256", "write the file again"]);
    std::fs::remove_file(place.path("model/heads.onnx")).unwrap();
    refused(&place, &["refresh"], 1, &["cannot open `model/heads.onnx`", "check the path"]);
    place.write("groundswell.toml", "");
    assert_eq!(place.number("SELECT count(*) FROM prepared"), 0);
    place.done(&["models", "--export", "model"]);
    place.write("groundswell.toml", "[models]\nweights = \"model\"\n");
    place.done(&["refresh"]);
    assert_eq!(place.number("SELECT count(*) FROM scored"), 1);
}

#[test]
fn a_workspace_that_is_not_there_is_named() {
    let place = Place::new();
    refused(&place, &["sql", "SELECT 1"], 1, &["no workspace at", "groundswell collect"]);
    refused(&place, &["refresh"], 1, &["no workspace at"]);
}

#[test]
fn a_cluster_that_is_not_there_is_named() {
    let place = Place::new();
    place.write("posts.csv", POSTS);
    place.done(&["collect", "file", "posts.csv"]);
    refused(&place, &["--cluster", "127.0.0.1:9", "sql", "SELECT 1"], 1, &["127.0.0.1:9"]);
}

/// Fills a file system of 3 MiB; only root may mount one.
#[test]
fn a_full_disk_leaves_the_tables_as_they_were() {
    let place = Place::new();
    let disk = place.path("disk");
    std::fs::create_dir(&disk).unwrap();
    let mounted =
        Command::new("mount").args(["-t", "tmpfs", "-o", "size=3m", "tmpfs"]).arg(&disk).status();
    if !mounted.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: only root may mount a small file system");
        return;
    }
    let result = std::panic::catch_unwind(|| {
        let workspace = disk.join("workspace").display().to_string();
        place.write("posts.csv", POSTS);
        place.done(&["--workspace", &workspace, "collect", "file", "posts.csv"]);
        // Text that does not compress: digits of a linear congruential sequence.
        let mut state: u64 = 1;
        let mut large = "id,text,created_at\n".to_owned();
        for line in 0..12_000 {
            large.push_str(&format!("n{line},"));
            for _ in 0..60 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                large.push_str(&format!("{:x}", state >> 20));
            }
            large.push_str(",2026-01-02T00:00:00Z\n");
        }
        place.write("large.csv", large);
        let arguments = ["--workspace", &workspace, "collect", "file", "large.csv"];
        let ran = place.run(&arguments);
        assert_eq!(ran.code, Some(1), "{}", ran.err);
        for words in ["No space left on device", "unchanged"] {
            assert!(ran.err.contains(words), "{}", ran.err);
        }
        let count =
            ["--workspace", &workspace, "sql", "SELECT count(*) FROM posts", "--format", "csv"];
        assert_eq!(place.done(&count).lines().nth(1), Some("1"));
    });
    Command::new("umount").arg(&disk).status().unwrap();
    result.unwrap();
}
