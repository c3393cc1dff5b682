//! The small grammar of a phrase: text with choices, slots and numbers.
//!
//! `(a|b|)` picks one of its parts, which may hold everything again; parentheses without a bar are plain text. `{30-95}` is a
//! number from that range. `{brand}` is a [`Fact`] of the post. `{city}` is a word from the list `city`, the same one each
//! time within a post; `{city2}` is another word of that list.

use super::chance::Chance;
use super::truth::named;

named! {
    /// Names what a post knows about its surroundings.
    pub(super) enum Fact {
        /// A name of the brand.
        Brand = "brand",
        /// A name of the product.
        Product = "product",
        /// A name of a brand of the same field.
        Rival = "rival",
        /// A name of that brand's comparable product.
        RivalProduct = "rival_product",
        /// The brand's customer service, as a mention.
        Care = "care",
        /// The brand's hashtag.
        Tag = "tag",
        /// Another author, as a mention.
        Friend = "friend",
        /// An address.
        Link = "link",
        /// `$` or `£`; nothing in Chinese.
        Currency = "currency",
        /// Day of the week where the author lives.
        Weekday = "weekday",
        /// Time of day where the author lives.
        Daypart = "daypart",
    }
}

/// A parsed phrase.
pub(super) type Template = Vec<Piece>;

/// One part of a phrase.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Piece {
    /// Stands as it is.
    Text(&'static str),
    /// A number between two numbers, both included.
    Number(i64, i64),
    /// Something the post knows.
    Fact(Fact),
    /// A word of a list; `other` asks for a second, different one.
    Word { list: usize, other: bool },
    /// One of several phrases.
    Choice(Vec<Template>),
}

/// Fills the slots of a phrase.
pub(super) trait Filling {
    /// Writes a fact.
    fn fact(&mut self, fact: Fact, chance: &mut Chance, out: &mut String);
    /// Writes a word of a list.
    fn word(&mut self, list: usize, other: bool, chance: &mut Chance, out: &mut String);
}

/// Parses a phrase; `lists` are the names of the word lists, by index.
///
/// # Errors
/// A sentence that names the slot nobody fills or the brace nobody closes.
pub(super) fn parse(text: &'static str, lists: &[&'static str]) -> Result<Template, String> {
    let mut pieces = Vec::new();
    let mut plain = 0;
    let mut at = 0;
    while let Some(found) = text[at..].find(['{', '(']) {
        let open = at + found;
        let (piece, after) = if text.as_bytes()[open] == b'{' {
            let close =
                text[open..].find('}').ok_or(format!("`{{` is never closed in `{text}`"))?;
            (parse_slot(&text[open + 1..open + close], lists)?, open + close + 1)
        } else {
            let inner = closing(&text[open + 1..]).map(|length| &text[open + 1..open + 1 + length]);
            let parts = inner.map(split_choices).unwrap_or_default();
            if parts.len() < 2 {
                at = open + 1;
                continue;
            }
            let after = open + 2 + inner.map_or(0, str::len);
            let parts = parts.into_iter().map(|part| parse(part, lists));
            (Piece::Choice(parts.collect::<Result<_, _>>()?), after)
        };
        if plain < open {
            pieces.push(Piece::Text(&text[plain..open]));
        }
        pieces.push(piece);
        plain = after;
        at = after;
    }
    if plain < text.len() {
        pieces.push(Piece::Text(&text[plain..]));
    }
    Ok(pieces)
}

/// Splits at the bars that stand outside of parentheses.
pub(super) fn split_choices(text: &'static str) -> Vec<&'static str> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0, 0);
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            b'|' if depth == 0 => {
                parts.push(&text[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

/// Finds the parenthesis that closes the one just opened.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 1;
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(index);
        }
    }
    None
}

fn parse_slot(name: &'static str, lists: &[&'static str]) -> Result<Piece, String> {
    if let Some((low, high)) = name.split_once('-')
        && let (Ok(low), Ok(high)) = (low.parse(), high.parse())
    {
        return Ok(Piece::Number(low, high));
    }
    if let Some(fact) = Fact::from_name(name) {
        return Ok(Piece::Fact(fact));
    }
    if let Some(list) = lists.iter().position(|&list| list == name) {
        return Ok(Piece::Word { list, other: false });
    }
    let stem = name.strip_suffix('2').unwrap_or(name);
    match lists.iter().position(|&list| list == stem) {
        Some(list) => Ok(Piece::Word { list, other: true }),
        None => {
            Err(format!("nothing fills the slot `{name}`; add a list of that name to slots.txt"))
        }
    }
}

/// Writes a phrase with its choices made and its slots filled.
pub(super) fn render(
    template: &[Piece],
    filling: &mut dyn Filling,
    chance: &mut Chance,
    out: &mut String,
) {
    for piece in template {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Number(low, high) => out.push_str(&chance.within(*low, *high).to_string()),
            Piece::Fact(fact) => filling.fact(*fact, chance, out),
            Piece::Word { list, other } => filling.word(*list, *other, chance, out),
            Piece::Choice(choices) => {
                let choice = chance.below(choices.len());
                render(&choices[choice], filling, chance, out);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Echo;
    impl Filling for Echo {
        fn fact(&mut self, fact: Fact, _: &mut Chance, out: &mut String) {
            out.push_str(fact.name());
        }
        fn word(&mut self, list: usize, other: bool, _: &mut Chance, out: &mut String) {
            out.push_str(&format!("{list}{}", if other { "b" } else { "a" }));
        }
    }

    fn rendered(text: &'static str) -> String {
        let template = parse(text, &["city"]).unwrap();
        let mut out = String::new();
        render(&template, &mut Echo, &mut Chance::new(1, 1), &mut out);
        out
    }

    #[test]
    fn slots_are_filled() {
        assert_eq!(rendered("{brand} 在{city}和{city2}，{7-7}"), "brand 在0a和0b，7");
    }

    #[test]
    fn parentheses_without_a_bar_are_text() {
        assert_eq!(rendered("well (you know) :) and :("), "well (you know) :) and :(");
    }

    #[test]
    fn choices_nest() {
        for _ in 0..20 {
            let text = rendered("a(b(c|d)|b(c|d))e");
            assert!(["abce", "abde"].contains(&text.as_str()), "{text}");
        }
    }

    #[test]
    fn unknown_slots_are_named() {
        assert!(parse("{planet}", &["city"]).unwrap_err().contains("`planet`"));
        assert!(parse("{city", &["city"]).is_err());
    }
}
