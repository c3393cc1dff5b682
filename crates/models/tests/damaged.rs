//! Weights that are missing, cut short or mixed up: a clear error, never a panic.

#![expect(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use groundswell_models::{ModelError, Runtime};

const FILES: [&str; 4] = ["model.json", "encoder.onnx", "heads.onnx", "tokenizer.json"];

/// Copies the shipped folder; removed when dropped.
struct Copy(PathBuf);

impl Copy {
    fn new(name: &str) -> Self {
        let folder =
            std::env::temp_dir().join(format!("groundswell-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("weights");
        for file in FILES {
            std::fs::copy(shipped.join(file), folder.join(file)).unwrap();
        }
        Self(folder)
    }

    fn change(&self, file: &str, change: impl Fn(Vec<u8>) -> Vec<u8>) {
        let path = self.0.join(file);
        let bytes = change(std::fs::read(&path).unwrap());
        std::fs::write(path, bytes).unwrap();
    }

    fn error(&self) -> String {
        match Runtime::open(&self.0) {
            Ok(_) => panic!("a damaged folder was opened"),
            Err(error) => error.to_string(),
        }
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_whole_copy_opens() {
    let copy = Copy::new("whole");
    let runtime = Runtime::open(&copy.0).unwrap();
    assert_eq!(runtime.version(), Runtime::current().unwrap().version());
}

#[test]
fn a_missing_file_is_named() {
    for file in FILES {
        let copy = Copy::new(&format!("missing-{file}"));
        std::fs::remove_file(copy.0.join(file)).unwrap();
        let error = copy.error();
        assert!(error.contains(file) && error.contains("check the path"), "{error}");
    }
    let error = Runtime::open(Path::new("/nowhere")).unwrap_err();
    assert!(matches!(error, ModelError::File { .. }));
}

#[test]
fn a_file_cut_short_or_changed_is_named() {
    for file in FILES {
        for length in [0, 1, 1000] {
            let copy = Copy::new(&format!("short-{file}-{length}"));
            copy.change(file, |bytes| bytes[..length.min(bytes.len() / 2)].to_vec());
            let error = copy.error();
            assert!(error.contains(file) && error.contains("again"), "{error}");
        }
    }
    let copy = Copy::new("flipped");
    copy.change("encoder.onnx", |mut bytes| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        bytes
    });
    let error = copy.error();
    assert!(error.contains("encoder.onnx") && error.contains("SHA-256"), "{error}");
}

#[test]
fn a_description_of_another_model_is_refused() {
    for (name, from, to) in [
        ("dimension", "\"dimension\": ", "\"dimension\": 1"),
        ("longest", "\"longest\": 256", "\"longest\": 512"),
        ("label", "\"neutral\",", "\"neutral\", \"mixed\","),
        ("task", "\"task\": \"sentiment\"", "\"task\": \"sarcasm\""),
        ("format", "\"format\": 1", "\"format\": 99"),
    ] {
        let copy = Copy::new(&format!("other-{name}"));
        copy.change("model.json", |bytes| {
            let text = String::from_utf8(bytes).unwrap();
            assert!(text.contains(from), "{from} in {text}");
            text.replacen(from, to, 1).into_bytes()
        });
        let error = copy.error();
        assert!(error.contains("onnx") || error.contains("model.json"), "{error}");
    }
}
