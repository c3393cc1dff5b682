//! Encoders from a model hub: a server on this machine that speaks the hub's paths, breaks off, and lies. Trained models from folders.

use crate::lab::place;
use crate::program::Place;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

const WIDTH: usize = 32;
/// The word vectors; as in many published checkpoints there are more than pieces.
const ROWS: usize = 7;
const POSITIONS: usize = 128;
/// The commit that the branch `main` of every repository stands at.
const COMMIT: &str = "c0ffee";

fn config() -> Vec<u8> {
    format!(
        "{{\"model_type\":\"bert\",\"hidden_act\":\"gelu\",\"position_embedding_type\":\"absolute\",\"type_vocab_size\":1,\
         \"vocab_size\":{ROWS},\"hidden_size\":{WIDTH},\"num_hidden_layers\":1,\"num_attention_heads\":1,\
         \"intermediate_size\":{WIDTH},\"max_position_embeddings\":{POSITIONS},\"layer_norm_eps\":1e-12,\"pad_token_id\":1}}"
    )
    .into_bytes()
}

fn tokenizer() -> Vec<u8> {
    br#"{"version":"1.0","model":{"type":"WordLevel","vocab":{"<s>":0,"<pad>":1,"</s>":2,"<unk>":3,"a":4},"unk_token":"<unk>"}}"#
        .to_vec()
}

/// Writes the tensors of a small encoder in the safetensors format: a length, a JSON header, floats, and the whole numbers that
/// published encoders hold beside them.
fn weights() -> Vec<u8> {
    let mut tensors: Vec<(String, Vec<usize>)> = vec![
        ("embeddings.word_embeddings.weight".into(), vec![ROWS, WIDTH]),
        ("embeddings.position_embeddings.weight".into(), vec![POSITIONS, WIDTH]),
        ("embeddings.token_type_embeddings.weight".into(), vec![1, WIDTH]),
    ];
    let layer = "encoder.layer.0";
    for norm in ["embeddings", &format!("{layer}.attention.output"), &format!("{layer}.output")] {
        tensors.push((format!("{norm}.LayerNorm.weight"), vec![WIDTH]));
        tensors.push((format!("{norm}.LayerNorm.bias"), vec![WIDTH]));
    }
    for dense in [
        "attention.self.query",
        "attention.self.key",
        "attention.self.value",
        "attention.output.dense",
        "intermediate.dense",
        "output.dense",
    ] {
        tensors.push((format!("{layer}.{dense}.weight"), vec![WIDTH, WIDTH]));
        tensors.push((format!("{layer}.{dense}.bias"), vec![WIDTH]));
    }
    let mut data: Vec<u8> = (0..POSITIONS as i64).flat_map(i64::to_le_bytes).collect();
    let mut header = format!(
        "{{\"embeddings.position_ids\":{{\"dtype\":\"I64\",\"shape\":[1,{POSITIONS}],\"data_offsets\":[0,{}]}}",
        data.len()
    );
    for (name, shape) in &tensors {
        let count: usize = shape.iter().product();
        let start = data.len();
        data.extend((0..count).flat_map(|index| ((index % 7) as f32 / 10.0).to_le_bytes()));
        write!(
            header,
            ",\"{name}\":{{\"dtype\":\"F32\",\"shape\":{shape:?},\"data_offsets\":[{start},{}]}}",
            data.len()
        )
        .unwrap();
    }
    header.push('}');
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header.into_bytes());
    file.extend(data);
    file
}

/// The files of an encoder.
fn encoder() -> BTreeMap<&'static str, Vec<u8>> {
    BTreeMap::from([
        ("config.json", config()),
        ("tokenizer.json", tokenizer()),
        ("model.safetensors", weights()),
    ])
}

/// A repository of the server: its files, and the SHA-256 that the listing gives for its weights.
struct Repository {
    files: BTreeMap<&'static str, Vec<u8>>,
    sha256: Option<String>,
}

/// Serves repositories; the first answer with weights of each breaks off in the middle.
struct Hub {
    address: String,
    ranges: Arc<AtomicUsize>,
}

impl Hub {
    fn serve(repositories: BTreeMap<&'static str, Repository>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let ranges = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&ranges);
        let broken = Mutex::new(Vec::new());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answer(stream, &repositories, &broken, &counted);
            }
        });
        Self { address, ranges }
    }
}

fn answer(
    mut stream: TcpStream,
    repositories: &BTreeMap<&'static str, Repository>,
    broken: &Mutex<Vec<String>>,
    ranges: &AtomicUsize,
) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut request = String::new();
    reader.read_line(&mut request).unwrap();
    let mut start = None;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 || line.trim().is_empty() {
            break;
        }
        let lower = line.to_ascii_lowercase();
        if let Some(range) = lower.strip_prefix("range: bytes=") {
            start = range.trim().trim_end_matches('-').parse::<usize>().ok();
        }
    }
    let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut send = |status: &str, length: usize, body: &[u8]| {
        let head =
            format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
        let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
    };
    if let Some(rest) = path.strip_prefix("/api/models/") {
        let name = rest.split("/revision/").next().unwrap_or_default();
        let Some(repository) = repositories.get(name) else { return send("404 Not Found", 0, b"") };
        let files: Vec<String> = repository
            .files
            .iter()
            .map(|(file, content)| {
                let large = match &repository.sha256 {
                    Some(hash) if file.ends_with(".safetensors") => {
                        format!(",\"lfs\":{{\"sha256\":\"{hash}\",\"size\":{}}}", content.len())
                    }
                    _ => String::new(),
                };
                format!("{{\"rfilename\":\"{file}\",\"size\":{}{large}}}", content.len())
            })
            .collect();
        let listing = format!("{{\"sha\":\"{COMMIT}\",\"siblings\":[{}]}}", files.join(","));
        return send("200 OK", listing.len(), listing.as_bytes());
    }
    let found = path[1..]
        .split_once(&format!("/resolve/{COMMIT}/"))
        .and_then(|(name, file)| repositories.get(name)?.files.get(file));
    let Some(content) = found else { return send("404 Not Found", 0, b"") };
    if start.is_some_and(|start| start >= content.len()) {
        return send("416 Range Not Satisfiable", 0, b"");
    }
    let mut broken = broken.lock().unwrap();
    if path.ends_with(".safetensors") && !broken.contains(&path) {
        broken.push(path);
        return send("200 OK", content.len(), &content[..content.len() / 2]);
    }
    match start {
        Some(start) => {
            ranges.fetch_add(1, Ordering::Relaxed);
            send("206 Partial Content", content.len() - start, &content[start..]);
        }
        None => send("200 OK", content.len(), content),
    }
}

#[test]
fn encoders_are_pulled_resumed_and_checked() {
    let pickled = BTreeMap::from([
        ("config.json", config()),
        ("tokenizer.json", tokenizer()),
        ("pytorch_model.bin", vec![1, 2, 3]),
    ]);
    let mut short = encoder();
    short.get_mut("model.safetensors").unwrap().truncate(3000);
    let plain = |files| Repository { files, sha256: None };
    let hub = Hub::serve(BTreeMap::from([
        ("team/tiny", plain(encoder())),
        ("team/lies", Repository { files: encoder(), sha256: Some("00".repeat(32)) }),
        ("team/pickle", plain(pickled)),
        ("team/short", plain(short)),
    ]));
    let place = Place::new();
    place.write("groundswell.toml", format!("[models]\nhub = \"{}\"\n", hub.address));
    place.done(&["models", "pull", "team/tiny"]);
    let folder = place.path("groundswell-workspace/models/encoders/tiny");
    assert_eq!(std::fs::read(folder.join("model.safetensors")).unwrap(), weights());
    assert_eq!(hub.ranges.load(Ordering::Relaxed), 1, "the second half was asked for alone");

    let refused = |from: &str, says: &[&str]| {
        let ran = place.run(&["models", "pull", from]);
        assert!(ran.code == Some(1) || ran.code == Some(2), "{from}: {}", ran.err);
        for words in says {
            assert!(ran.err.contains(words), "{from} does not say `{words}`: {}", ran.err);
        }
    };
    refused("team/lies", &["SHA-256", "0000"]);
    refused("team/pickle", &["pytorch_model.bin", "can run code"]);
    refused("team/short", &["model.safetensors", "no encoder"]);
    refused("team/nobody", &["404"]);
    refused("../etc/passwd", &["OWNER/NAME"]);
    assert!(!place.path("groundswell-workspace/models/encoders/short").exists());

    let copied = folder.display().to_string();
    place.done(&["models", "pull", &copied, "--name", "mine"]);
    assert!(place.path("groundswell-workspace/models/encoders/mine/model.safetensors").exists());
}

#[test]
fn what_an_earlier_pull_left_is_not_mixed_with_other_files() {
    let mut other = encoder();
    other.get_mut("config.json").unwrap().push(b'\n');
    let hub = Hub::serve(BTreeMap::from([
        ("team/tiny", Repository { files: encoder(), sha256: Some("00".repeat(32)) }),
        ("other/tiny", Repository { files: other, sha256: None }),
    ]));
    let place = Place::new();
    place.write("groundswell.toml", format!("[models]\nhub = \"{}\"\n", hub.address));
    let encoders = place.path("groundswell-workspace/models/encoders");

    let ran = place.run(&["models", "pull", "team/tiny"]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(encoders.join("tiny.incoming/config.json").exists(), "the next pull goes on from it");
    place.done(&["models", "pull", "other/tiny"]);
    assert!(std::fs::read(encoders.join("tiny/config.json")).unwrap().ends_with(b"\n"));

    // More was fetched than there is: the hub knows no such range.
    let incoming = encoders.join("long.incoming");
    std::fs::create_dir_all(&incoming).unwrap();
    std::fs::write(incoming.join("source"), format!("{}/other/tiny@{COMMIT}", hub.address))
        .unwrap();
    std::fs::write(incoming.join("model.safetensors.part"), vec![0; weights().len() + 1]).unwrap();
    place.done(&["models", "pull", "other/tiny", "--name", "long"]);
    assert_eq!(std::fs::read(encoders.join("long/model.safetensors")).unwrap(), weights());
}

#[test]
fn a_trained_model_is_taken_from_its_folder() {
    let (home, away) = (place(), place());
    home.done(&["train", "--name", "mine", "--data", "labels.csv", "--architecture", "linear"]);
    let of_name = home.path("groundswell-workspace/models/mine");
    let version = std::fs::read_to_string(of_name.join("current")).unwrap();
    let folder = of_name.join(&version).display().to_string();
    let sql = |name: &str| format!("SELECT {name}('等了半个月还没收到货')['score'] AS score");
    let answer = |at: &Place, name: &str| at.done(&["sql", &sql(name), "--format", "csv"]);
    for at in [&home, &away] {
        at.done(&["collect", "file", "posts.csv"]);
    }

    let said = away.done(&["models", "pull", &folder]);
    assert!(said.starts_with(&format!("mine@{version}: SELECT mine(text)")), "{said}");
    let said = away.done(&["models", "pull", &folder, "--name", "theirs"]);
    assert!(said.starts_with(&format!("theirs@{version}: ")), "{said}");
    assert_eq!(answer(&away, "mine"), answer(&home, "mine"));
    assert_eq!(answer(&away, "theirs"), answer(&home, "mine"));
    let taken = away.path("groundswell-workspace/models/theirs").join(&version);
    assert!(taken.join("card.html").exists());
    let ran = away.run(&["models", "pull", &folder, "--name", "sentiment"]);
    assert!(ran.code == Some(2) && ran.err.contains("`sentiment`"), "{}", ran.err);

    // A changed description is refused, and keeps no query from the others.
    let path = taken.join("model.json");
    let about = std::fs::read_to_string(&path).unwrap().replace("\"good\"", "\"fine\"");
    std::fs::write(&path, about).unwrap();
    let again = taken.display().to_string();
    let ran = away.run(&["models", "pull", &again, "--name", "changed"]);
    assert!(ran.code == Some(1) && ran.err.contains("was changed since"), "{}", ran.err);
    let ran = away.run(&["sql", &sql("mine")]);
    assert!(ran.code == Some(0), "{}", ran.err);
    assert!(
        ran.err.contains("damaged model left out") && ran.err.contains("theirs"),
        "{}",
        ran.err
    );
    let listed = away.done(&["models", "--format", "csv"]);
    assert!(listed.contains("damaged") && listed.contains("theirs"), "{listed}");
}
