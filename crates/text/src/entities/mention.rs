//! Mentions: `@name` of any platform, `@user@host` of the fediverse; and e-mail addresses, which look like them.

use crate::entities::{Entity, EntityKind};

/// Longest name, in characters (Weibo and X stay below; Bluesky handles are host names).
const LONGEST_NAME: usize = 64;
/// Longest name that holds other than ASCII letters, in characters (Weibo's limit).
const LONGEST_NON_ASCII_NAME: usize = 30;

/// Finds an e-mail address around the `@` at `at`.
pub(crate) fn find_email(text: &str, at: usize, floor: usize) -> Option<Entity> {
    let bytes = text.as_bytes();
    let is_local = |byte: &u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'%' | b'+' | b'-')
    };
    let local_length =
        bytes[floor..at].iter().rev().take(64).take_while(|byte| is_local(byte)).count();
    let skipped = bytes[at - local_length..at]
        .iter()
        .take_while(|byte| !byte.is_ascii_alphanumeric())
        .count();
    let start = at - local_length + skipped;
    if start >= at {
        return None;
    }
    let domain_length = domain_length(&text[at + 1..])?;
    Some(Entity { kind: EntityKind::Email, start, end: at + 1 + domain_length })
}

/// Finds a mention whose sign, `sign_length` bytes long, stands at `at`.
pub(crate) fn find(text: &str, at: usize, sign_length: usize) -> Option<Entity> {
    let name_start = at + sign_length;
    let rest = &text[name_start..];
    let previous = text[..at].chars().next_back();
    let after_word =
        previous.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '%' | '+' | '-'));
    if matches!(previous, Some('@' | '＠'))
        || (after_word && rest.starts_with(|c: char| c.is_ascii()))
    {
        return None;
    }
    let length = name_length(rest)?;
    let mut end = name_start + length;
    if let Some(host) = text[end..].strip_prefix('@')
        && let Some(host_length) = domain_length(host)
    {
        end += 1 + host_length;
    }
    Some(Entity { kind: EntityKind::Mention, start: at, end })
}

fn name_length(rest: &str) -> Option<usize> {
    let mut end = 0;
    let mut has_letter = false;
    let mut is_ascii = true;
    let mut previous = ' ';
    let mut characters = rest.char_indices().peekable();
    let mut count = 0;
    while let Some((at, c)) = characters.next() {
        let next = characters.peek().map_or(' ', |(_, next)| *next);
        let accepted = match c {
            '_' => true,
            '-' | '·' => previous.is_alphanumeric() && (next.is_alphanumeric() || next == '_'),
            '.' => previous.is_ascii_alphanumeric() && next.is_ascii_alphanumeric(),
            _ => c.is_alphanumeric(),
        };
        let limit = if is_ascii && c.is_ascii() { LONGEST_NAME } else { LONGEST_NON_ASCII_NAME };
        if !accepted || count >= limit {
            break;
        }
        has_letter |= c.is_alphabetic() || c == '_';
        is_ascii &= c.is_ascii();
        previous = c;
        count += 1;
        end = at + c.len_utf8();
    }
    has_letter.then_some(end)
}

/// Length of the host name at the start of `rest`: at least two ASCII labels, the last one of letters.
fn domain_length(rest: &str) -> Option<usize> {
    let bytes = rest.as_bytes();
    let mut best = None;
    let mut label_start = 0;
    let mut labels = 0;
    let mut at = 0;
    loop {
        let byte = bytes.get(at).copied().unwrap_or(b' ');
        if byte.is_ascii_alphanumeric() || (byte == b'-' && at > label_start) {
            at += 1;
            continue;
        }
        let label = &bytes[label_start..at];
        if label.is_empty() {
            break;
        }
        labels += 1;
        if labels >= 2 && label.len() >= 2 && label.iter().all(u8::is_ascii_alphabetic) {
            best = Some(at);
        }
        if byte != b'.' {
            break;
        }
        at += 1;
        label_start = at;
    }
    best
}

#[cfg(test)]
mod tests {
    use crate::entities::{EntityKind, find_entities, mentions};

    #[test]
    fn mentions_are_found() {
        let cases: &[(&str, &[&str])] = &[
            ("@Alice and @bob_99, hi", &["alice", "bob_99"]),
            ("RT @NASA: text", &["nasa"]),
            (".@apple fix this", &["apple"]),
            ("@张三 你好", &["张三"]),
            ("//@李四：哈哈//@王五:转", &["李四", "王五"]),
            ("回复@小明-_1:好", &["小明-_1"]),
            ("找@人民日报，谢谢", &["人民日报"]),
            ("＠全角 名字", &["全角"]),
            ("hello @Gargron@mastodon.social!", &["gargron@mastodon.social"]),
            ("@alice.bsky.social. Bye", &["alice.bsky.social"]),
            ("@user@notahost @b", &["user", "b"]),
            ("thanks @john.", &["john"]),
            ("a@张三", &["张三"]),
            ("@one@two.com@three", &["one@two.com"]),
            ("@a😀@b", &["a", "b"]),
            ("@마리아 @Łukasz", &["마리아", "łukasz"]),
        ];
        for (text, expected) in cases {
            assert_eq!(&mentions(text), expected, "{text}");
        }
    }

    #[test]
    fn other_signs_are_no_mentions() {
        for text in [
            "@",
            "@ home",
            "meet @ 5",
            "@123",
            "name@example.com",
            "x.y+z@mail.example.org",
            "a@b",
            "@@x y",
            "5 @$3",
        ] {
            assert_eq!(mentions(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn email_addresses_are_whole() {
        let text = "写信到john.doe+x@mail.example.com。或 _a@b.co.uk!";
        let found: Vec<&str> = find_entities(text)
            .iter()
            .filter(|entity| entity.kind == EntityKind::Email)
            .map(|entity| entity.text(text))
            .collect();
        assert_eq!(found, ["john.doe+x@mail.example.com", "a@b.co.uk"]);
    }
}
