//! What topics are about, and how good they are.

use crate::topics::quality::{C_V_WINDOW, NPMI_WINDOW, WindowCounts, diversity};
use crate::topics::reduce::PrincipalComponents;
use crate::topics::{Assigned, TermCounts, TopicModel, Vocabulary};

/// How many terms of a topic are kept and measured.
const TERMS: usize = 10;
/// How many terms make a label.
const LABEL_TERMS: usize = 3;
/// How many posts stand for a topic.
const REPRESENTATIVE: usize = 3;
/// How many letters a term must share with an earlier one, at its beginning, to be another form of it.
const SAME_STEM: usize = 5;

/// Is a post as its words.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Words {
    /// The numbers of its words, in order.
    pub all: Vec<u32>,
    /// Which of them may be terms.
    pub is_content: Vec<bool>,
}

/// Describes a topic; `None` is what its posts do not allow to measure.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicDescription {
    /// The id.
    pub id: u64,
    /// Its name, if it was expected, or its first terms, in words.
    pub label: String,
    /// The posts in it.
    pub posts: usize,
    /// The words that stand for it, the most telling first.
    pub terms: Vec<String>,
    /// The posts nearest to it, by their place, no two of the same words; nearest first.
    pub representative_posts: Vec<usize>,
    /// Mean NPMI of the pairs of terms in windows of 10 words of all posts.
    pub npmi: Option<f64>,
    /// C_V of the terms in windows of 110 words of all posts.
    pub c_v: Option<f64>,
    /// Mean cosine of its posts with it.
    pub embedding_coherence: Option<f64>,
    /// Where it lies on a map of all topics, each axis -1 to 1: the nearer two topics, the more alike.
    pub place: [f32; 2],
}

/// Describes topics, each and together.
#[derive(Clone, Debug, PartialEq)]
pub struct Described {
    /// The topics in the order of the model.
    pub topics: Vec<TopicDescription>,
    /// Mean of the topics.
    pub npmi: Option<f64>,
    /// Mean of the topics.
    pub c_v: Option<f64>,
    /// Share of different terms among those of all topics.
    pub diversity: f64,
    /// Mean cosine of the posts with their topics.
    pub embedding_coherence: Option<f64>,
    /// Share of the posts that have a topic.
    pub coverage: f64,
}

impl Described {
    /// Describes topics by posts, each assigned and cut into words.
    pub fn new(
        model: &TopicModel,
        assigned: &[Assigned],
        words: &[Words],
        vocabulary: &Vocabulary,
    ) -> Self {
        let terms = terms(model, assigned, words);
        let texts = || words.iter().map(|words| words.all.as_slice());
        let near = WindowCounts::count(&terms, texts(), NPMI_WINDOW);
        let far = WindowCounts::count(&terms, texts(), C_V_WINDOW);
        let places = places(model);
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); model.topics()];
        for (post, found) in assigned.iter().enumerate() {
            found.topic.into_iter().for_each(|topic| members[topic].push(post));
        }
        let topics = (0..model.topics()).map(|topic| {
            let names: Vec<String> =
                terms[topic].iter().map(|term| vocabulary.word(*term).to_owned()).collect();
            let cosines = members[topic].iter().map(|post| Some(f64::from(assigned[*post].cosine)));
            TopicDescription {
                id: model.ids()[topic],
                label: model.name(model.ids()[topic]).map_or_else(|| label(&names), str::to_owned),
                posts: members[topic].len(),
                representative_posts: representative(&members[topic], assigned, words),
                npmi: near.c_npmi(topic),
                c_v: far.c_v(topic),
                embedding_coherence: mean(cosines),
                terms: names,
                place: places[topic],
            }
        });
        let topics: Vec<TopicDescription> = topics.collect();
        let with_topic = assigned.iter().filter(|found| found.topic.is_some());
        Self {
            npmi: mean(topics.iter().map(|topic| topic.npmi)),
            c_v: mean(topics.iter().map(|topic| topic.c_v)),
            diversity: diversity(&terms),
            embedding_coherence: mean(
                with_topic.clone().map(|found| Some(f64::from(found.cosine))),
            ),
            coverage: with_topic.count() as f64 / assigned.len().max(1) as f64,
            topics,
        }
    }
}

fn mean(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let values: Vec<f64> = values.flatten().collect();
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Gives the top terms of every topic.
fn terms(model: &TopicModel, assigned: &[Assigned], words: &[Words]) -> Vec<Vec<u32>> {
    let mut counts = TermCounts::new(model.topics());
    for (found, words) in assigned.iter().zip(words) {
        let Some(topic) = found.topic else { continue };
        let content =
            words.all.iter().zip(&words.is_content).filter(|(_, is_content)| **is_content);
        counts.add(topic, &content.map(|(word, _)| *word).collect::<Vec<u32>>());
    }
    let ranked = counts.ranked(TERMS).into_iter();
    ranked.map(|terms| terms.iter().map(|term| term.word).collect()).collect()
}

/// Makes a label of the first terms, leaving out other forms of those before.
fn label(terms: &[String]) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for term in terms {
        if kept.len() < LABEL_TERMS && !kept.iter().any(|earlier| is_form(earlier, term)) {
            kept.push(term);
        }
    }
    kept.join(", ")
}

/// Tells whether two terms are likely forms of one word: `phone` and `phones`, `#iphone` and `iphone`, `电池` and `锂电池`.
fn is_form(one: &str, other: &str) -> bool {
    let (one, other) = (one.trim_start_matches('#'), other.trim_start_matches('#'));
    let same = one.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
    let is_latin = one.is_ascii() && other.is_ascii();
    same >= SAME_STEM || one == other || (!is_latin && (one.contains(other) || other.contains(one)))
}

/// Picks posts of different words, nearest first.
fn representative(members: &[usize], assigned: &[Assigned], words: &[Words]) -> Vec<usize> {
    let mut nearest = members.to_vec();
    nearest.sort_by(|a, b| assigned[*b].cosine.total_cmp(&assigned[*a].cosine).then(a.cmp(b)));
    let mut picked: Vec<usize> = Vec::new();
    for post in nearest {
        if picked.len() == REPRESENTATIVE {
            break;
        }
        if !picked.iter().any(|earlier| words[*earlier].all == words[post].all) {
            picked.push(post);
        }
    }
    picked
}

/// Places topics on a map, by the two directions in which they differ most.
fn places(model: &TopicModel) -> Vec<[f32; 2]> {
    let mut means = model.topic_means();
    means.normalize();
    let mapped = PrincipalComponents::fit(&means, 2).transform(&means);
    let reach = mapped.iter().flatten().fold(0.0f32, |most, value| most.max(value.abs()));
    let scaled =
        |value: Option<&f32>| if reach > 0.0 { value.unwrap_or(&0.0) / reach } else { 0.0 };
    mapped.iter().map(|row| [scaled(row.first()), scaled(row.get(1))]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::Matrix;
    use crate::topics::TopicOptions;

    /// Describes two topics: posts of phones at the axis `x`, of trains at the axis `y`.
    fn described(texts: &[(&str, [f32; 2])]) -> Described {
        let values = texts.iter().flat_map(|(_, embedding)| *embedding).collect();
        let embeddings = Matrix::new(2, values);
        let options = TopicOptions { topics: Some(2), ..TopicOptions::default() };
        let model = TopicModel::fit(&embeddings, &options).unwrap();
        let mut vocabulary = Vocabulary::default();
        let mut words = Vec::new();
        for (text, _) in texts {
            let all: Vec<u32> = text.split(' ').map(|word| vocabulary.number(word)).collect();
            let is_content = text.split(' ').map(|word| word != "the").collect();
            words.push(Words { all, is_content });
        }
        Described::new(&model, &model.assign(&embeddings).unwrap(), &words, &vocabulary)
    }

    #[test]
    fn topics_have_terms_a_label_posts_and_measures() {
        let found = described(&[
            ("the phone battery", [1.0, 0.0]),
            ("the phone battery", [1.0, 0.0]),
            ("phone screen phones", [0.99, 0.1]),
            ("the train late", [0.0, 1.0]),
            ("late train again", [0.1, 0.99]),
        ]);
        let [phones, trains] = &found.topics[..] else { panic!("{found:?}") };
        assert_eq!((phones.id, phones.posts, trains.id, trains.posts), (0, 3, 1, 2));
        assert_eq!(phones.label, "phone, battery, screen");
        assert_eq!(trains.terms, ["train", "late", "again"]);
        assert_eq!(phones.representative_posts.len(), 2);
        assert!(phones.npmi.unwrap() > -0.5 && phones.embedding_coherence.unwrap() > 0.9);
        assert_eq!((found.coverage, found.diversity), (1.0, 1.0));
        assert!((phones.place[0] - trains.place[0]).abs() > 1.5, "{found:?}");
    }

    #[test]
    fn forms_of_a_word_stand_once_in_a_label() {
        let terms = ["phone", "phones", "#phone", "电池", "锂电池", "the"].map(str::to_owned);
        assert_eq!(label(&terms), "phone, 电池, the");
        assert_eq!(label(&[]), "");
    }
}
