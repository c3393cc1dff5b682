//! Prunes the vocabulary of a SentencePiece unigram tokenizer to the languages a model serves.
//!
//! Most weights of a small multilingual encoder are word vectors of languages that never come. Unigram segmentation (Kudo
//! 2018, arXiv:1804.10959) takes the most probable way to cut a text into pieces, so a text whose best pieces are all
//! kept is cut as before; other texts fall back to shorter pieces.

use std::collections::BTreeSet;

use serde_json::Value;
use tokenizers::Tokenizer;

use crate::error::ModelError;

/// Holds a smaller tokenizer and how its ids map to those of the original.
#[derive(Clone, Debug)]
pub struct PrunedVocabulary {
    /// The compact `tokenizer.json`.
    pub tokenizer_json: Vec<u8>,
    /// The old id of every new id, rising; the rows to gather from the word vectors.
    pub kept: Vec<u32>,
    /// How many distinct pieces the corpus used.
    pub seen_pieces: usize,
    /// How many pieces are single characters of the served scripts.
    pub character_pieces: usize,
}

/// Prunes a `tokenizer.json` with a unigram model.
///
/// Keeps the special tokens (the mask last), each piece that occurs in the corpus, each single character of the scripts
/// of English, Chinese, Japanese kana, symbols and emoji, and then the most probable other pieces in ASCII or Chinese
/// characters, up to `target` pieces in all. What the first three rules keep may exceed the target.
///
/// # Errors
/// Fails if the JSON is no tokenizer with a unigram model or a text cannot be tokenised.
pub fn prune_vocabulary<'a>(
    tokenizer_json: &[u8],
    corpus: impl IntoIterator<Item = &'a str>,
    target: usize,
) -> Result<PrunedVocabulary, ModelError> {
    let invalid = |reason: String| {
        ModelError::Invalid(format!(
            "the tokenizer must be a tokenizer.json with a unigram model: {reason}; fetch it again"
        ))
    };
    let tokenizer =
        Tokenizer::from_bytes(tokenizer_json).map_err(|error| invalid(error.to_string()))?;
    let mut json: Value =
        serde_json::from_slice(tokenizer_json).map_err(|error| invalid(error.to_string()))?;
    let pieces: Vec<(String, f64)> = serde_json::from_value(json["model"]["vocab"].take())
        .map_err(|error| invalid(error.to_string()))?;

    let mut kept: BTreeSet<u32> = special_ids(&json).into_iter().collect();
    for text in corpus {
        let encoding =
            tokenizer.encode_fast(text, false).map_err(|error| invalid(error.to_string()))?;
        kept.extend(encoding.get_ids());
    }
    let seen_pieces = kept.len();
    let mut character_pieces = 0;
    for (id, (piece, _)) in pieces.iter().enumerate() {
        let mut characters = piece.trim_start_matches(SPACE).chars();
        if let (Some(character), None) = (characters.next(), characters.next())
            && is_served(character)
        {
            kept.insert(id as u32);
            character_pieces += 1;
        }
    }
    for id in by_probability(&pieces) {
        if kept.len() >= target {
            break;
        }
        if pieces[id as usize]
            .0
            .chars()
            .all(|c| c == SPACE || c.is_ascii_graphic() || is_chinese(c))
        {
            kept.insert(id);
        }
    }

    let kept: Vec<u32> = kept.into_iter().collect();
    renumber(&mut json, &pieces, &kept).map_err(invalid)?;
    let tokenizer_json = serde_json::to_vec(&json).map_err(|error| invalid(error.to_string()))?;
    Ok(PrunedVocabulary { tokenizer_json, kept, seen_pieces, character_pieces })
}

/// The mark that SentencePiece puts in place of a space.
const SPACE: char = '▁';

fn special_ids(json: &Value) -> Vec<u32> {
    let tokens = json["added_tokens"].as_array().map(Vec::as_slice).unwrap_or_default();
    tokens.iter().filter_map(|token| token["id"].as_u64()).map(|id| id as u32).collect()
}

fn by_probability(pieces: &[(String, f64)]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..pieces.len() as u32).collect();
    order.sort_by(|a, b| {
        let (a_score, b_score) = (pieces[*a as usize].1, pieces[*b as usize].1);
        b_score.total_cmp(&a_score).then(a.cmp(b))
    });
    order
}

/// Writes the kept pieces into the model and gives the special tokens and the unknown piece their new ids.
fn renumber(json: &mut Value, pieces: &[(String, f64)], kept: &[u32]) -> Result<(), String> {
    let new_id = |old: &Value| -> Result<Value, String> {
        let old = old.as_u64().ok_or("an id is no number")? as u32;
        let new =
            kept.binary_search(&old).map_err(|_| format!("special id `{old}` is no piece"))?;
        Ok(Value::from(new))
    };
    let vocabulary: Vec<&(String, f64)> = kept
        .iter()
        .map(|id| pieces.get(*id as usize).ok_or(format!("id `{id}` has no piece")))
        .collect::<Result<_, _>>()?;
    let vocabulary = serde_json::to_value(vocabulary).map_err(|error| error.to_string())?;
    json["model"]["vocab"] = vocabulary;
    json["model"]["unk_id"] = new_id(&json["model"]["unk_id"])?;
    if let Some(tokens) = json["added_tokens"].as_array_mut() {
        for token in tokens {
            token["id"] = new_id(&token["id"])?;
        }
    }
    if let Some(tokens) = json["post_processor"]["special_tokens"].as_object_mut() {
        for token in tokens.values_mut() {
            if let Some(ids) = token["ids"].as_array_mut() {
                for id in ids {
                    *id = new_id(id)?;
                }
            }
        }
    }
    Ok(())
}

/// Tells whether a character is a Chinese character of the basic block.
fn is_chinese(character: char) -> bool {
    ('\u{4E00}'..='\u{9FFF}').contains(&character)
}

/// The Unicode blocks whose single characters stay: Latin, punctuation, symbols, kana, Chinese, full-width forms, emoji.
const SERVED_BLOCKS: &[(u32, u32)] = &[
    (0x0021, 0x007E),
    (0x00A0, 0x024F),
    (0x2000, 0x206F),
    (0x20A0, 0x20CF),
    (0x2100, 0x214F),
    (0x2190, 0x23FF),
    (0x2460, 0x27BF),
    (0x2900, 0x297F),
    (0x2B00, 0x2BFF),
    (0x3000, 0x30FF),
    (0x3200, 0x33FF),
    (0x4E00, 0x9FFF),
    (0xFE00, 0xFE0F),
    (0xFE30, 0xFE4F),
    (0xFF00, 0xFFEF),
    (0x1F000, 0x1FAFF),
];

fn is_served(character: char) -> bool {
    let code = character as u32;
    SERVED_BLOCKS.iter().any(|(first, last)| (*first..=*last).contains(&code))
}

/// Lists the pieces of a tokenizer by their ids, without the sign of a word's beginning.
pub(crate) fn pieces_of(tokenizer: &Tokenizer) -> Vec<String> {
    let mut pieces = vec![String::new(); tokenizer.get_vocab_size(true)];
    for (piece, id) in tokenizer.get_vocab(true) {
        if let Some(place) = pieces.get_mut(id as usize) {
            *place = piece.trim_start_matches('\u{2581}').to_lowercase();
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Builds a tokenizer of few pieces; the mask is the last.
    fn tokenizer_json() -> Vec<u8> {
        let pieces = json!([
            ["<s>", 0.0],
            ["<pad>", 0.0],
            ["</s>", 0.0],
            ["<unk>", 0.0],
            ["▁good", -3.0],
            ["▁", -4.0],
            ["go", -5.0],
            ["od", -5.5],
            ["я", -6.0],
            ["▁привет", -6.5],
            ["很好", -7.0],
            ["好", -8.0],
            ["很", -8.5],
            ["▁day", -9.0],
            ["g", -9.5],
            ["o", -9.6],
            ["d", -9.7],
            ["a", -9.8],
            ["y", -9.9],
            ["не", -10.0],
            ["😀", -11.0],
            ["▁night", -12.0],
            ["天气", -12.5],
            ["<mask>", 0.0],
        ]);
        let special = |id: u32, content: &str| {
            json!({"id": id, "content": content, "single_word": false, "lstrip": false,
                "rstrip": false, "normalized": false, "special": true})
        };
        let json = json!({
            "version": "1.0", "truncation": null, "padding": null,
            "added_tokens": [special(0, "<s>"), special(1, "<pad>"), special(2, "</s>"),
                special(3, "<unk>"), special(23, "<mask>")],
            "normalizer": null,
            "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "add_prefix_space": true},
            "post_processor": {"type": "TemplateProcessing",
                "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}},
                    {"Sequence": {"id": "A", "type_id": 0}},
                    {"SpecialToken": {"id": "</s>", "type_id": 0}}],
                "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
                "special_tokens": {"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]},
                    "</s>": {"id": "</s>", "ids": [2], "tokens": ["</s>"]}}},
            "decoder": null,
            "model": {"type": "Unigram", "unk_id": 3, "vocab": pieces},
        });
        serde_json::to_vec(&json).unwrap()
    }

    fn pieces(tokenizer: &Tokenizer, text: &str) -> Vec<String> {
        tokenizer.encode(text, true).unwrap().get_tokens().to_vec()
    }

    #[test]
    fn kept_texts_are_cut_as_before() {
        let original = tokenizer_json();
        let corpus = ["good day 很好", "привет"];
        let pruned = prune_vocabulary(&original, corpus, 0).unwrap();
        let before = Tokenizer::from_bytes(&original).unwrap();
        let after = Tokenizer::from_bytes(&pruned.tokenizer_json).unwrap();
        for text in ["good day 很好", "привет", "good good 好很", "goody😀"] {
            assert_eq!(pieces(&before, text), pieces(&after, text), "{text}");
            let old = before.encode(text, true).unwrap().get_ids().to_vec();
            let new = after.encode(text, true).unwrap().get_ids().to_vec();
            let mapped: Vec<u32> = new.iter().map(|id| pruned.kept[*id as usize]).collect();
            assert_eq!(mapped, old, "{text}");
        }
    }

    #[test]
    fn keeps_served_characters_and_drops_the_rest() {
        let pruned = prune_vocabulary(&tokenizer_json(), ["good"], 0).unwrap();
        let after = Tokenizer::from_bytes(&pruned.tokenizer_json).unwrap();
        for piece in ["好", "😀", "g", "▁good", "<mask>"] {
            assert!(after.token_to_id(piece).is_some(), "{piece}");
        }
        for piece in ["я", "не", "▁привет", "很好", "▁night"] {
            assert!(after.token_to_id(piece).is_none(), "{piece}");
        }
        assert_eq!(after.token_to_id("<mask>"), Some(pruned.kept.len() as u32 - 1));
        assert_eq!(after.get_vocab_size(true), pruned.kept.len());
    }

    #[test]
    fn fills_up_with_the_most_probable_ascii_and_chinese_pieces() {
        let least = prune_vocabulary(&tokenizer_json(), [], 0).unwrap().kept.len();
        let pruned = prune_vocabulary(&tokenizer_json(), [], least + 4).unwrap();
        let after = Tokenizer::from_bytes(&pruned.tokenizer_json).unwrap();
        for piece in ["▁good", "▁", "go", "od"] {
            assert!(after.token_to_id(piece).is_some(), "{piece}");
        }
        assert!(after.token_to_id("很好").is_none());
        let again = prune_vocabulary(&tokenizer_json(), [], least + 4).unwrap();
        assert_eq!(pruned.tokenizer_json, again.tokenizer_json);
    }

    #[test]
    fn refuses_what_is_no_tokenizer() {
        assert!(prune_vocabulary(b"{}", [], 10).is_err());
    }
}
