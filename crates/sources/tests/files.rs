//! What source `file` promises about broken, growing and replaced files.

#![expect(clippy::unwrap_used, reason = "a test that fails panics")]

use futures::executor::block_on;
use groundswell_core::{Batch, Position, Rejected};
use groundswell_sources::{Source, SourceError, SourceOptions, find_source};
use std::fs;
use std::path::Path;

fn open(path: &Path, options: SourceOptions) -> Result<Box<dyn Source>, SourceError> {
    let paths = vec![path.to_string_lossy().into_owned()];
    let spec = find_source("file").unwrap();
    Ok((spec.open)(&SourceOptions { paths, ..options })?.remove(0))
}

fn read(path: &Path) -> Batch {
    let mut source = open(path, SourceOptions::default()).unwrap();
    let batch = block_on(source.next_batch()).unwrap().unwrap();
    assert_eq!(block_on(source.next_batch()).unwrap(), None);
    batch
}

/// Writes 1,000 good lines and 7 broken ones, and says which reason each broken one must have.
fn thousand_and_seven(csv: bool) -> (Vec<u8>, Vec<(i64, &'static str)>) {
    let mut bytes = Vec::new();
    let mut expected = Vec::new();
    let mut line = i64::from(csv);
    if csv {
        bytes.extend_from_slice(b"id,author,created_at,text\n");
    }
    for i in 0..1000 {
        let broken: Option<(Vec<u8>, &str)> = match (i, csv) {
            (100, false) => Some((b"{\"id\":1,".to_vec(), "record is not JSON")),
            (100, true) => Some((b"1,a,\"open".to_vec(), "never closed")),
            (200, false) => {
                Some((b"{\"id\":2,\"created_at\":1700000000}".to_vec(), "text is missing"))
            }
            (200, true) => Some((b"2,a,1700000000,".to_vec(), "text is missing")),
            (300, false) => {
                Some((b"{\"id\":3,\"text\":\"x\",\"created_at\":\"soon\"}".to_vec(), "time `soon`"))
            }
            (300, true) => Some((b"3,a,soon,x".to_vec(), "time `soon`")),
            (400, false) => Some((b"{\"id\":4,\"text\":\"\xff\"}".to_vec(), "not UTF-8")),
            (400, true) => Some((b"4,a,1700000000,\xff".to_vec(), "not UTF-8")),
            (500, _) => Some((vec![b'x'; 5 << 20], "`5242880` bytes long")),
            (600, false) => Some((b"[1,2]".to_vec(), "not a JSON object")),
            (600, true) => Some((b"6,a,1700000000".to_vec(), "`3` fields, the header has 4")),
            (700, _) => Some((Vec::new(), "empty line")),
            _ => None,
        };
        if let Some((record, reason)) = broken {
            line += 1;
            expected.push((line, reason));
            bytes.extend_from_slice(&record);
            bytes.push(b'\n');
        }
        line += 1;
        let record = match csv {
            true => format!("{i},a,{},good {i}\n", 1_700_000_000 + i),
            false => format!(
                "{{\"id\":{i},\"created_at\":{},\"text\":\"good {i}\"}}\n",
                1_700_000_000 + i
            ),
        };
        bytes.extend_from_slice(record.as_bytes());
    }
    (bytes, expected)
}

#[test]
fn a_thousand_good_lines_survive_seven_broken_ones() {
    let folder = tempfile::tempdir().unwrap();
    for (name, csv) in [("posts.jsonl", false), ("posts.csv", true)] {
        let (bytes, expected) = thousand_and_seven(csv);
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        let batch = read(&path);
        assert_eq!((batch.posts.len(), batch.rejected.len()), (1000, 7), "{name}");
        assert_eq!(batch.position.sequence, 1007);
        for (fault, (line, reason)) in batch.rejected.iter().zip(expected) {
            assert_eq!((fault.origin.as_str(), fault.line), (path.to_str().unwrap(), line));
            assert!(fault.reason.contains(reason), "{name}: {} for {reason}", fault.reason);
            assert!(fault.payload.len() <= Rejected::PAYLOAD_BYTES);
        }
    }
}

#[test]
fn a_file_that_grows_goes_on_where_it_ended() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("posts.csv");
    let row = |i: usize| format!("{i},a,{},{} {i}\n", 1_700_000_000 + i, "word ".repeat(20));
    let mut text = "id,author,created_at,text\n".to_owned();
    text.extend((0..1000).map(row));
    fs::write(&path, &text).unwrap();
    let position = read(&path).position;
    text.extend((1000..1010).map(row));
    fs::write(&path, &text).unwrap();
    let mut source = open(&path, SourceOptions::default()).unwrap();
    block_on(source.resume(&position)).unwrap();
    let batch = block_on(source.next_batch()).unwrap().unwrap();
    assert_eq!((batch.posts.len(), batch.posts[0].native_id.as_str()), (10, "1000"));
    assert_eq!(batch.position, Position { sequence: 1010, ..position.clone() });
    fs::write(&path, &text[..100_000]).unwrap();
    let mut source = open(&path, SourceOptions::default()).unwrap();
    let error = block_on(source.resume(&position)).unwrap_err().to_string();
    assert!(error.contains("it was replaced"), "{error}");
}

#[test]
fn batches_end_at_their_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("posts.jsonl");
    let line = |i: usize| {
        format!(
            "{{\"id\":{i},\"created_at\":{},\"text\":\"{}\"}}\n",
            1_700_000_000 + i,
            "x".repeat(10_000)
        )
    };
    fs::write(&path, (0..20).map(line).collect::<String>()).unwrap();
    let mut source =
        open(&path, SourceOptions { batch_bytes: 50_000, ..SourceOptions::default() }).unwrap();
    let mut sizes = Vec::new();
    while let Some(batch) = block_on(source.next_batch()).unwrap() {
        sizes.push(batch.posts.len());
    }
    // A post holds its text and its raw record.
    assert_eq!(sizes, [3, 3, 3, 3, 3, 3, 2]);
}

#[test]
fn faults_of_the_whole_file_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("posts.csv");
    fs::write(&path, "id,author,created_at,body\n1,a,1700000000,x\n").unwrap();
    let fault = |columns: &str, format: Option<&str>| {
        let options = SourceOptions {
            columns: Some(columns.into()),
            format: format.map(str::to_owned),
            ..SourceOptions::default()
        };
        open(&path, options).err().unwrap().to_string()
    };
    let message = fault("text=bdy", None);
    assert!(message.contains("`bdy` does not exist; did you mean `body`?"), "{message}");
    assert!(fault("txt=body", None).contains("did you mean `text`?"));
    assert!(fault("text=body", Some("cvs")).contains("did you mean `csv`?"));
    let cut = folder.path().join("cut.jsonl.zst");
    let whole = zstd::encode_all(&vec![b'\n'; 1 << 20][..], 1).unwrap();
    fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    let error = open(&cut, SourceOptions::default())
        .and_then(|mut source| {
            loop {
                if block_on(source.next_batch())?.is_none() {
                    return Ok(());
                }
            }
        })
        .unwrap_err();
    assert!(matches!(error, SourceError::Read { .. }), "{error}");
}

#[test]
fn empty_files_have_no_posts() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.jsonl", "a.csv", "a.tsv", "a.unknown"] {
        let path = folder.path().join(name);
        fs::write(&path, "").unwrap();
        let mut source = open(&path, SourceOptions::default()).unwrap();
        assert_eq!(block_on(source.next_batch()).unwrap(), None, "{name}");
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    #[test]
    fn no_bytes_make_a_format_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
        read_in_every_format(&bytes);
    }

    #[test]
    fn nothing_that_looks_like_records_makes_a_format_panic(parts in proptest::collection::vec(
        proptest::sample::select(vec![
            "{", "}", "[", "]", "\"", ",", ":", "\n", "\r\n", "\t", "\\", "\\n", "id", "text", "created_at",
            "\"text\":\"x\"", "1700000000", "你好", "\u{feff}", "null", "-1", "e9", "window.x = ",
        ]), 0..60)) {
        read_in_every_format(parts.concat().as_bytes());
    }
}

fn read_in_every_format(bytes: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("posts");
    fs::write(&path, bytes).unwrap();
    for format in ["jsonl", "json", "csv", "tsv", "parquet"] {
        for columns in ["generic", "reddit_college", "x,text=text"] {
            let options = SourceOptions {
                format: Some(format.into()),
                columns: Some(columns.into()),
                ..SourceOptions::default()
            };
            let Ok(mut source) = open(&path, options) else { continue };
            let mut records = 0;
            while let Ok(Some(batch)) = block_on(source.next_batch()) {
                records += batch.posts.len() + batch.rejected.len();
            }
            assert!(
                records <= bytes.len() + 1,
                "{format}: {records} records of {} bytes",
                bytes.len()
            );
        }
    }
}
