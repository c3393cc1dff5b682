//! Readers of the English sets.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Split, push, read_text};
use crate::error::ModelError;
use crate::train::examples::{EMOTION, Example, Label, LabelSet, SENTIMENT};

/// Reads SemEval-2017 task 4A for training (Rosenthal et al. 2017) and TweetEval's parts of the same task (Barbieri et al. 2020).
pub(super) fn semeval2017_sentiment(data: &Path, split: Split) -> Result<Vec<Example>, ModelError> {
    let all = LabelSet::full(SENTIMENT.len());
    if split != Split::Train {
        return tweeteval(data, "sentiment", split, |index| {
            (SENTIMENT.get(index).and_then(|name| Label::named(name, all, SENTIMENT)), None)
        });
    }
    let path = data.join("semeval2017_task4A/train_minus_tweeteval_val_test.tsv");
    let mut examples = Vec::new();
    for line in read_text(&path)?.split('\n') {
        let mut fields = line.splitn(3, '\t').skip(1);
        let (Some(label), Some(text)) = (fields.next(), fields.next()) else { continue };
        let name = label.parse().ok().and_then(|index: usize| SENTIMENT.get(index));
        let label = name.and_then(|name| Label::named(name, all, SENTIMENT));
        push(&mut examples, &decode_escapes(text), label, None);
    }
    Ok(examples)
}

/// Reads TweetEval emotion (Mohammad et al. 2018 in Barbieri et al. 2020): four labels.
pub(super) fn tweeteval_emotion(data: &Path, split: Split) -> Result<Vec<Example>, ModelError> {
    const LABELS: &[&str] = &["anger", "joy", "optimism", "sadness"];
    let allowed = LabelSet::of(LABELS, EMOTION);
    tweeteval(data, "emotion", split, |index| {
        (None, LABELS.get(index).and_then(|name| Label::named(name, allowed, EMOTION)))
    })
}

type Labels = (Option<Label>, Option<Label>);

fn tweeteval(
    data: &Path,
    task: &str,
    split: Split,
    labels_of: impl Fn(usize) -> Labels,
) -> Result<Vec<Example>, ModelError> {
    let part = match split {
        Split::Train => "train",
        Split::Validation => "val",
        Split::Test => "test",
    };
    let folder = data.join("tweeteval/datasets").join(task);
    let texts = read_text(&folder.join(format!("{part}_text.txt")))?;
    let labels = read_text(&folder.join(format!("{part}_labels.txt")))?;
    let mut examples = Vec::new();
    // Some tweets hold other line separators than the line feed.
    for (text, label) in texts.split('\n').zip(labels.split('\n')) {
        if let Ok(index) = label.trim().parse() {
            let (sentiment, emotion) = labels_of(index);
            push(&mut examples, &decode_escapes(text), sentiment, emotion);
        }
    }
    Ok(examples)
}

/// The 28 labels of GoEmotions, in their order, with the emotion and the sentiment they tell.
const GOEMOTIONS: [(&str, Option<&str>, Option<&str>); 28] = [
    ("admiration", None, Some("positive")),
    ("amusement", Some("joy"), Some("positive")),
    ("anger", Some("anger"), Some("negative")),
    ("annoyance", Some("anger"), Some("negative")),
    ("approval", None, Some("positive")),
    ("caring", None, Some("positive")),
    ("confusion", None, None),
    ("curiosity", None, None),
    ("desire", None, None),
    ("disappointment", Some("sadness"), Some("negative")),
    ("disapproval", None, Some("negative")),
    ("disgust", None, Some("negative")),
    ("embarrassment", None, Some("negative")),
    ("excitement", Some("joy"), Some("positive")),
    ("fear", Some("fear"), Some("negative")),
    ("gratitude", Some("joy"), Some("positive")),
    ("grief", Some("sadness"), Some("negative")),
    ("joy", Some("joy"), Some("positive")),
    ("love", Some("joy"), Some("positive")),
    ("nervousness", Some("fear"), Some("negative")),
    ("optimism", Some("optimism"), Some("positive")),
    ("pride", Some("joy"), Some("positive")),
    ("realization", None, None),
    ("relief", Some("joy"), Some("positive")),
    ("remorse", Some("sadness"), Some("negative")),
    ("sadness", Some("sadness"), Some("negative")),
    ("surprise", Some("surprise"), None),
    ("neutral", Some("neutral"), Some("neutral")),
];

/// The most rows of one GoEmotions label in training; neutral, which is half of the set, may have three times as many.
const GOEMOTIONS_MOST: usize = 500;

/// Reads GoEmotions (Demszky et al. 2020): rows with one label that maps onto ours, balanced for training.
pub(super) fn goemotions(data: &Path, split: Split) -> Result<Vec<Example>, ModelError> {
    let part = match split {
        Split::Train => "train",
        Split::Validation => "dev",
        Split::Test => "test",
    };
    let path = data.join("goemotions/data/original").join(format!("{part}.tsv"));
    let emotions = LabelSet::full(EMOTION.len());
    let polarity = LabelSet::full(SENTIMENT.len());
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    let mut examples = Vec::new();
    for line in read_text(&path)?.split('\n') {
        let mut fields = line.split('\t');
        let (Some(text), Some(label)) = (fields.next(), fields.next()) else { continue };
        let Ok(index) = label.parse::<usize>() else { continue };
        let Some((name, emotion, sentiment)) = GOEMOTIONS.get(index) else { continue };
        let most = if *name == "neutral" { 3 * GOEMOTIONS_MOST } else { GOEMOTIONS_MOST };
        let count = counts.entry(index).or_default();
        if split == Split::Train && *count >= most {
            continue;
        }
        let emotion = emotion.and_then(|name| Label::named(name, emotions, EMOTION));
        let sentiment = sentiment.and_then(|name| Label::named(name, polarity, SENTIMENT));
        if push(&mut examples, text, sentiment, emotion) {
            *count += 1;
        }
    }
    Ok(examples)
}

/// Decodes the literal escapes of the SemEval files: `\u002c`, `\n`, `\"`.
fn decode_escapes(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('\\') {
        decoded.push_str(&rest[..start]);
        rest = &rest[start + 1..];
        if let Some(code) = rest.strip_prefix('u').and_then(|hex| hex.get(..4))
            && let Some(character) = u32::from_str_radix(code, 16).ok().and_then(char::from_u32)
        {
            decoded.push(character);
            rest = &rest[5..];
        } else if let Some(after) = rest.strip_prefix('n') {
            decoded.push(' ');
            rest = after;
        } else if let Some(after) = rest.strip_prefix('"') {
            decoded.push('"');
            rest = after;
        } else {
            decoded.push('\\');
        }
    }
    decoded.push_str(rest);
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::datasets::tests::folder;

    #[test]
    fn decodes_the_escapes_of_semeval() {
        let escaped = r#"Plus\u002c \u2019s\nend \"x\" \o \u00zz \"#;
        assert_eq!(decode_escapes(escaped), r#"Plus, ’s end "x" \o \u00zz \"#);
    }

    #[test]
    fn reads_the_sentiment_sets() {
        let data = folder(
            "sentiment",
            &[
                (
                    "semeval2017_task4A/train_minus_tweeteval_val_test.tsv",
                    "1\t2\tgreat\\u002c @bob\tyes\n2\t0\tbad\nbroken line\n3\t9\tno label\n",
                ),
                ("tweeteval/datasets/sentiment/val_text.txt", "fine\u{2028}same tweet\nnext\n"),
                ("tweeteval/datasets/sentiment/val_labels.txt", "1\n2\n"),
            ],
        );
        let train = semeval2017_sentiment(&data, Split::Train).unwrap();
        let texts: Vec<&str> = train.iter().map(|example| example.text.as_str()).collect();
        assert_eq!(texts, ["great, @user yes", "bad"]);
        assert_eq!(train[0].labels[0].unwrap().index, 2);
        assert_eq!(train[0].labels[1], None);
        let validation = semeval2017_sentiment(&data, Split::Validation).unwrap();
        assert_eq!(validation.len(), 2);
        assert_eq!(validation[0].text, "fine same tweet");
        std::fs::remove_dir_all(data).unwrap();
    }

    #[test]
    fn emotions_of_tweets_use_four_labels() {
        let data = folder(
            "emotion",
            &[
                ("tweeteval/datasets/emotion/train_text.txt", "a\nb\n"),
                ("tweeteval/datasets/emotion/train_labels.txt", "0\n3\n"),
            ],
        );
        let train = tweeteval_emotion(&data, Split::Train).unwrap();
        let label = train[1].labels[1].unwrap();
        assert_eq!(EMOTION[label.index], "sadness");
        assert_eq!(label.allowed.len(), 4);
        std::fs::remove_dir_all(data).unwrap();
    }

    #[test]
    fn maps_and_balances_goemotions() {
        let mut rows = String::from("both\t2,3\ta\nodd\t7\tb\nwow\t26\tc\nyuck\t11\td\n");
        for number in 0..600 {
            rows.push_str(&format!("thanks {number}\t15\te\n"));
        }
        let data = folder("goemotions", &[("goemotions/data/original/train.tsv", &rows)]);
        let train = goemotions(&data, Split::Train).unwrap();
        assert_eq!(train.len(), 2 + GOEMOTIONS_MOST);
        let (wow, yuck, thanks) = (&train[0], &train[1], &train[2]);
        assert_eq!(wow.labels[0], None);
        assert_eq!(EMOTION[wow.labels[1].unwrap().index], "surprise");
        assert_eq!(SENTIMENT[yuck.labels[0].unwrap().index], "negative");
        assert_eq!(yuck.labels[1], None);
        assert_eq!(EMOTION[thanks.labels[1].unwrap().index], "joy");
        std::fs::remove_dir_all(data).unwrap();
    }
}
