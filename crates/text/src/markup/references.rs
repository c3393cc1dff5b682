//! Character references of HTML, from `&amp;` to `&#x1F600;`.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Decodes the name between `&` and `;`: `#39`, `#x27`, or a named reference of the HTML standard in common use.
pub(super) fn decode_reference(name: &str) -> Option<char> {
    let Some(number) = name.strip_prefix('#') else {
        return NAMED.get(name).copied();
    };
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
        None => number.parse().ok()?,
    };
    if (0x80..0xA0).contains(&code) {
        return WINDOWS_1252.chars().nth(code as usize - 0x80);
    }
    char::from_u32(code).filter(|_| code != 0)
}

/// What browsers show for `&#128;` to `&#159;` (HTML standard, numeric character reference end state).
const WINDOWS_1252: &str = "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8D}Ž\u{8F}\u{90}‘’“”•–—˜™š›œ\u{9D}žŸ";

/// Names of U+00A0 to U+00FF, in order.
const LATIN_1: &str = "
nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para middot
cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml
Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig
agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute
ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml
";

/// Other names that appear in posts, each before its character.
const OTHERS: &str = "
amp & AMP & lt < LT < gt > GT > quot \" QUOT \" apos ' hellip … mdash — ndash – lsquo ‘ rsquo ’ sbquo ‚ ldquo “ rdquo ” bdquo „
lsaquo ‹ rsaquo › bull • dagger † permil ‰ euro € trade ™ larr ← uarr ↑ rarr → darr ↓ harr ↔ minus − le ≤ ge ≥ ne ≠ asymp ≈
infin ∞ radic √ sum ∑ hearts ♥ spades ♠ clubs ♣ diams ♦ star ☆ check ✓ num # commat @ excl ! quest ? percnt % dollar $ lpar (
rpar ) lsqb [ rsqb ] lcub { rcub } comma , period . colon : semi ; sol / bsol \\ lowbar _ hyphen ‐ vert | grave ` plus + equals =
ast * OElig Œ oelig œ Scaron Š scaron š Yuml Ÿ fnof ƒ circ ˆ tilde ˜ alpha α beta β gamma γ delta δ pi π mu μ omega ω Omega Ω
Delta Δ lambda λ
";

/// Names of characters that cannot be seen.
const UNSEEN: [(&str, char); 9] = [
    ("ensp", ' '),
    ("emsp", ' '),
    ("thinsp", ' '),
    ("Tab", '\t'),
    ("NewLine", '\n'),
    ("zwj", '\u{200D}'),
    ("zwnj", '\u{200C}'),
    ("lrm", '\u{200E}'),
    ("rlm", '\u{200F}'),
];

static NAMED: LazyLock<HashMap<&'static str, char>> = LazyLock::new(|| {
    let mut named: HashMap<&'static str, char> = UNSEEN.into_iter().collect();
    named.extend(LATIN_1.split_whitespace().zip('\u{A0}'..='\u{FF}'));
    let mut others = OTHERS.split_whitespace();
    while let (Some(name), Some(written)) = (others.next(), others.next()) {
        named.extend(written.chars().next().map(|decoded| (name, decoded)));
    }
    named
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_are_decoded() {
        for (name, decoded) in [
            ("amp", '&'),
            ("nbsp", '\u{A0}'),
            ("yuml", 'ÿ'),
            ("times", '×'),
            ("lambda", 'λ'),
            ("bsol", '\\'),
            ("#39", '\''),
            ("#x27", '\''),
            ("#X1f600", '😀'),
            ("#128", '€'),
            ("#159", 'Ÿ'),
            ("#146", '’'),
        ] {
            assert_eq!(decode_reference(name), Some(decoded), "{name}");
        }
        for name in
            ["", "#", "#x", "#xZZ", "#0", "#xD800", "#x110000", "#99999999999", "Amp", "foo", "#-1"]
        {
            assert_eq!(decode_reference(name), None, "{name}");
        }
    }

    #[test]
    fn the_tables_are_complete() {
        assert_eq!(LATIN_1.split_whitespace().count(), 96);
        assert_eq!(WINDOWS_1252.chars().count(), 32);
        let others: Vec<&str> = OTHERS.split_whitespace().collect();
        assert_eq!(others.len() % 2, 0);
        for pair in others.chunks(2) {
            assert!(pair[0].is_ascii() && pair[1].chars().count() == 1, "{pair:?}");
        }
    }
}
