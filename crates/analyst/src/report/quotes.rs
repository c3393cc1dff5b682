//! Quoted posts: which ones a report cites, and how they are shown.

use super::{Kind, Table};
use std::collections::BTreeMap;

/// Returns the posts that the answer to a figure cites, in its order.
pub(super) fn cited_ids(kind: Kind, table: &Table) -> Vec<String> {
    let column = match kind {
        Kind::Stories => "example_post_id",
        Kind::Quotes => "post_id",
        _ => return Vec::new(),
    };
    let rows = 0..table.rows.len();
    rows.filter_map(|row| table.text(row, column).map(str::to_owned)).collect()
}

/// Finds the rows of cited posts and numbers them in the order in which they are first cited, from 1.
#[derive(Default)]
pub(super) struct Citations<'a> {
    /// The answer with the rows of all cited posts.
    table: Option<&'a Table>,
    /// Position in that answer by post.
    positions: BTreeMap<&'a str, usize>,
    /// Positions in the order of citation.
    cited: Vec<usize>,
}

impl<'a> Citations<'a> {
    /// Prepares the rows of the cited posts.
    pub(super) fn new(table: Option<&'a Table>) -> Self {
        let mut positions = BTreeMap::new();
        if let Some(table) = table {
            for row in 0..table.rows.len() {
                if let Some(id) = table.text(row, "post_id") {
                    positions.entry(id).or_insert(row);
                }
            }
        }
        Self { table, positions, cited: Vec::new() }
    }

    /// Cites a post: returns its number and its row; nothing for a post without a row.
    pub(super) fn cite(&mut self, post_id: &str) -> Option<(usize, Row<'a>)> {
        let position = *self.positions.get(post_id)?;
        let number = match self.cited.iter().position(|cited| *cited == position) {
            Some(index) => index + 1,
            None => {
                self.cited.push(position);
                self.cited.len()
            }
        };
        Some((number, Row { table: self.table?, position }))
    }

    /// Returns the rows of all cited posts in the order of their numbers.
    pub(super) fn rows(&self) -> Vec<Row<'a>> {
        let Some(table) = self.table else { return Vec::new() };
        self.cited.iter().map(|&position| Row { table, position }).collect()
    }
}

/// Points to the row of one cited post.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    table: &'a Table,
    position: usize,
}

impl<'a> Row<'a> {
    /// Returns a text of the row.
    pub(super) fn text(&self, column: &str) -> Option<&'a str> {
        self.table.text(self.position, column)
    }

    /// Returns a whole number of the row; nothing counts as 0.
    pub(super) fn count(&self, column: &str) -> i64 {
        self.table.count(self.position, column)
    }

    /// Returns a number of the row.
    pub(super) fn number(&self, column: &str) -> Option<f64> {
        self.table.number(self.position, column)
    }

    /// Returns a time of the row in microseconds UTC.
    pub(super) fn time(&self, column: &str) -> Option<i64> {
        self.table.time(self.position, column)
    }
}

/// Returns an address that a reader may follow: only `http` and `https`, so that no link can run a script.
pub(super) fn safe_url(url: Option<&str>) -> Option<String> {
    let url = url?.trim();
    let scheme = url.split_once("://")?.0.to_ascii_lowercase();
    (matches!(scheme.as_str(), "http" | "https") && !url.contains(char::is_whitespace))
        .then(|| url.to_owned())
}

/// Cuts a text to at most `length` characters and joins its lines.
pub(super) fn excerpt(text: &str, length: usize) -> String {
    let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if joined.chars().count() <= length {
        return joined;
    }
    let mut cut: String = joined.chars().take(length.saturating_sub(1)).collect();
    cut.truncate(cut.trim_end().len());
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use super::super::Cell;
    use super::*;

    fn table(ids: &[&str]) -> Table {
        let rows = ids.iter().map(|id| vec![Cell::Text((*id).to_owned())]).collect();
        Table { columns: vec!["post_id".into()], rows }
    }

    #[test]
    fn posts_are_numbered_as_they_are_cited() {
        let table = table(&["x:1", "x:2", "x:3"]);
        let mut citations = Citations::new(Some(&table));
        let numbers: Vec<_> =
            ["x:3", "x:1", "x:3", "x:9"].map(|id| citations.cite(id).map(|(n, _)| n)).to_vec();
        assert_eq!(numbers, [Some(1), Some(2), Some(1), None]);
        let ids: Vec<_> = citations.rows().iter().map(|r| r.text("post_id")).collect();
        assert_eq!(ids, [Some("x:3"), Some("x:1")]);
    }

    #[test]
    fn only_figures_that_quote_cite() {
        assert_eq!(cited_ids(Kind::Quotes, &table(&["x:1"])), ["x:1"]);
        assert!(cited_ids(Kind::CitedPosts, &table(&["x:1"])).is_empty());
        assert!(cited_ids(Kind::Stories, &table(&["x:1"])).is_empty());
    }

    #[test]
    fn links_cannot_run_scripts() {
        assert_eq!(safe_url(Some(" HTTPS://a.b/c ")).as_deref(), Some("HTTPS://a.b/c"));
        for hostile in
            ["javascript:alert(1)", "javascript://a%0aalert(1)", "data:text/html,x", "/x", ""]
        {
            assert_eq!(safe_url(Some(hostile)), None, "{hostile}");
        }
        assert_eq!(safe_url(None), None);
    }

    #[test]
    fn excerpts_cut_between_characters() {
        assert_eq!(excerpt("一 二\n三", 9), "一 二 三");
        assert_eq!(excerpt("一二三四五", 4), "一二三…");
        assert_eq!(excerpt("ab cd", 4), "ab…");
    }
}
