//! A workspace in an object store, reached by the protocol of Amazon S3, from this process and from a cluster.

use crate::program::{Background, Place, connect, environment, free_address};
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::process::{Command, Stdio};

/// Starts an object store with one bucket.
fn object_store(python: &str, bucket: &str) -> (Background, SocketAddr) {
    let address = free_address();
    let port = address.port().to_string();
    let server = Command::new(python)
        .args(["-m", "moto.server", "-H", "127.0.0.1", "-p", &port])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let server = Background(server.unwrap());
    let mut stream = connect(address);
    let request = format!(
        "PUT /{bucket} HTTP/1.1\r\nHost: {address}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    (server, address)
}

#[test]
fn a_workspace_in_a_bucket() {
    let Some(python) = environment("GROUNDSWELL_TEST_PYTHON") else {
        eprintln!(
            "SKIPPED: no Python with moto, which serves the protocol of S3; ./test installs it"
        );
        return;
    };
    let (_store, address) = object_store(&python, "team");
    let place = Place::new();
    let config = format!(
        "[workspace]\naddress = \"s3://team/brands\"\n\n[workspace.storage]\naws_endpoint = \"http://{address}/\"\n\
         aws_allow_http = \"true\"\naws_region = \"eu-central-1\"\naws_access_key_id = \"key\"\n\
         aws_secret_access_key = \"secret\"\n"
    );
    place.write("groundswell.toml", config);

    let missing = place.run(&["sql", "SELECT 1"]);
    assert_eq!(missing.code, Some(1));
    assert!(missing.err.contains("no workspace at `s3://team/brands`"), "{}", missing.err);

    place.done(&["simulate", "brands", "--posts", "80", "--seed", "5", "--out", "posts.jsonl"]);
    place.done(&["collect", "file", "posts.jsonl"]);
    let again = place.run(&["collect", "file", "posts.jsonl"]);
    assert!(again.err.contains("0 new posts"), "{}", again.err);
    place.done(&["refresh"]);
    assert_eq!(place.number("SELECT count(*) FROM scored"), 80);
    place.done(&["report"]);
    let report = std::fs::read_to_string(place.path("report.html")).unwrap();
    assert!(report.contains("</html>"));
    assert!(!place.path("groundswell-workspace").exists());

    let (scheduler, executor) = (free_address(), free_address());
    let start = |arguments: &[&str]| Background(place.command(arguments).spawn().unwrap());
    let (scheduler, executor) = (scheduler.to_string(), executor.to_string());
    let _scheduler = start(&["scheduler", "--listen", &scheduler]);
    connect(scheduler.parse().unwrap());
    let _executor =
        start(&["executor", "--scheduler", &scheduler, "--listen", &executor, "--work", "work"]);
    let sql = "SELECT sentiment(text)['label'] AS label, count(*) AS posts FROM posts GROUP BY 1 ORDER BY 1";
    let here = place.done(&["sql", sql, "--format", "csv"]);
    let there = place.done(&["sql", sql, "--format", "csv", "--cluster", &scheduler]);
    assert_eq!(here, there);

    let wrong = place.run(&["sql", "SELECT 1", "--workspace", "s3://nobody/brands"]);
    assert_eq!(wrong.code, Some(1));
    assert!(wrong.err.contains("NoSuchBucket"), "{}", wrong.err);
    place.write("groundswell.toml", "[workspace.storage]\naws_regio = \"x\"\n");
    let wrong = place.run(&["sql", "SELECT 1"]);
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.err.contains("unknown option `aws_regio`"), "{}", wrong.err);
}
