//! HTML tags and character references to text, in one pass that decodes on the closing `>` or `;`, so that doubly encoded
//! text (`&amp;lt;`) comes out whole. Only what parses as a known tag or reference is touched: `a < b`, `<3` and
//! `List<String>` survive.

mod references;

use references::decode_reference;

/// Longest tag that is recognised, in bytes. Longer ones are left as text.
const LONGEST_TAG: usize = 4096;
/// Longest character reference that is recognised, in bytes, `&` and `;` included.
const LONGEST_REFERENCE: usize = 33;

/// What a tag does to the text around it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Effect {
    /// Separates words (`<p>`, `<br>`).
    Break,
    /// Leaves no trace (`<b>`, `<span>`).
    Nothing,
    /// Hides its content (`<script>`, `<style>`).
    Hide,
}

/// Elements that vanish without separating words.
const INLINE: &str = "a abbr acronym b bdi bdo big cite code del dfn em font i img input ins kbd label link mark meta q rp rt ruby s \
     samp small span strike strong sub sup time tt u var wbr";

/// Elements that separate words.
const BREAKING: &str = "address article aside audio blockquote body br button caption center dd details div dl dt embed fieldset \
     figcaption figure footer form h1 h2 h3 h4 h5 h6 head header hr html iframe li main nav noscript object ol option p picture \
     pre section select source summary svg table tbody td textarea tfoot th thead title tr ul video";

/// Elements whose content is not text.
const HIDING: &str = "script style";

/// Attributes that may stand without a value; any other bare word means that this is no tag (`a <b and c> d`).
const BARE_ATTRIBUTES: &str = "allowfullscreen async autoplay checked controls crossorigin defer disabled download hidden itemscope \
     loop muted novalidate open playsinline readonly required reversed selected";

/// Returns the text without its tags and references, or `None` when there are none (the common case, decided by a search
/// for `<`…`>` and `&`…`;`).
pub(crate) fn strip_markup(text: &str) -> Option<String> {
    let has_tag = text.contains('<') && text.contains('>');
    let has_reference = text.contains('&') && text.contains(';');
    if !has_tag && !has_reference {
        return None;
    }
    let mut stripper = Stripper {
        output: String::with_capacity(text.len()),
        last_open: None,
        comment_start: None,
        hidden_from: None,
        changed: false,
    };
    for c in text.chars() {
        stripper.push(c);
    }
    stripper.changed.then_some(stripper.output)
}

struct Stripper {
    output: String,
    /// Byte offset of the last `<` in the output.
    last_open: Option<usize>,
    /// Byte offset of the first `<!--` in the output that is still open.
    comment_start: Option<usize>,
    /// Length of the output before a `<script>` or `<style>` that is still open.
    hidden_from: Option<usize>,
    changed: bool,
}

impl Stripper {
    fn push(&mut self, c: char) {
        self.output.push(c);
        match c {
            '<' => self.last_open = Some(self.output.len() - 1),
            '-' if self.comment_start.is_none() && self.output.ends_with("<!--") => {
                self.comment_start = Some(self.output.len() - 4);
            }
            '>' => self.close_tag(),
            ';' => self.close_reference(),
            _ => {}
        }
    }

    fn close_reference(&mut self) {
        let bytes = self.output.as_bytes();
        let earliest = bytes.len().saturating_sub(LONGEST_REFERENCE);
        let Some(back) = bytes[earliest..].iter().rposition(|byte| *byte == b'&') else { return };
        let start = earliest + back;
        let name = &self.output[start + 1..self.output.len() - 1];
        let Some(decoded) = decode_reference(name) else { return };
        self.output.truncate(start);
        self.changed = true;
        // Back through `push`, because a decoded `;` or `>` may itself end something.
        self.push(decoded);
    }

    fn close_tag(&mut self) {
        if let Some(start) = self.comment_start
            && self.output[start + 4..].ends_with("-->")
        {
            self.cut(start);
            self.output.push(' ');
            return;
        }
        let Some(start) = self.last_open else { return };
        if self.output.len() - start > LONGEST_TAG {
            return;
        }
        let Some(tag) = parse_tag(&self.output[start..]) else { return };
        let alternative_text = tag.alternative_text.map(str::to_owned);
        let (effect, closing) = (tag.effect, tag.closing);
        self.cut(start);
        match effect {
            Effect::Break => self.output.push(' '),
            Effect::Nothing => {}
            Effect::Hide if closing => {
                if let Some(hidden_from) = self.hidden_from.take() {
                    self.cut(hidden_from.min(self.output.len()));
                }
                self.output.push(' ');
            }
            Effect::Hide => self.hidden_from = Some(self.output.len()),
        }
        if let Some(alternative_text) = alternative_text {
            self.output.push_str(&alternative_text);
        }
    }

    fn cut(&mut self, start: usize) {
        self.output.truncate(start);
        self.changed = true;
        self.comment_start = self.comment_start.filter(|comment| *comment < start);
        let earliest = start.saturating_sub(LONGEST_TAG);
        let before = &self.output.as_bytes()[earliest..];
        self.last_open = before.iter().rposition(|byte| *byte == b'<').map(|back| earliest + back);
    }
}

struct Tag<'t> {
    effect: Effect,
    closing: bool,
    /// The `alt` of an image: how Weibo writes its emoticons in HTML (`<img alt=[doge] …>`).
    alternative_text: Option<&'t str>,
}

/// Tells whether a name stands in a list of names.
fn lists(names: &str, name: &str) -> bool {
    names.split_ascii_whitespace().any(|known| known == name)
}

/// Parses `source`, which starts with `<` and ends with `>`, as one known tag with well-formed attributes.
fn parse_tag(source: &str) -> Option<Tag<'_>> {
    let body = source.strip_prefix('<')?.strip_suffix('>')?;
    let closing = body.starts_with('/');
    let body = body.strip_prefix('/').unwrap_or(body);
    if body.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("!doctype"))
        || body.starts_with("?xml")
    {
        return Some(Tag { effect: Effect::Break, closing: false, alternative_text: None });
    }
    let name_length = body.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let name = body[..name_length].to_ascii_lowercase();
    let effect = if lists(INLINE, &name) {
        Effect::Nothing
    } else if lists(BREAKING, &name) {
        Effect::Break
    } else if lists(HIDING, &name) {
        Effect::Hide
    } else {
        return None;
    };
    let mut rest = &body[name_length..];
    let mut alternative_text = None;
    loop {
        let trimmed = rest.trim_start();
        if trimmed.is_empty() || trimmed == "/" {
            break;
        }
        if trimmed.len() == rest.len() {
            return None;
        }
        let is_name = |byte: &u8| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b':' | b'.' | b'@')
        };
        let length = trimmed.bytes().take_while(|byte| is_name(byte)).count();
        let attribute = &trimmed[..length];
        if length == 0 {
            return None;
        }
        let Some(value_source) = trimmed[length..].trim_start().strip_prefix('=') else {
            if !lists(BARE_ATTRIBUTES, &attribute.to_ascii_lowercase()) {
                return None;
            }
            rest = &trimmed[length..];
            continue;
        };
        let (value, after) = parse_value(value_source.trim_start())?;
        if name == "img" && attribute.eq_ignore_ascii_case("alt") {
            alternative_text = Some(value);
        }
        rest = after;
    }
    Some(Tag { effect, closing, alternative_text })
}

/// Splits an attribute's value, quoted or not, from what follows it.
fn parse_value(source: &str) -> Option<(&str, &str)> {
    for quote in ['"', '\''] {
        if let Some(inside) = source.strip_prefix(quote) {
            let end = inside.find(quote)?;
            return Some((&inside[..end], &inside[end + 1..]));
        }
    }
    let end = source.find(char::is_whitespace).unwrap_or(source.len());
    Some(source.split_at(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strip(text: &str) -> String {
        strip_markup(text).unwrap_or_else(|| text.to_owned())
    }

    #[test]
    fn plain_text_survives() {
        for text in [
            "a < b and c > d",
            "i <3 you > all",
            "List<String> x = new ArrayList<>();",
            "if a <b and c> d",
            "x<i && i>y",
            "<- back next ->",
            "AT&T; R&D;",
            "&; &#; &#x; &#xZZ; &unknown;",
            "<<<>>>",
            "<b",
            "b>",
        ] {
            assert_eq!(strip_markup(text), None, "{text}");
        }
    }

    #[test]
    fn tags_become_nothing_or_a_space() {
        for (html, text) in [
            ("foo<b>bar</b>", "foobar"),
            ("one<br/>two<br>three", "one two three"),
            ("<p>Hello</p><p>World</p>", " Hello  World "),
            ("<a href=\"https://x.test/?a=1&amp;b=2\" rel='nofollow'>link</a>", "link"),
            ("<a href=\"/a>b\">x</a>", "x"),
            ("a<!-- hidden > part -->b", "a b"),
            ("x<script>if (a<b) {alert(1)}</script>y", "x y"),
            ("<STYLE type=\"text/css\">p {}</STYLE>y", " y"),
            ("<video controls src=x></video>z", "  z"),
            (
                "笑死<span class=\"url-icon\"><img alt=[doge] src=\"//h5.sinaimg.cn/doge.png\" /></span>",
                "笑死[doge]",
            ),
            ("<!DOCTYPE html><html><body>t</body></html>", "   t  "),
        ] {
            assert_eq!(strip(html), text, "{html}");
        }
    }

    #[test]
    fn references_are_decoded_to_the_end() {
        for (html, text) in [
            ("Tom &amp; Jerry", "Tom & Jerry"),
            ("&amp;amp;amp; x", "& x"),
            ("&amp;lt;b&amp;gt;bold", "bold"),
            ("it&#39;s &#x27;ok&#X27;", "it's 'ok'"),
            ("&quot;hi&quot;&nbsp;&hellip;", "\"hi\"\u{A0}…"),
            ("caf&eacute; &#146;s &#128512;", "café ’s 😀"),
            ("&am&amp;p; x", "&am&p; x"),
        ] {
            assert_eq!(strip(html), text, "{html}");
        }
    }

    #[test]
    fn hostile_input_stays_linear() {
        let nested = format!("&{};", "amp;".repeat(20_000));
        assert_eq!(strip(&nested), "&;");
        let open = "<".repeat(20_000) + &">".repeat(20_000);
        assert_eq!(strip_markup(&open), None);
        let comments = "<x".to_owned() + &"-->".repeat(20_000);
        assert_eq!(strip_markup(&comments), None);
        let unclosed = format!("<b x=\"{}", ">".repeat(20_000));
        assert_eq!(strip_markup(&unclosed), None);
    }
}
