//! One input: its bytes, its compression, its fingerprint.

use super::paths::Place;
use crate::SourceError;
use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::UNIX_EPOCH;

/// Bytes at the beginning of an input that tell it from others, compressed as it lies there; and, decompressed, those that tell
/// what it is.
const HEAD_BYTES: u64 = 64 << 10;

/// Largest window of a zstd frame, as a power of two: the dumps of Reddit use 2³¹ bytes (RFC 8878 allows more).
const ZSTD_WINDOW: u32 = 31;

/// Knows one input and opens it.
pub(crate) struct Input {
    /// What the user calls it: its path, or `-`.
    pub(crate) origin: String,
    /// Last part of its path.
    pub(crate) file_name: String,
    /// Beginning of the decompressed content.
    pub(crate) sample: Vec<u8>,
    /// Bytes on disk, when it is a regular file.
    pub(crate) total_bytes: Option<u64>,
    /// When it was last changed (microseconds UTC).
    pub(crate) modified_at: Option<i64>,
    head: Vec<u8>,
    read_bytes: Arc<AtomicU64>,
    place: Option<PathBuf>,
    /// The rest of a stream that can be read once only, decompressed, behind the sample.
    stream: Option<Box<dyn Read + Send>>,
}

impl Input {
    /// Reads the beginning of an input.
    ///
    /// # Errors
    /// [`SourceError`] when it cannot be read, or is a kind of file that is not understood.
    pub(crate) fn look(place: &Place) -> Result<Self, SourceError> {
        let (origin, file_name, path) = match place {
            Place::StandardInput => ("-".to_owned(), "-".to_owned(), None),
            Place::File(path) => {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                (path.display().to_string(), name, Some(path.clone()))
            }
        };
        let mut input = Self {
            origin,
            file_name,
            sample: Vec::new(),
            total_bytes: None,
            modified_at: None,
            head: Vec::new(),
            read_bytes: Arc::default(),
            place: None,
            stream: None,
        };
        input.look_at(path).map_err(|source| input.read_error(source))?;
        input.refuse_unknown_kinds()?;
        Ok(input)
    }

    fn look_at(&mut self, path: Option<PathBuf>) -> io::Result<()> {
        let mut source: Box<dyn Read + Send> = match path {
            None => Box::new(io::stdin()),
            Some(path) => {
                let file = File::open(&path)?;
                let metadata = file.metadata()?;
                if metadata.is_file() {
                    self.total_bytes = Some(metadata.len());
                    let changed = metadata.modified().ok();
                    let since_1970 = changed.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
                    self.modified_at = since_1970.and_then(|d| i64::try_from(d.as_micros()).ok());
                    self.place = Some(path);
                }
                Box::new(file)
            }
        };
        source.by_ref().take(HEAD_BYTES).read_to_end(&mut self.head)?;
        let whole = Cursor::new(self.head.clone()).chain(source);
        let mut content = self.decompressed(Box::new(whole))?;
        // What is damaged further on is found when it is read; a damaged beginning is found here.
        content.by_ref().take(HEAD_BYTES).read_to_end(&mut self.sample)?;
        if self.place.is_none() {
            self.stream = Some(content);
        } else {
            self.read_bytes.store(0, Ordering::Relaxed);
        }
        Ok(())
    }

    fn refuse_unknown_kinds(&self) -> Result<(), SourceError> {
        let kinds: [(&[u8], &str, &str); 6] = [
            (
                b"PK\x03\x04",
                "a ZIP archive or an Excel workbook",
                "unpack it, or save the sheet as CSV",
            ),
            (b"BZh", "compressed by bzip2", "unpack it with bunzip2"),
            (b"\xfd7zXZ\0", "compressed by xz", "unpack it with unxz"),
            (b"SQLite format 3", "a SQLite database", "export its table as CSV"),
            (b"\xff\xfe", "encoded in UTF-16", "convert it with iconv -f UTF-16 -t UTF-8"),
            (b"\xfe\xff", "encoded in UTF-16", "convert it with iconv -f UTF-16 -t UTF-8"),
        ];
        let found = kinds
            .iter()
            .find(|(magic, _, _)| self.head.starts_with(magic) || self.sample.starts_with(magic));
        match found {
            None => Ok(()),
            Some((_, kind, remedy)) => {
                Err(SourceError::Kind { origin: self.origin.clone(), kind, remedy })
            }
        }
    }

    /// Forgets what is no longer needed once the file has been looked at; thousands of files may wait to be read.
    pub(crate) fn forget(&mut self) {
        if self.is_file() {
            self.sample = Vec::new();
            self.head.truncate(16);
            self.head.shrink_to_fit();
        }
    }

    /// Tells whether it can be read more than once.
    pub(crate) fn is_file(&self) -> bool {
        self.place.is_some()
    }

    /// Opens the content, decompressed, from its beginning. A stream opens once.
    pub(crate) fn open(&mut self) -> Result<Box<dyn Read + Send>, SourceError> {
        if let Some(stream) = self.stream.take() {
            let sample = std::mem::take(&mut self.sample);
            return Ok(Box::new(Cursor::new(sample).chain(stream)));
        }
        let file = self.open_file()?;
        self.read_bytes.store(0, Ordering::Relaxed);
        self.decompressed(Box::new(file)).map_err(|source| self.read_error(source))
    }

    /// Opens the file as it lies on disk, for formats that are read out of order.
    pub(crate) fn open_file(&self) -> Result<File, SourceError> {
        match &self.place {
            Some(path) => File::open(path).map_err(|source| self.read_error(source)),
            None => Err(SourceError::Kind {
                origin: self.origin.clone(),
                kind: "a stream that is read once",
                remedy: "save it to a file first",
            }),
        }
    }

    fn decompressed(&self, source: Box<dyn Read + Send>) -> io::Result<Box<dyn Read + Send>> {
        let counted = Counted { source, count: Arc::clone(&self.read_bytes) };
        let head = self.head.as_slice();
        if head.starts_with(b"\x1f\x8b") {
            return Ok(Box::new(MultiGzDecoder::new(io::BufReader::with_capacity(
                1 << 17,
                counted,
            ))));
        }
        // A zstd frame, or a frame to be skipped (RFC 8878, sections 3.1.1 and 3.1.2).
        let skippable = head.len() > 4 && head[0] & 0xf0 == 0x50 && head[1..4] == *b"\x2a\x4d\x18";
        if head.starts_with(b"\x28\xb5\x2f\xfd") || skippable {
            let mut decoder = zstd::stream::read::Decoder::new(counted)?;
            decoder.window_log_max(ZSTD_WINDOW)?;
            return Ok(Box::new(decoder));
        }
        Ok(Box::new(counted))
    }

    /// Tells whether it is compressed as a whole.
    pub(crate) fn is_compressed(&self) -> bool {
        !self.sample.starts_with(&self.head[..self.head.len().min(4)])
    }

    /// Returns the key of its position: its name and a hash (SHA-256) of its name, its first 64 KiB and the settings that decide what
    /// becomes of its records.
    ///
    /// A file that grows beyond 64 KiB keeps its key; a shorter one that grows gets another and is read anew. The settings are part
    /// of it so that a file which was read with a wrong column map can be read again with a better one.
    pub(crate) fn key(&self, settings: &str) -> String {
        let mut hash = Sha256::new();
        for part in [self.file_name.as_bytes(), settings.as_bytes(), &self.head] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        format!("file:{}:{}", self.file_name, hexadecimal(&hash.finalize()))
    }

    /// Returns how many bytes have been read, compressed as they lie there.
    pub(crate) fn read_bytes(&self) -> u64 {
        self.read_bytes.load(Ordering::Relaxed)
    }

    /// Says that the operating system or a decompressor failed.
    pub(crate) fn read_error(&self, source: io::Error) -> SourceError {
        SourceError::Read { origin: self.origin.clone(), source }
    }
}

/// Writes bytes as hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Counts the bytes that pass.
struct Counted {
    source: Box<dyn Read + Send>,
    count: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(buffer)?;
        self.count.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn input(name: &str, bytes: &[u8]) -> Result<(tempfile::TempDir, Input), SourceError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        Input::look(&Place::File(path)).map(|input| (folder, input))
    }

    fn content(bytes: &[u8]) -> Vec<u8> {
        let (_folder, mut input) = input("a", bytes).unwrap();
        let mut content = Vec::new();
        input.open().unwrap().read_to_end(&mut content).unwrap();
        assert_eq!(input.read_bytes(), bytes.len() as u64);
        content
    }

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn members_and_frames_are_read_one_behind_the_other() {
        assert_eq!(content(b"plain"), b"plain");
        assert_eq!(content(&[gzip(b"one "), gzip(b"two")].concat()), b"one two");
        let frame = |text: &[u8]| zstd::encode_all(text, 1).unwrap();
        let skipped = b"\x50\x2a\x4d\x18\x02\x00\x00\x00xx".to_vec();
        assert_eq!(content(&[skipped, frame(b"one "), frame(b"two")].concat()), b"one two");
    }

    #[test]
    fn keys_depend_on_name_beginning_and_settings_alone() {
        let long = vec![b'x'; 70_000];
        let key =
            |name: &str, bytes: &[u8], settings: &str| input(name, bytes).unwrap().1.key(settings);
        let first = key("a.csv", &long, "s");
        assert!(first.starts_with("file:a.csv:") && first.len() == "file:a.csv:".len() + 64);
        assert_eq!(first, key("a.csv", &[long.clone(), long.clone()].concat(), "s"));
        assert_ne!(first, key("b.csv", &long, "s"));
        assert_ne!(first, key("a.csv", &long, "t"));
        assert_ne!(first, key("a.csv", b"x", "s"));
    }

    #[test]
    fn kinds_that_are_not_read_name_a_remedy() {
        for (bytes, expected) in [
            (&b"PK\x03\x04...."[..], "save the sheet as CSV"),
            (b"BZh91AY", "bunzip2"),
            (b"\xff\xfea\0", "iconv"),
        ] {
            let message = input("a", bytes).err().unwrap().to_string();
            assert!(message.contains(expected), "{message}");
        }
        let damaged = &gzip(&[b'x'; 1000])[..20];
        assert!(matches!(input("a.gz", damaged).err().unwrap(), SourceError::Read { .. }));
    }
}
