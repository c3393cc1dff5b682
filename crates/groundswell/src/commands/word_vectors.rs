//! `train word-vectors`: a vector for every word of texts.

use super::{Surroundings, UsageError, labelled};
use crate::cli::{VectorMethod, WordVectors};
use anyhow::{Context, Result};
use groundswell_models::lab::ModelStore;
use groundswell_models::word_vectors::{
    Corpus, GloveOptions, SkipGramOptions, VocabularyOptions, train_glove, train_skip_gram,
};
use groundswell_text::{detect_language, match_text, segment};
use serde_json::json;
use std::fs::OpenOptions;
use std::time::Instant;

/// The file that says what the vectors were learned from, and how.
const ABOUT: &str = "training.json";

/// How many neighbours of a word are shown.
const SHOWN: usize = 10;

pub(crate) async fn run(surroundings: &Surroundings, options: WordVectors) -> Result<()> {
    let store = ModelStore::of_process();
    let folder = store
        .vectors_folder_to_write(&options.name)
        .map_err(|error| UsageError(error.to_string()))?;
    let texts = labelled::texts_alone(surroundings, &options.data, &options.columns).await?;
    if let Some(path) = &options.text_out {
        // A file that cannot be written is refused now and not after the training.
        OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    let (show, source) = (options.show.clone(), labelled::source(&options.data));
    let learned = tokio::task::spawn_blocking(move || {
        // The words of tables: as `segment` cuts them, in the form in which texts are compared.
        let sentences = texts.iter().map(|text| {
            let text = match_text(text);
            segment(&text, detect_language(&text).unwrap_or_default())
        });
        let vocabulary = VocabularyOptions {
            minimum_count: options.minimum_count,
            ..VocabularyOptions::default()
        };
        let corpus = Corpus::build(sentences, &vocabulary)?;
        eprintln!(
            "{} texts, {} words, {} kinds of words",
            texts.len(),
            corpus.word_count(),
            corpus.vocabulary().words().len()
        );
        let begun = Instant::now();
        let (dimension, window, seed) = (options.dimension, options.window, options.seed);
        let (vectors, epochs, settings) = match options.method {
            VectorMethod::SkipGram => {
                let defaults = SkipGramOptions::default();
                let epochs = options.epochs.unwrap_or(defaults.epochs);
                let settings = SkipGramOptions { dimension, window, epochs, seed, ..defaults };
                (train_skip_gram(&corpus, &settings)?, epochs, json!({ "skip_gram": settings }))
            }
            VectorMethod::Glove => {
                let defaults = GloveOptions::default();
                let epochs = options.epochs.unwrap_or(defaults.epochs);
                let settings = GloveOptions { dimension, window, epochs, seed, ..defaults };
                (train_glove(&corpus, &settings)?, epochs, json!({ "glove": settings }))
            }
        };
        let seconds = begun.elapsed().as_secs_f64();
        let words_per_second = (corpus.word_count() * epochs) as f64 / seconds;
        eprintln!("{epochs} epochs in {seconds:.1} s, {words_per_second:.0} words a second");
        vectors.write(&folder)?;
        let about = json!({
            "source": source,
            "texts": texts.len(),
            "words": corpus.word_count(),
            "kinds_of_words": corpus.vocabulary().words().len(),
            "fingerprint": corpus.fingerprint(),
            "settings": settings,
            "code_version": env!("CARGO_PKG_VERSION"),
            "seconds": seconds,
        });
        let path = folder.join(ABOUT);
        std::fs::write(&path, serde_json::to_vec_pretty(&about)?)
            .with_context(|| format!("cannot write `{}`", path.display()))?;
        if let Some(path) = &options.text_out {
            vectors.write_text(path)?;
        }
        anyhow::Ok((vectors, folder))
    });
    let (vectors, folder) = learned.await.context("the training broke off")??;
    eprintln!("{}", folder.display());
    for word in show {
        let near = vectors.nearest(&match_text(&word), SHOWN);
        let Some(near) = near else {
            println!("{word}: not in the vocabulary");
            continue;
        };
        let near: Vec<String> = near
            .iter()
            .map(|neighbour| format!("{} {:.2}", neighbour.word, neighbour.cosine))
            .collect();
        println!("{word}: {}", near.join(", "));
    }
    Ok(())
}
