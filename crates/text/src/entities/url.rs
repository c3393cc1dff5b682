//! Web addresses, after RFC 3986 and RFC 3987 with what people write: no spaces around them, Chinese text glued to them.

use crate::characters::is_cjk;
use crate::entities::{Entity, EntityKind};

/// Hosts whose links are recognised without a scheme, because posts write them so. Their paths are short ASCII codes, so
/// anything else ends the link.
const SHORTENERS: &[&str] = &[
    "t.cn",
    "t.co",
    "bit.ly",
    "url.cn",
    "dwz.cn",
    "goo.gl",
    "youtu.be",
    "b23.tv",
    "v.douyin.com",
    "xhslink.com",
    "tinyurl.com",
    "ow.ly",
    "is.gd",
    "buff.ly",
    "t.me",
    "wa.me",
    "discord.gg",
    "amzn.to",
    "fb.me",
    "m.tb.cn",
    "lnkd.in",
    "trib.al",
    "dlvr.it",
    "cutt.ly",
    "suo.im",
    "weibo.com",
    "u.jd.com",
    "s.click.taobao.com",
];

/// Longest Weibo topic, in bytes, for which a `#` in an address is taken as the start of a topic.
const LONGEST_TOPIC: usize = 120;

/// Finds `http://…` or `https://…` around the colon at `at`.
pub(crate) fn find_with_scheme(text: &str, at: usize, floor: usize) -> Option<Entity> {
    let after = text[at..].strip_prefix("://")?;
    let before = &text.as_bytes()[floor..at];
    let scheme_length = ["https", "http"].into_iter().map(str::len).find(|length| {
        before.len() >= *length
            && before[before.len() - length..].eq_ignore_ascii_case(&b"https"[..*length])
    })?;
    let host_start = text.len() - after.len();
    let end = find_end(text, host_start)?;
    Some(Entity { kind: EntityKind::Url, start: at - scheme_length, end })
}

/// Finds `www.…` around the dot at `at`.
pub(crate) fn find_with_www(text: &str, at: usize, floor: usize) -> Option<Entity> {
    let start = at.checked_sub(3).filter(|start| *start >= floor)?;
    if !text.as_bytes()[start..at].eq_ignore_ascii_case(b"www") || glued(text, start) {
        return None;
    }
    let end = find_end(text, start)?;
    Some(Entity { kind: EntityKind::Url, start, end })
}

/// Finds the link of a well-known shortener around the slash at `at`.
pub(crate) fn find_short_link(text: &str, at: usize, floor: usize) -> Option<Entity> {
    let bytes = text.as_bytes();
    if !bytes.get(at + 1).is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    let before = &bytes[floor..at];
    let host = SHORTENERS.iter().find(|host| {
        before.len() >= host.len()
            && before[before.len() - host.len()..].eq_ignore_ascii_case(host.as_bytes())
    })?;
    let start = at - host.len();
    if glued(text, start) {
        return None;
    }
    let end = find_end(text, start)?;
    Some(Entity { kind: EntityKind::Url, start, end })
}

/// Tells whether the word that begins at `start` is the middle of a longer one.
fn glued(text: &str, start: usize) -> bool {
    let previous = start.checked_sub(1).map(|index| text.as_bytes()[index]);
    previous.is_some_and(|byte| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'@' | b'_' | b'/')
    })
}

/// Finds the end of the address whose host begins at `host_start`, or `None` if no address begins there.
fn find_end(text: &str, host_start: usize) -> Option<usize> {
    let host_length = host_length(&text[host_start..])?;
    let host_end = host_start + host_length;
    let host = &text[host_start..host_end];
    let is_short = SHORTENERS.iter().any(|short| short.eq_ignore_ascii_case(host));
    let mut end = host_end;
    let rest = &text[host_end..];
    if let Some(port) = rest.strip_prefix(':') {
        let digits = port.bytes().take_while(u8::is_ascii_digit).count();
        if (1..=5).contains(&digits) {
            end += 1 + digits;
        }
    }
    if text[end..].starts_with(['/', '?', '#']) {
        end += path_length(&text[end..], is_short);
    }
    Some(host_end + trimmed_length(&text[host_end..end]))
}

/// Length of the host at the start of `rest`: labels of letters and digits with at least one dot, `localhost`, or an IPv4
/// address. A Chinese label must be Chinese from its first character, so that text glued to `example.com` ends it.
fn host_length(rest: &str) -> Option<usize> {
    let mut end = 0;
    let mut label_start = 0;
    let mut label_is_cjk = false;
    for (at, c) in rest.char_indices() {
        if c == '.' {
            if at == label_start {
                break;
            }
            label_start = at + 1;
            continue;
        }
        if at == label_start {
            label_is_cjk = is_cjk(c);
        }
        let accepted = match c {
            _ if c.is_ascii_alphanumeric() => true,
            '-' | '_' => at > label_start,
            _ if is_cjk(c) => label_is_cjk,
            _ => !c.is_ascii() && c.is_alphanumeric() && !label_is_cjk,
        };
        if !accepted {
            break;
        }
        end = at + c.len_utf8();
    }
    let host = &rest[..end];
    if host.eq_ignore_ascii_case("localhost") {
        return Some(end);
    }
    let (_, last_label) = host.rsplit_once('.')?;
    let is_number = last_label.bytes().all(|byte| byte.is_ascii_digit());
    let is_address = is_number
        && host.split('.').count() == 4
        && host.split('.').all(|part| part.parse::<u8>().is_ok());
    let is_domain = !is_number && last_label.chars().nth(1).is_some();
    (is_domain || is_address).then_some(end)
}

/// Length of path, query and fragment at the start of `rest`.
fn path_length(rest: &str, is_short: bool) -> usize {
    let mut end = 0;
    let mut previous = ' ';
    for (at, c) in rest.char_indices() {
        let accepted = match c {
            '#' if is_short => false,
            '#' => !starts_topic(&rest[at + 1..]),
            '<' | '>' | '"' | '`' | '\\' | ' ' => false,
            _ if c.is_ascii() => !c.is_ascii_control(),
            _ if is_short => false,
            // A path segment or value may be Chinese if it is so from its first character.
            _ if is_cjk(c) => {
                is_cjk(previous)
                    || matches!(previous, '/' | '=' | '_' | '-' | '(' | '#' | '+' | '%' | ':')
            }
            _ => c.is_alphabetic(),
        };
        if !accepted {
            break;
        }
        previous = c;
        end = at + c.len_utf8();
    }
    end
}

/// Tells whether the text after a `#` is a Weibo topic glued to an address: Chinese, and closed by another `#`.
fn starts_topic(rest: &str) -> bool {
    rest.starts_with(is_cjk)
        && rest
            .char_indices()
            .take_while(|(at, c)| *at < LONGEST_TOPIC && !c.is_whitespace())
            .any(|(_, c)| matches!(c, '#' | '＃'))
}

/// Length of `tail` without the punctuation of the sentence around it. A closing bracket stays if it was opened inside.
fn trimmed_length(tail: &str) -> usize {
    let mut tail = tail;
    while let Some(last) = tail.chars().next_back() {
        let open = match last {
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '~' | '|' | '#' | '&' | '@' | '$'
            | '^' => None,
            ')' => Some('('),
            ']' => Some('['),
            '}' => Some('{'),
            _ => break,
        };
        if let Some(open) = open
            && tail.matches(open).count() >= tail.matches(last).count()
        {
            break;
        }
        tail = &tail[..tail.len() - last.len_utf8()];
    }
    tail.len()
}

#[cfg(test)]
mod tests {
    use crate::entities::urls;

    #[test]
    fn addresses_are_found_whole() {
        for (text, expected) in [
            ("see https://example.com.", "https://example.com"),
            ("HTTP://Example.COM/Path?a=1&b=2#top", "HTTP://Example.COM/Path?a=1&b=2#top"),
            ("herehttp://t.co/AbC123", "http://t.co/AbC123"),
            (
                "(https://en.wikipedia.org/wiki/Rust_(language))",
                "https://en.wikipedia.org/wiki/Rust_(language)",
            ),
            ("www.example.co.uk/page, ok", "www.example.co.uk/page"),
            ("看这里http://t.cn/A6xyz真的好笑", "http://t.cn/A6xyz"),
            ("t.cn/Rxyz123，转起", "t.cn/Rxyz123"),
            (
                "链接：https://zh.wikipedia.org/wiki/北京_(消歧义)。",
                "https://zh.wikipedia.org/wiki/北京_(消歧义)",
            ),
            ("https://例子.中国/路径?q=值", "https://例子.中国/路径?q=值"),
            ("http://müller.de/größe!", "http://müller.de/größe"),
            ("官网https://example.com真好看", "https://example.com"),
            ("https://example.com/a真好看", "https://example.com/a"),
            ("http://localhost:8080/x", "http://localhost:8080/x"),
            ("http://192.168.0.1:80/?", "http://192.168.0.1:80/"),
            ("http://t.cn/abc#话题#", "http://t.cn/abc"),
            ("http://a.test/b#话题#", "http://a.test/b"),
            ("“https://a.test/b”", "https://a.test/b"),
            ("http://a.test/b？真的", "http://a.test/b"),
            ("<https://a.test/b>", "https://a.test/b"),
            ("https://a.test/b…", "https://a.test/b"),
        ] {
            assert_eq!(urls(text), [expected], "{text}");
        }
    }

    #[test]
    fn other_text_is_no_address() {
        for text in [
            "http://",
            "https://.",
            "http://真好看",
            "http://nodot",
            "a.b",
            "www.",
            "e.g. this",
            "3.14",
            "and/or",
            "1/2",
            "Hello.World",
            "not.t.cn/abc",
            "http://1.2.3",
            "http://1.2.3.4444/",
        ] {
            assert_eq!(urls(text), Vec::<String>::new(), "{text}");
        }
    }
}
