//! Runs the commands of the README, in order, in one folder, with this build of the program in place of `cargo run --release --`.

use crate::program::{Place, repository};
use std::process::Command;

/// Returns the lines of the blocks of a language.
fn lines_of(language: &str, readme: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut inside = false;
    for line in readme.lines() {
        match line.strip_prefix("```") {
            Some(fence) => inside = fence == language,
            None if inside => lines.push(line.to_owned()),
            None => {}
        }
    }
    lines
}

#[test]
fn every_command_of_the_readme_works() {
    let place = Place::new();
    let posts = place.run(&["simulate", "brands", "--posts", "300", "--out", "posts.jsonl"]);
    assert_eq!(posts.code, Some(0), "{}", posts.err);
    place.write("survey.csv", "body,user,ts\nI like it,amy,2026-01-02\nnot for me,bo,2026-01-03\n");
    let mut labels = String::from("text,label\n");
    for number in 0..60 {
        let (text, label) = [("great phone", "good"), ("it broke again", "bad")][number % 2];
        labels.push_str(&format!("{text} {number},{label}\n"));
    }
    place.write("labels.csv", &labels);
    place.write("test.csv", labels);
    let readme = std::fs::read_to_string(repository().join("README.md")).unwrap();
    place.write("topics.toml", lines_of("toml", &readme).join("\n"));
    let commands = lines_of("sh", &readme);
    assert!(commands.len() >= 10, "{commands:?}");
    for command in commands {
        if command == "./test" {
            continue; // it runs this test
        }
        let command = command
            .replace("cargo run --release -- demo", "groundswell demo --posts 300")
            .replacen("groundswell ", concat!(env!("CARGO_BIN_EXE_groundswell"), " "), 1);
        let output =
            Command::new("sh").args(["-c", &command]).current_dir(place.path("")).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command}\n{error}");
    }
    assert!(place.path("groundswell-workspace/report.html").exists());
}

#[test]
fn the_cluster_differs_by_an_option_only() {
    let readme = std::fs::read_to_string(repository().join("README.md")).unwrap();
    let removed: Vec<&str> =
        readme.lines().filter_map(|line| line.strip_prefix("-groundswell ")).collect();
    assert_eq!(removed.len(), 2);
    for command in removed {
        let with = format!("+groundswell --cluster 10.0.0.1:50050 {command}");
        assert!(readme.contains(&with), "{with}");
    }
}
