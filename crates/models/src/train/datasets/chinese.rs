//! Readers of the Chinese sets.

use std::path::Path;

use super::{Split, push, read_text};
use crate::error::ModelError;
use crate::train::examples::{EMOTION, Example, Label, LabelSet, SENTIMENT};

/// Reads SMP2020-EWECT "usual": six emotions, of which all but surprise tell the sentiment too.
pub(super) fn ewect_usual(data: &Path, split: Split) -> Result<Vec<Example>, ModelError> {
    const LABELS: [(&str, Option<&str>); 6] = [
        ("neutral", Some("neutral")),
        ("anger", Some("negative")),
        ("joy", Some("positive")),
        ("sadness", Some("negative")),
        ("fear", Some("negative")),
        ("surprise", None),
    ];
    let allowed = LabelSet::of(&LABELS.map(|(emotion, _)| emotion), EMOTION);
    let polarity = LabelSet::full(SENTIMENT.len());
    let part = match split {
        Split::Train => "train",
        Split::Validation => "dev",
        Split::Test => "test",
    };
    let folder = data.join("smp2020_ewect/datasets/smp2020-ewect/usual");
    let mut examples = Vec::new();
    for line in read_text(&folder.join(format!("{part}.tsv")))?.split('\n') {
        let Some((label, text)) = line.split_once('\t') else { continue };
        let Some((emotion, sentiment)) = label.parse().ok().and_then(|i: usize| LABELS.get(i))
        else {
            continue;
        };
        let emotion = Label::named(emotion, allowed, EMOTION);
        let sentiment = sentiment.and_then(|name| Label::named(name, polarity, SENTIMENT));
        push(&mut examples, text, sentiment, emotion);
    }
    Ok(examples)
}

/// How many of the last rows of the development file of weibo_senti_100k serve as validation.
const WEIBO_VALIDATION: usize = 1000;

/// Reads weibo_senti_100k without the `[..]` emoticons its labels were made from.
pub(super) fn weibo_senti_100k(data: &Path, split: Split) -> Result<Vec<Example>, ModelError> {
    let file = if split == Split::Test { "test.csv" } else { "dev.csv" };
    let path = data.join("weibo_senti_100k/data/weibo_senti_100k").join(file);
    let mut examples = Vec::new();
    for line in read_text(&path)?.split('\n') {
        let Some((label, text)) = line.split_once('\t') else { continue };
        push(&mut examples, &strip_emoticons(text), two_sided(label), None);
    }
    let validation_start = examples.len().saturating_sub(WEIBO_VALIDATION);
    Ok(match split {
        Split::Train => examples[..validation_start].to_vec(),
        Split::Validation => examples[validation_start..].to_vec(),
        Split::Test => examples,
    })
}

/// How many reviews of one set are used.
const REVIEWS_MOST: usize = 2000;

/// Reads a part of online_shopping_10_cats: product reviews, evenly from both labels.
pub(super) fn online_shopping(data: &Path, split: Split) -> Result<Vec<Example>, ModelError> {
    let path = "sophonplus/datasets/online_shopping_10_cats/online_shopping_10_cats.csv";
    reviews(&data.join(path), split, |line| {
        let (_category, rest) = line.split_once(',')?;
        rest.split_once(',')
    })
}

/// Reads a part of waimai_10k: reviews of delivered meals, evenly from both labels.
pub(super) fn waimai(data: &Path, split: Split) -> Result<Vec<Example>, ModelError> {
    let path = data.join("sophonplus/datasets/waimai_10k/waimai_10k.csv");
    reviews(&path, split, |line| line.split_once(','))
}

fn reviews(
    path: &Path,
    split: Split,
    fields: impl Fn(&str) -> Option<(&str, &str)>,
) -> Result<Vec<Example>, ModelError> {
    if split != Split::Train {
        return Ok(Vec::new());
    }
    let mut sides = [Vec::new(), Vec::new()];
    for line in read_text(path)?.split('\n') {
        let Some((label, text)) = fields(line) else { continue };
        let Some(label) = two_sided(label) else { continue };
        push(&mut sides[usize::from(label.index > 0)], text.trim_matches('"'), Some(label), None);
    }
    let mut examples = Vec::new();
    for side in sides {
        let stride = (side.len() / (REVIEWS_MOST / 2)).max(1);
        examples.extend(side.into_iter().step_by(stride).take(REVIEWS_MOST / 2));
    }
    Ok(examples)
}

/// Reads `1` as positive and `0` as negative, in a set that has no neutral texts.
fn two_sided(label: &str) -> Option<Label> {
    let allowed = LabelSet::of(&["negative", "positive"], SENTIMENT);
    match label.trim() {
        "0" => Label::named("negative", allowed, SENTIMENT),
        "1" => Label::named("positive", allowed, SENTIMENT),
        _ => None,
    }
}

/// The most characters inside an emoticon such as `[鼓掌]`.
const LONGEST_EMOTICON: usize = 10;

/// Takes the `[..]` emoticons of Weibo out of a text.
fn strip_emoticons(text: &str) -> String {
    let mut stripped = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('[') {
        stripped.push_str(&rest[..start]);
        let inside = &rest[start + 1..];
        match inside.find(']') {
            Some(end) if inside[..end].chars().count() <= LONGEST_EMOTICON => {
                stripped.push(' ');
                rest = &inside[end + 1..];
            }
            _ => {
                stripped.push('[');
                rest = inside;
            }
        }
    }
    stripped.push_str(rest);
    stripped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::datasets::tests::folder;

    #[test]
    fn strips_emoticons_but_no_brackets_of_text() {
        assert_eq!(strip_emoticons("好[鼓掌][哈哈]啊"), "好  啊");
        assert_eq!(
            strip_emoticons("a [这一段方括号里的文字太长了所以留下] b ["),
            "a [这一段方括号里的文字太长了所以留下] b ["
        );
    }

    #[test]
    fn emotions_of_weibo_tell_the_sentiment_but_surprise() {
        let rows = "label\ttext_a\n1\t气死\n2\t真好\n5\t什么\n";
        let path = "smp2020_ewect/datasets/smp2020-ewect/usual/dev.tsv";
        let data = folder("ewect", &[(path, rows)]);
        let examples = ewect_usual(&data, Split::Validation).unwrap();
        let named: Vec<(Option<&str>, &str)> = examples
            .iter()
            .map(|example| {
                let sentiment = example.labels[0].map(|label| SENTIMENT[label.index]);
                (sentiment, EMOTION[example.labels[1].unwrap().index])
            })
            .collect();
        assert_eq!(
            named,
            [(Some("negative"), "anger"), (Some("positive"), "joy"), (None, "surprise")]
        );
        assert_eq!(examples[0].labels[1].unwrap().allowed.len(), 6);
        std::fs::remove_dir_all(data).unwrap();
    }

    #[test]
    fn weibo_keeps_its_last_rows_for_validation() {
        let mut rows = String::from("label\tx_valid\n");
        for number in 0..1200 {
            rows.push_str(&format!("{}\t文字{number}[泪]\n", number % 2));
        }
        let path = "weibo_senti_100k/data/weibo_senti_100k/dev.csv";
        let data = folder("weibo", &[(path, &rows)]);
        let train = weibo_senti_100k(&data, Split::Train).unwrap();
        let validation = weibo_senti_100k(&data, Split::Validation).unwrap();
        assert_eq!((train.len(), validation.len()), (200, WEIBO_VALIDATION));
        assert_eq!(validation[0].text, "文字200");
        let allowed = validation[0].labels[0].unwrap().allowed;
        assert!(allowed.contains(0) && !allowed.contains(1) && allowed.contains(2));
        std::fs::remove_dir_all(data).unwrap();
    }

    #[test]
    fn reviews_come_evenly_from_both_labels() {
        let mut rows = String::from("label,review\n");
        for number in 0..6000 {
            rows.push_str(&format!("{},点评,{number}\n", u8::from(number < 4500)));
        }
        let data = folder("waimai", &[("sophonplus/datasets/waimai_10k/waimai_10k.csv", &rows)]);
        let train = waimai(&data, Split::Train).unwrap();
        let positive = train.iter().filter(|e| e.labels[0].unwrap().index == 2).count();
        assert_eq!((train.len(), positive), (REVIEWS_MOST, REVIEWS_MOST / 2));
        assert_eq!(train[0].text, "点评,4500");
        assert!(waimai(&data, Split::Test).unwrap().is_empty());
        std::fs::remove_dir_all(data).unwrap();
    }
}
