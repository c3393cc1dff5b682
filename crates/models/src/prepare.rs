//! The one function that turns a post into the text a model reads.

/// Prepares a text for the models, in training and at run time alike.
///
/// In this order: character references of HTML are decoded (twice, since tweets often carry `&amp;lt;`); links become
/// `http`; mentions become `@user`; runs of white space and control characters become one space, with none at either end.
/// The marks `http` and `@user` are those of TweetEval (Barbieri et al. 2020). Preparing a prepared text changes nothing.
pub fn prepare_text(text: &str) -> String {
    let decoded = decode_references(&decode_references(text));
    let masked = mask_links_and_mentions(&decoded);
    let mut prepared = String::with_capacity(masked.len());
    for word in masked.split(|c: char| c.is_whitespace() || c.is_control()) {
        if word.is_empty() {
            continue;
        }
        if !prepared.is_empty() {
            prepared.push(' ');
        }
        prepared.push_str(word);
    }
    prepared
}

/// The named character references (HTML Living Standard, section 13.5) that occur in posts.
const REFERENCES: &[(&str, &str)] = &[
    ("amp", "&"),
    ("lt", "<"),
    ("gt", ">"),
    ("quot", "\""),
    ("apos", "'"),
    ("nbsp", " "),
    ("hellip", "…"),
    ("mdash", "—"),
    ("ndash", "–"),
    ("lsquo", "‘"),
    ("rsquo", "’"),
    ("ldquo", "“"),
    ("rdquo", "”"),
    ("bull", "•"),
    ("middot", "·"),
    ("copy", "©"),
    ("reg", "®"),
    ("trade", "™"),
    ("hearts", "♥"),
    ("euro", "€"),
    ("pound", "£"),
    ("yen", "¥"),
];

fn decode_references(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        decoded.push_str(&rest[..start]);
        rest = &rest[start..];
        match decode_reference(rest) {
            Some((character, length)) => {
                decoded.push_str(&character);
                rest = &rest[length..];
            }
            None => {
                decoded.push('&');
                rest = &rest[1..];
            }
        }
    }
    decoded.push_str(rest);
    decoded
}

/// Decodes the reference that `text` starts with; gives its characters and its length in bytes.
fn decode_reference(text: &str) -> Option<(String, usize)> {
    let end = text.bytes().take(10).position(|byte| byte == b';')?;
    let name = &text[1..end];
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
            None => number.parse().ok()?,
        };
        return Some((char::from_u32(code)?.to_string(), end + 1));
    }
    let (_, value) = REFERENCES.iter().find(|(reference, _)| *reference == name)?;
    Some((value.to_string(), end + 1))
}

/// The most characters a mention may have; longer runs are cut there.
const LONGEST_MENTION: usize = 30;

fn mask_links_and_mentions(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut previous = ' ';
    let mut position = 0;
    while let Some(character) = text[position..].chars().next() {
        let rest = &text[position..];
        let starts_word = !previous.is_alphanumeric() || !previous.is_ascii();
        if starts_word && let Some(length) = link_length(rest) {
            masked.push_str("http");
            position += length;
            previous = 'p';
            continue;
        }
        if character == '@' && starts_word {
            let length = mention_length(&rest[1..]);
            if length > 0 {
                masked.push_str("@user");
                position += 1 + length;
                previous = 'r';
                continue;
            }
        }
        masked.push(character);
        position += character.len_utf8();
        previous = character;
    }
    masked
}

/// Gives the length in bytes of the link that `text` starts with. A link is ASCII and ends before Chinese text.
fn link_length(text: &str) -> Option<usize> {
    let prefix = ["https://", "http://", "www."]
        .into_iter()
        .find(|prefix| text.get(..prefix.len()).is_some_and(|s| s.eq_ignore_ascii_case(prefix)))?;
    let body = text[prefix.len()..]
        .bytes()
        .take_while(|byte| byte.is_ascii_graphic() && !b"<>\"".contains(byte))
        .count();
    (body > 0).then_some(prefix.len() + body)
}

fn mention_length(text: &str) -> usize {
    text.chars()
        .take(LONGEST_MENTION)
        .take_while(|c| c.is_alphanumeric() || *c == '_' || *c == '-')
        .map(char::len_utf8)
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_links_and_mentions_in_both_languages() {
        assert_eq!(prepare_text("See https://t.co/aB1?x=1 now"), "See http now");
        assert_eq!(
            prepare_text("看这个http://t.cn/RabC哈哈 //@小明-1:转发"),
            "看这个http哈哈 //@user:转发"
        );
        assert_eq!(prepare_text("mail me@home.org, @Bob_7!"), "mail me@home.org, @user!");
    }

    #[test]
    fn decodes_references_twice_and_leaves_the_rest() {
        assert_eq!(
            prepare_text("a &amp;lt;3 b &#39;c&#x27; AT&T &;&nosuch; &"),
            "a <3 b 'c' AT&T &;&nosuch; &"
        );
    }

    #[test]
    fn collapses_space_and_is_idempotent() {
        let once = prepare_text(" a\t\n b\u{3000}c @x http://y.z &amp;amp; ");
        assert_eq!(once, "a b c @user http &");
        assert_eq!(prepare_text(&once), once);
    }
}
