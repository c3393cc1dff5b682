//! What every source must keep: the same input yields the same batches, resuming after any batch yields exactly the rest, keys are
//! stable, and every record is either a post or a rejected row.

#![expect(clippy::unwrap_used, reason = "a test that fails panics")]

use futures::executor::block_on;
use groundswell_core::{Batch, Position};
use groundswell_sources::{SOURCES, Source, SourceOptions, SourceSpec};
use std::fs;
use std::path::Path;

/// A moment of collecting that is the same in every run.
const NOW: i64 = 1_795_508_481_000_000;

/// Makes the inputs on which a source is tried, small batches included. A new source adds a line.
fn inputs(spec: &SourceSpec, folder: &Path) -> Vec<SourceOptions> {
    let usual = SourceOptions { collected_at: NOW, batch_rows: 7, ..SourceOptions::default() };
    match spec.name {
        "file" => files(folder)
            .into_iter()
            .map(|path| SourceOptions { paths: vec![path], ..usual.clone() })
            .collect(),
        "simulate" => vec![SourceOptions { posts: Some(40), seed: 3, ..usual }],
        other => panic!("add the inputs of source `{other}` to the contract suite"),
    }
}

/// Writes the same 30 records, five of them broken, in every format.
fn files(folder: &Path) -> Vec<String> {
    let broken = |i: usize| i % 6 == 5;
    let mut lines = String::new();
    let mut csv = "id,author,created_at,text\n".to_owned();
    let mut tsv = "id\tauthor\tcreated_at\ttext\n".to_owned();
    let mut objects = Vec::new();
    for i in 0..30 {
        let time = 1_700_000_000 + i;
        let record = if broken(i) {
            format!(r#"{{"id":{i},"author":"a{i}","created_at":"soon","text":"t"}}"#)
        } else {
            format!(
                r#"{{"id":{i},"author":"a{i}","created_at":{time},"text":"line\none, 你好 {i}"}}"#
            )
        };
        lines += &record;
        lines += "\n";
        objects.push(record);
        let time = if broken(i) { "soon".to_owned() } else { time.to_string() };
        csv += &format!("{i},a{i},{time},\"line\none, \"\"你好\"\" {i}\"\n");
        tsv += &format!("{i}\ta{i}\t{time}\tline\\none\\\\ \"你好 {i}\n");
    }
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        fs::write(&path, bytes).unwrap();
        path.to_string_lossy().into_owned()
    };
    let zstd = zstd::encode_all(csv.as_bytes(), 3).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, lines.as_bytes()).unwrap();
    vec![
        write("posts.jsonl", lines.as_bytes()),
        write("posts.json", format!("[{}]", objects.join(",\n")).as_bytes()),
        write("posts.csv", csv.as_bytes()),
        write("posts.tsv", tsv.as_bytes()),
        write("posts.csv.zst", &zstd),
        write("posts.jsonl.gz", &gzip.finish().unwrap()),
        parquet(folder),
    ]
}

fn parquet(folder: &Path) -> String {
    use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
    use std::sync::Arc;
    let time = |i: i64| (i % 6 != 5).then_some((1_700_000_000 + i) * 1_000_000);
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", Arc::new(Int64Array::from_iter_values(0..30))),
        ("author", Arc::new(StringArray::from_iter_values((0..30).map(|i| format!("a{i}"))))),
        (
            "created_at",
            Arc::new(TimestampMicrosecondArray::from_iter((0..30).map(time)).with_timezone("UTC")),
        ),
        ("text", Arc::new(StringArray::from_iter_values((0..30).map(|i| format!("你好 {i}"))))),
    ];
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, column)| (name, column, true)),
    )
    .unwrap();
    let path = folder.join("posts.parquet");
    let file = fs::File::create(&path).unwrap();
    let mut writer = parquet::arrow::ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    path.to_string_lossy().into_owned()
}

fn open(spec: &SourceSpec, options: &SourceOptions) -> Box<dyn Source> {
    let mut sources = (spec.open)(options).unwrap();
    assert_eq!(sources.len(), 1);
    sources.remove(0)
}

fn rest(source: &mut dyn Source) -> Vec<Batch> {
    let mut batches = Vec::new();
    while let Some(batch) = block_on(source.next_batch()).unwrap() {
        batches.push(batch);
    }
    batches
}

/// Calls a check for every source and input.
fn for_every_input(check: impl Fn(&SourceSpec, &SourceOptions)) {
    let folder = tempfile::tempdir().unwrap();
    for spec in SOURCES {
        for options in inputs(spec, folder.path()) {
            check(spec, &options);
        }
    }
}

#[test]
fn the_same_input_yields_the_same_batches() {
    for_every_input(|spec, options| {
        let first = rest(open(spec, options).as_mut());
        let second = rest(open(spec, options).as_mut());
        assert_eq!(first, second);
        assert!(first.len() > 2, "{}: {:?}", spec.name, options.paths);
        assert!(first.iter().all(|batch| batch.posts.len() + batch.rejected.len() <= 7));
    });
}

#[test]
fn resuming_after_any_batch_yields_the_rest() {
    for_every_input(|spec, options| {
        let all = rest(open(spec, options).as_mut());
        for done in 0..all.len() {
            let mut source = open(spec, options);
            block_on(source.resume(&all[done].position)).unwrap();
            assert_eq!(rest(source.as_mut()), all[done + 1..], "{:?} after {done}", options.paths);
        }
    });
}

#[test]
fn resuming_at_the_beginning_yields_everything() {
    for_every_input(|spec, options| {
        let all = rest(open(spec, options).as_mut());
        let mut source = open(spec, options);
        let key = source.key().to_owned();
        block_on(source.resume(&Position { key, ..Position::default() })).unwrap();
        assert_eq!(rest(source.as_mut()), all);
    });
}

#[test]
fn keys_are_stable_and_positions_count_records() {
    for_every_input(|spec, options| {
        let mut source = open(spec, options);
        let key = open(spec, options).key().to_owned();
        assert_eq!((source.name(), source.key()), (spec.name, key.as_str()));
        let mut records = 0;
        for batch in rest(source.as_mut()) {
            records += (batch.posts.len() + batch.rejected.len()) as i64;
            assert_eq!(
                (batch.position.key.as_str(), batch.position.sequence),
                (key.as_str(), records)
            );
        }
        assert_eq!(source.progress().read_records, records as u64);
        if spec.name == "file" {
            assert_eq!(records, 30, "{:?}", options.paths);
            assert_eq!(Some(source.progress().read_bytes), source.progress().total_bytes);
        }
    });
}

#[test]
fn what_a_batch_holds_is_sound() {
    for_every_input(|spec, options| {
        for batch in rest(open(spec, options).as_mut()) {
            for post in &batch.posts {
                post.check().unwrap();
                assert!(spec.name != "file" || post.collected_at == NOW);
            }
            let mut authors: Vec<_> = batch.authors.iter().map(|a| &a.author_id).collect();
            authors.sort_unstable();
            authors.dedup();
            assert_eq!(authors.len(), batch.authors.len(), "an author is observed once per batch");
            assert!(batch.rejected.iter().all(|fault| !fault.reason.is_empty() && fault.line > 0));
        }
    });
}

#[test]
fn a_foreign_position_is_refused() {
    for_every_input(|spec, options| {
        let position = Position { key: "other".into(), sequence: 1, cursor: String::new() };
        let error = block_on(open(spec, options).resume(&position)).unwrap_err();
        assert!(error.to_string().contains("does not belong"), "{error}");
    });
}
