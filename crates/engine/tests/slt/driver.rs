//! Runs the `.slt` files of this folder against any runner; the embedded and the cluster suite share it, so both must print the same.

use groundswell_core::{Batch, Position, Post};
use groundswell_engine::arrow::datatypes::DataType;
use groundswell_engine::arrow::util::display::{ArrayFormatter, FormatOptions};
use groundswell_engine::{EngineError, Runner, Workspace, WorkspaceOptions, query};
use sqllogictest::{AsyncDB, DBOutput, DefaultColumnType};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Makes a workspace with a dozen posts in `folder`.
pub(crate) async fn workspace(folder: &Path) -> Arc<Workspace> {
    let address = folder.join("workspace").display().to_string();
    let options = WorkspaceOptions { address, ..WorkspaceOptions::default() };
    let workspace = Workspace::open_or_create(&options).await.unwrap();
    let texts = [
        ("weibo", "amy", "这个手机真不错，电池很耐用 #新品发布#"),
        ("weibo", "bo", "太失望了，客服一直不回复 @官方客服"),
        ("weibo", "cai", "#新品发布# 今天去看了展示，人很多 [doge]"),
        ("x", "dan", "I love the new phone, battery is great! #Launch"),
        ("x", "eve", "worst update ever, my screen is broken @support"),
        ("x", "dan", "RT @eve: worst update ever, my screen is broken @support"),
        ("reddit", "fay", "Does anyone know when the store opens? https://example.org/store."),
        ("reddit", "gil", "It is Tuesday."),
        ("x", "hal", "lol nice 😀"),
        ("weibo", "amy", "加微信 abc12345 免费领取!!!"),
        ("x", "eve", "Contact me: eve@example.org or +1 202 555 0143"),
        ("weibo", "bo", "國產手機的電池怎麼樣？"),
    ];
    let posts = texts.iter().enumerate().map(|(row, (platform, author, text))| {
        let native_id = row.to_string();
        Post {
            post_id: Post::key(platform, &native_id),
            platform: (*platform).to_owned(),
            native_id,
            author_id: Some(Post::key(platform, author)),
            // From 2026-10-30 on, six hours apart: the posts lie in two months.
            created_at: 1_793_318_400_000_000 + row as i64 * 6 * 3_600_000_000,
            collected_at: 1_793_664_000_000_000,
            text: (*text).to_owned(),
            like_count: Some(row as i64),
            ..Post::default()
        }
    });
    let position = Position { key: "test".into(), sequence: 12, cursor: String::new() };
    let batch = Batch { posts: posts.collect(), position, ..Batch::default() };
    workspace.append_batch("test", batch).await.unwrap();
    workspace
}

/// Lists every `.slt` file, sorted.
pub(crate) fn files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../engine/tests/slt");
    let mut files = Vec::new();
    for group in std::fs::read_dir(root).unwrap() {
        let group = group.unwrap().path();
        if group.is_dir() {
            files.extend(std::fs::read_dir(group).unwrap().map(|file| file.unwrap().path()));
        }
    }
    files.retain(|file| file.extension().is_some_and(|extension| extension == "slt"));
    files.sort();
    assert!(!files.is_empty());
    files
}

/// Runs every file, or rewrites its expected output when `GROUNDSWELL_BLESS` is set.
pub(crate) async fn run_files(runner: Arc<dyn Runner>) {
    for file in files() {
        let connect = || async { Ok::<_, EngineError>(Database(Arc::clone(&runner))) };
        let mut tester = sqllogictest::Runner::new(connect);
        if std::env::vars().any(|(name, _)| name == "GROUNDSWELL_BLESS") {
            tester
                .update_test_file(
                    &file,
                    " ",
                    sqllogictest::default_validator,
                    sqllogictest::default_normalizer,
                    sqllogictest::default_column_validator,
                )
                .await
                .unwrap();
        } else if let Err(error) = tester.run_file_async(&file).await {
            panic!("{}", error.display(false));
        }
    }
}

struct Database(Arc<dyn Runner>);

#[async_trait::async_trait]
impl AsyncDB for Database {
    type Error = EngineError;
    type ColumnType = DefaultColumnType;

    async fn run(&mut self, sql: &str) -> Result<DBOutput<DefaultColumnType>, EngineError> {
        let batches = query(self.0.as_ref(), sql).await?;
        let types = batches.first().map_or(Vec::new(), |batch| {
            batch.schema().fields().iter().map(|field| column_type(field.data_type())).collect()
        });
        let options = FormatOptions::default().with_null("NULL");
        let mut rows = Vec::new();
        for batch in &batches {
            let formatters: Vec<_> = batch
                .columns()
                .iter()
                .map(|column| ArrayFormatter::try_new(column, &options))
                .collect::<Result<_, _>>()?;
            for row in 0..batch.num_rows() {
                rows.push(formatters.iter().map(|it| it.value(row).to_string()).collect());
            }
        }
        Ok(DBOutput::Rows { types, rows })
    }

    async fn shutdown(&mut self) {}

    fn engine_name(&self) -> &str {
        "groundswell"
    }
}

fn column_type(data_type: &DataType) -> DefaultColumnType {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => DefaultColumnType::Text,
        it if it.is_integer() => DefaultColumnType::Integer,
        it if it.is_floating() => DefaultColumnType::FloatingPoint,
        _ => DefaultColumnType::Any,
    }
}
