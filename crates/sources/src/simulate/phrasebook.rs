//! Reads the phrase files: families of phrases with what they mean, and lists of words. `phrases/README.md` describes the format.

use super::chance::Chance;
use super::kind::{Kind, Mood, When, usual};
use super::template::{Template, parse, split_choices};
use super::truth::{Emotion, Intent, Sentiment};
use super::world::Language;
use std::collections::HashMap;
use std::sync::LazyLock;

/// What a phrase means, whoever says it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Meaning {
    pub(super) sentiment: Sentiment,
    pub(super) emotion: Emotion,
    pub(super) topic: &'static str,
    pub(super) intent: Intent,
}

impl Meaning {
    /// Returns the mood that answers and glue go by.
    pub(super) fn mood(self) -> Mood {
        match (self.intent, self.sentiment, self.emotion) {
            (Intent::Question, _, _) => Mood::Question,
            (Intent::Joke, _, _) => Mood::Funny,
            (_, Sentiment::Positive, _) => Mood::Positive,
            (_, Sentiment::Neutral, _) => Mood::Neutral,
            (_, Sentiment::Negative, Emotion::Sadness | Emotion::Fear) => Mood::Sad,
            (_, Sentiment::Negative, _) => Mood::Negative,
        }
    }
}

/// Variants of one thing people say.
#[derive(Debug)]
pub(super) struct Family {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) kind: Kind,
    pub(super) meaning: Meaning,
    pub(super) on: Mood,
    pub(super) when: Option<When>,
    pub(super) variants: Vec<Template>,
}

/// Everything that can be said in one language.
#[derive(Debug)]
pub(super) struct Phrasebook {
    pub(super) families: Vec<Family>,
    pools: HashMap<(&'static str, Kind), Vec<usize>>,
    pub(super) lists: Vec<Vec<Template>>,
    list_places: HashMap<&'static str, usize>,
}

/// Says why a phrase file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("phrase file `{file}`, line {line}: {reason}")]
pub struct PhraseError {
    file: &'static str,
    line: usize,
    reason: String,
}

/// A phrase file: its name and content.
type File = (&'static str, &'static str);

macro_rules! phrase_files {
    ($language:literal) => {
        [
            phrase_files!($language, "electronics"),
            phrase_files!($language, "coffee"),
            phrase_files!($language, "airline"),
            phrase_files!($language, "car"),
            phrase_files!($language, "life"),
            phrase_files!($language, "leisure"),
            phrase_files!($language, "crisis"),
            phrase_files!($language, "events"),
            phrase_files!($language, "news"),
            phrase_files!($language, "talk"),
            phrase_files!($language, "replies"),
            phrase_files!($language, "glue"),
        ]
    };
    ($language:literal, $name:literal) => {
        (
            concat!($language, "/", $name, ".txt"),
            include_str!(concat!("phrases/", $language, "/", $name, ".txt")),
        )
    };
}

static ENGLISH: LazyLock<Result<Phrasebook, PhraseError>> =
    LazyLock::new(|| Phrasebook::parse(phrase_files!("en", "slots"), &phrase_files!("en")));
static CHINESE: LazyLock<Result<Phrasebook, PhraseError>> =
    LazyLock::new(|| Phrasebook::parse(phrase_files!("zh", "slots"), &phrase_files!("zh")));

impl Phrasebook {
    /// Returns the phrases of a language, parsed at the first call.
    ///
    /// # Errors
    /// [`PhraseError`] when a phrase file breaks its format.
    pub(super) fn of(language: Language) -> Result<&'static Self, PhraseError> {
        let book = match language {
            Language::English => &ENGLISH,
            Language::Chinese => &CHINESE,
        };
        LazyLock::force(book).as_ref().map_err(Clone::clone)
    }

    fn parse(slots: File, files: &[File]) -> Result<Self, PhraseError> {
        let (list_names, entries) = read_lists(slots)?;
        let mut lists = Vec::new();
        for (line, words) in entries {
            let words = words.into_iter().map(|word| parse(word, &list_names));
            let words = words.collect::<Result<_, _>>();
            lists.push(words.map_err(|reason| PhraseError { file: slots.0, line, reason })?);
        }
        let list_places =
            list_names.iter().enumerate().map(|(place, &name)| (name, place)).collect();
        let mut book = Self { families: Vec::new(), pools: HashMap::new(), lists, list_places };
        for &(file, content) in files {
            book.read_families(file, content, &list_names)?;
        }
        for (index, family) in book.families.iter().enumerate() {
            book.pools.entry((family.about, family.kind)).or_default().push(index);
        }
        Ok(book)
    }

    fn read_families(
        &mut self,
        file: &'static str,
        content: &'static str,
        lists: &[&'static str],
    ) -> Result<(), PhraseError> {
        let mut defaults = "";
        for (number, text) in lines(content) {
            let fault = |reason: String| PhraseError { file, line: number, reason };
            if let Some(attributes) = text.strip_prefix('%') {
                defaults = attributes;
            } else if let Some(header) = text.strip_prefix('@') {
                let (name, attributes) = header.split_once(' ').unwrap_or((header, ""));
                self.families.push(read_header(name, defaults, attributes).map_err(fault)?);
            } else {
                let template = parse(text, lists).map_err(fault)?;
                match self.families.last_mut() {
                    Some(family) => family.variants.push(template),
                    None => return Err(fault("a phrase stands before the first `@family`".into())),
                }
            }
        }
        Ok(())
    }

    /// Returns the families about something (a subject, a field or a kind of product) that are used in one way.
    pub(super) fn pool(&self, about: &'static str, kind: Kind) -> &[usize] {
        self.pools.get(&(about, kind)).map_or(&[], Vec::as_slice)
    }

    /// Returns the index of a list of words.
    pub(super) fn list(&self, name: &str) -> Option<usize> {
        self.list_places.get(name).copied()
    }

    /// Picks a family from some pools, each family equally likely, `fits` granted; none when the pools hold none that fits.
    pub(super) fn choose(
        &self,
        pools: &[&[usize]],
        chance: &mut Chance,
        fits: impl Fn(&Family) -> bool,
    ) -> Option<&Family> {
        let total: usize = pools.iter().map(|pool| pool.len()).sum();
        let start = chance.below(total);
        // A few random tries keep the draw even; then the first that fits after a random place.
        for step in 0..total + 6 {
            let place = if step < 6 { chance.below(total) } else { (start + step) % total };
            let mut place = place;
            for pool in pools {
                if let Some(&index) = pool.get(place) {
                    if fits(&self.families[index]) {
                        return Some(&self.families[index]);
                    }
                    break;
                }
                place -= pool.len();
            }
        }
        None
    }
}

/// Yields the lines that hold something, with their numbers; `# ` begins a comment.
fn lines(content: &'static str) -> impl Iterator<Item = (usize, &'static str)> {
    let lines = content.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
    lines.filter(|(_, line)| !line.is_empty() && !line.starts_with("# ") && *line != "#")
}

type Lists = (Vec<&'static str>, Vec<(usize, Vec<&'static str>)>);

fn read_lists((file, content): File) -> Result<Lists, PhraseError> {
    let mut names = Vec::new();
    let mut entries: Vec<(usize, Vec<&'static str>)> = Vec::new();
    for (line, text) in lines(content) {
        if let Some(name) = text.strip_prefix('@') {
            names.push(name.trim());
            entries.push((line, Vec::new()));
        } else if let Some((_, words)) = entries.last_mut() {
            words.extend(split_choices(text).into_iter().map(str::trim).filter(|w| !w.is_empty()));
        } else {
            let reason = "words stand before the first `@list`".to_owned();
            return Err(PhraseError { file, line, reason });
        }
    }
    match entries.iter().find(|(_, words)| words.len() < 2) {
        Some(&(line, _)) => {
            Err(PhraseError { file, line, reason: "a list needs two words at least".into() })
        }
        None => Ok((names, entries)),
    }
}

fn read_header(
    name: &'static str,
    defaults: &'static str,
    attributes: &'static str,
) -> Result<Family, String> {
    let mut values: HashMap<&str, &'static str> = HashMap::new();
    for attribute in defaults.split_whitespace().chain(attributes.split_whitespace()) {
        let (key, value) = attribute
            .split_once('=')
            .ok_or(format!("`{attribute}` of `@{name}` is not `key=value`"))?;
        values.insert(key, value);
    }
    let kind = take(&mut values, "kind", Kind::from_name)?
        .ok_or(format!("`@{name}` has no kind; add kind=…"))?;
    let about = values.remove("about").unwrap_or("any");
    let (intent, sentiment, emotion) = usual(kind);
    let given = take(&mut values, "sentiment", Sentiment::from_name)?;
    let emotion = match given {
        Some(Sentiment::Positive) => Emotion::Joy,
        Some(Sentiment::Neutral) => Emotion::Neutral,
        Some(Sentiment::Negative) => Emotion::Anger,
        None => emotion,
    };
    let meaning = Meaning {
        sentiment: given.unwrap_or(sentiment),
        emotion: take(&mut values, "emotion", Emotion::from_name)?.unwrap_or(emotion),
        topic: values.remove("topic").unwrap_or(about),
        intent: take(&mut values, "intent", Intent::from_name)?.unwrap_or(intent),
    };
    let on = take(&mut values, "on", Mood::from_name)?.unwrap_or(Mood::Any);
    let when = take(&mut values, "when", When::from_name)?;
    match values.keys().min() {
        Some(key) => Err(format!("`{key}` of `@{name}` is unknown; see phrases/README.md")),
        None => Ok(Family { name, about, kind, meaning, on, when, variants: Vec::new() }),
    }
}

fn take<T>(
    values: &mut HashMap<&str, &'static str>,
    key: &str,
    parse: fn(&str) -> Option<T>,
) -> Result<Option<T>, String> {
    let Some(value) = values.remove(key) else { return Ok(None) };
    parse(value).map(Some).ok_or(format!("`{value}` is no {key}; see phrases/README.md"))
}
