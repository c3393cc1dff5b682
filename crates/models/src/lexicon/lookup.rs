//! Finds the longest entry that a text holds at a place: a trie over bytes, with no segmentation of the text.

use std::collections::BTreeMap;

/// The mark of a node at which no entry ends.
const NO_ENTRY: u32 = u32::MAX;

/// Maps words, phrases and symbols to numbers.
///
/// Letters of ASCII match in either case. An entry that starts or ends with a letter or digit of ASCII matches whole words
/// only; Chinese and symbols match anywhere.
#[derive(Clone, Debug)]
pub(crate) struct Lookup {
    /// Per first byte the node it leads to, 0 for none; the first step has too many choices for a search.
    first: Box<[u32; 256]>,
    nodes: Vec<Node>,
    /// The bytes of the edges, those of one node beside each other and sorted.
    edge_bytes: Vec<u8>,
    edge_targets: Vec<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    first_edge: u32,
    edge_count: u32,
    entry: u32,
}

impl Lookup {
    /// Builds the trie; entries are in lower case and get their place as number.
    pub(crate) fn new<'a>(entries: impl IntoIterator<Item = &'a str>) -> Self {
        let mut growing: Vec<(BTreeMap<u8, u32>, u32)> = vec![(BTreeMap::new(), NO_ENTRY)];
        for (number, entry) in entries.into_iter().enumerate() {
            let mut node = 0usize;
            for byte in entry.bytes() {
                let next = growing.len() as u32;
                let target = *growing[node].0.entry(byte).or_insert(next);
                if target == next {
                    growing.push((BTreeMap::new(), NO_ENTRY));
                }
                node = target as usize;
            }
            growing[node].1 = number as u32;
        }
        let mut lookup = Self {
            first: Box::new([0; 256]),
            nodes: Vec::with_capacity(growing.len()),
            edge_bytes: Vec::new(),
            edge_targets: Vec::new(),
        };
        for (byte, target) in &growing[0].0 {
            lookup.first[*byte as usize] = *target;
        }
        for (edges, entry) in growing {
            let first_edge = lookup.edge_bytes.len() as u32;
            lookup.nodes.push(Node { first_edge, edge_count: edges.len() as u32, entry });
            lookup.edge_bytes.extend(edges.keys());
            lookup.edge_targets.extend(edges.values());
        }
        lookup
    }

    /// Finds the longest entry that `text` holds at `start`; gives its number and where it ends.
    ///
    /// The caller sees to it that `start` is the start of a word or of a character that is no letter or digit of ASCII.
    pub(crate) fn longest(&self, text: &[u8], start: usize) -> Option<(u32, usize)> {
        let mut node = self.first[text[start].to_ascii_lowercase() as usize];
        let mut found = None;
        let mut position = start + 1;
        while node != 0 {
            let Node { first_edge, edge_count, entry } = self.nodes[node as usize];
            let next = text.get(position).copied();
            if entry != NO_ENTRY && is_end_of_word(text[position - 1], next) {
                found = Some((entry, position));
            }
            let Some(next) = next else { break };
            let next = next.to_ascii_lowercase();
            let edges = first_edge as usize..(first_edge + edge_count) as usize;
            let edge = self.edge_bytes[edges].iter().position(|byte| *byte == next);
            node = edge.map_or(0, |edge| self.edge_targets[first_edge as usize + edge]);
            position += 1;
        }
        found
    }
}

fn is_end_of_word(last: u8, next: Option<u8>) -> bool {
    !last.is_ascii_alphanumeric() || !next.is_some_and(|next| next.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_longest_entry_in_either_case() {
        let lookup = Lookup::new(["good", "good luck", "不", "不错", "yyds", ":)", "t_t"]);
        let find = |text: &str, start| lookup.longest(text.as_bytes(), start);
        assert_eq!(find("GOOD luck!", 0), Some((1, 9)));
        assert_eq!(find("good lucky", 0), Some((0, 4)));
        assert_eq!(find("goodness", 0), None);
        assert_eq!(find("真不错", 3), Some((3, 9)));
        assert_eq!(find("真不好", 3), Some((2, 6)));
        assert_eq!(find("真yyds啊", 3), Some((4, 7)));
        assert_eq!(find(":)x", 0), Some((5, 2)));
        assert_eq!(find("T_T", 0), Some((6, 3)));
        assert_eq!(find("t_test", 0), None);
        assert_eq!(find("x", 0), None);
    }

    #[test]
    fn an_empty_lookup_finds_nothing() {
        assert_eq!(Lookup::new([]).longest(b"a", 0), None);
    }
}
