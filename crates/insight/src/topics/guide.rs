//! Topics that are known beforehand.

use crate::error::InsightError;
use crate::matrix::{Matrix, normalize};

/// Is a topic that somebody expects.
#[derive(Clone, Debug, PartialEq)]
pub struct Guide {
    /// What the topic is called.
    pub name: String,
    /// Embeddings of what it is about, words or posts, `[texts][dimension]`.
    pub embeddings: Matrix,
}

/// Are all topics that somebody expects.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Guides {
    /// The topics.
    pub topics: Vec<Guide>,
    /// Whether there shall be no others.
    pub only: bool,
}

impl Guides {
    /// Computes the mean direction of every guide, given how embeddings become rows that are one long.
    ///
    /// # Errors
    /// Fails if a guide has no embeddings, and as `project`.
    pub(super) fn directions(
        &self,
        project: impl Fn(&Matrix) -> Result<Matrix, InsightError>,
    ) -> Result<Matrix, InsightError> {
        let (mut values, mut columns) = (Vec::new(), 0);
        for guide in &self.topics {
            if guide.embeddings.rows() == 0 {
                return Err(InsightError::EmptyGuide { name: guide.name.clone() });
            }
            let rows = project(&guide.embeddings)?;
            columns = rows.columns();
            let mut sum = vec![0.0; columns];
            rows.iter()
                .for_each(|row| sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += value));
            normalize(&mut sum);
            values.extend(sum);
        }
        Ok(Matrix::new(columns, values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topics::model::tests::posts;
    use crate::topics::{TopicModel, TopicOptions};

    /// Makes guides of some subjects of `posts(6, …)`, each by one of its posts.
    fn guides(posts: &Matrix, subjects: &[usize], only: bool) -> Guides {
        let guide = |subject: &usize| Guide {
            name: format!("subject {subject}"),
            embeddings: posts.select(&[*subject]),
        };
        Guides { topics: subjects.iter().map(guide).collect(), only }
    }

    /// Gives the name of the topic of every post.
    fn named(model: &TopicModel, posts: &Matrix) -> Vec<Option<String>> {
        let assigned = model.assign(posts).unwrap();
        let topics = assigned.iter().map(|found| found.memberships[0].0);
        topics.map(|topic| model.name(model.ids()[topic]).map(str::to_owned)).collect()
    }

    #[test]
    fn expected_topics_are_found_by_name_and_the_others_beside_them() {
        let posts = posts(6, 600, 0.6);
        for asked in [Some(6), None] {
            let options = TopicOptions { topics: asked, ..TopicOptions::default() };
            let model =
                TopicModel::fit_guided(&posts, &guides(&posts, &[4, 1], false), &options).unwrap();
            assert_eq!(model.sizes(), [100; 6], "{asked:?}");
            for (post, name) in named(&model, &posts).into_iter().enumerate() {
                let subject = post % 6;
                let expected = [1, 4].contains(&subject).then(|| format!("subject {subject}"));
                assert_eq!(name, expected);
            }
        }
    }

    #[test]
    fn a_taxonomy_has_no_other_topics() {
        let posts = posts(6, 600, 0.6);
        let all = guides(&posts, &[5, 4, 3, 2, 1, 0], true);
        let model = TopicModel::fit_guided(&posts, &all, &TopicOptions::default()).unwrap();
        let found = named(&model, &posts).into_iter().enumerate();
        assert!(
            found.into_iter().all(|(post, name)| name == Some(format!("subject {}", post % 6)))
        );
        let some = guides(&posts, &[2, 3], true);
        let options = TopicOptions { topics: Some(9), ..TopicOptions::default() };
        assert_eq!(TopicModel::fit_guided(&posts, &some, &options).unwrap().topics(), 2);
    }

    #[test]
    fn a_guide_needs_something_to_go_by() {
        let posts = posts(2, 40, 0.5);
        let mut guides = guides(&posts, &[0], false);
        guides.topics[0].embeddings = Matrix::zeros(0, 32);
        let error = TopicModel::fit_guided(&posts, &guides, &TopicOptions::default()).unwrap_err();
        assert!(error.to_string().contains("`subject 0`"), "{error}");
    }
}
