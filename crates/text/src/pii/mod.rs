//! Personal data in text, for China, the United States and international forms. Recognisers favour precision: a number is
//! only reported where its form, check digits or the word before it say what it is.

mod recognizers;

use recognizers::{COMPILED, Find, Signs};

use crate::entities::{Entity, EntityKind, find_entities};

/// Kinds of personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PiiKind {
    /// An e-mail address.
    Email,
    /// A phone number: Chinese mobile or landline, North American, or international with `+`.
    Phone,
    /// A Chinese resident identity number of 18 digits with a valid date and check digit (GB 11643-1999).
    IdentityCard,
    /// A payment card number of 16 to 19 digits with a known prefix and a valid check digit (ISO/IEC 7812-1).
    BankCard,
    /// An IPv4 or IPv6 address.
    IpAddress,
    /// A QQ number after its keyword.
    QqNumber,
    /// A WeChat name after its keyword.
    WechatId,
    /// A Chinese car plate (GA 36-2018), new-energy plates included.
    LicensePlate,
}

impl PiiKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Email,
        Self::Phone,
        Self::IdentityCard,
        Self::BankCard,
        Self::IpAddress,
        Self::QqNumber,
        Self::WechatId,
        Self::LicensePlate,
    ];

    /// Returns the name used in tables and in the text that [`mask_pii`] puts in place, such as `identity-card`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
            Self::IdentityCard => "identity-card",
            Self::BankCard => "bank-card",
            Self::IpAddress => "ip-address",
            Self::QqNumber => "qq-number",
            Self::WechatId => "wechat-id",
            Self::LicensePlate => "license-plate",
        }
    }
}

/// A piece of personal data and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PiiSpan {
    /// What it is.
    pub kind: PiiKind,
    /// Byte offset of its first character.
    pub start: usize,
    /// Byte offset after its last character.
    pub end: usize,
}

/// Finds personal data in a text, in order, without overlaps, on character boundaries. Numbers inside web addresses are not
/// reported, since those are identifiers of pages.
pub fn find_pii(text: &str) -> Vec<PiiSpan> {
    let signs = Signs::of(text);
    if PiiKind::ALL.iter().all(|kind| !signs.allow(*kind)) {
        return Vec::new();
    }
    let entities = find_entities(text);
    let mut spans: Vec<PiiSpan> = entities
        .iter()
        .filter(|entity| entity.kind == EntityKind::Email)
        .map(|entity| PiiSpan { kind: PiiKind::Email, start: entity.start, end: entity.end })
        .collect();
    let in_web_address = |start: usize, end: usize| {
        let overlaps = |entity: &Entity| entity.start < end && start < entity.end;
        entities.iter().any(|entity| entity.kind == EntityKind::Url && overlaps(entity))
    };
    for recognizer in COMPILED.iter() {
        if !signs.allow(recognizer.kind) {
            continue;
        }
        for found in recognizer.expression.captures_iter(text) {
            let Some(whole) = found.get(0) else { continue };
            let span = found.get(1).unwrap_or(whole);
            let (start, end) = (span.start(), span.end());
            let is_free = spans.iter().all(|known| end <= known.start || known.end <= start);
            let find = Find { text, keyword_start: whole.start(), start, end };
            if is_free && (recognizer.accepts)(&find) && !in_web_address(start, end) {
                spans.push(PiiSpan { kind: recognizer.kind, start, end });
            }
        }
    }
    spans.sort_unstable_by_key(|span| span.start);
    spans
}

/// Returns the text with personal data replaced by its kind in brackets, such as `[phone]`.
pub fn mask_pii(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut from = 0;
    for span in find_pii(text) {
        masked.push_str(&text[from..span.start]);
        masked.push('[');
        masked.push_str(span.kind.as_str());
        masked.push(']');
        from = span.end;
    }
    masked.push_str(&text[from..]);
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(&'static str, &str)> {
        find_pii(text)
            .iter()
            .map(|span| (span.kind.as_str(), &text[span.start..span.end]))
            .collect()
    }

    #[test]
    fn personal_data_is_found() {
        let cases: &[(&str, &[(&str, &str)])] = &[
            ("mail john.doe+x@example.co.uk please", &[("email", "john.doe+x@example.co.uk")]),
            ("我的手机13800138000，随时联系", &[("phone", "13800138000")]),
            (
                "电话+86 138-0013-8000或138 0013 8000",
                &[("phone", "+86 138-0013-8000"), ("phone", "138 0013 8000")],
            ),
            ("座机010-62781234", &[("phone", "010-62781234")]),
            (
                "call (415) 555-2671 or 415-555-2671",
                &[("phone", "(415) 555-2671"), ("phone", "415-555-2671")],
            ),
            (
                "+1 415 555 2671; +44 20 7946 0958",
                &[("phone", "+1 415 555 2671"), ("phone", "+44 20 7946 0958")],
            ),
            ("身份证11010519491231002X", &[("identity-card", "11010519491231002X")]),
            ("card 4111 1111 1111 1111 ok", &[("bank-card", "4111 1111 1111 1111")]),
            ("卡号6222600260001072444", &[("bank-card", "6222600260001072444")]),
            (
                "server at 203.0.113.7, v6 2001:db8::8a2e:370:7334",
                &[("ip-address", "203.0.113.7"), ("ip-address", "2001:db8::8a2e:370:7334")],
            ),
            (
                "加QQ：12345678，QQ群 987654321",
                &[("qq-number", "12345678"), ("qq-number", "987654321")],
            ),
            ("QQ号13800138000", &[("qq-number", "13800138000")]),
            (
                "微信号：abc_12345 或者 vx hello2020",
                &[("wechat-id", "abc_12345"), ("wechat-id", "hello2020")],
            ),
            ("加V:zhuanqian", &[("wechat-id", "zhuanqian")]),
            (
                "车牌京A·12345和沪AD12345",
                &[("license-plate", "京A·12345"), ("license-plate", "沪AD12345")],
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(&found(text), expected, "{text}");
        }
    }

    #[test]
    fn other_numbers_are_left_alone() {
        for text in [
            "",
            "in 2024 we sold 1234567 units",
            "12345678901",
            "113800138000",
            "138001380001",
            "a13800138000",
            "110105194912310021",
            "110105194913310020",
            "4111 1111 1111 1112",
            "id 1234567890123456789",
            "version 1.2.3.4",
            "1.2.3.4.5",
            "300.1.1.1",
            "12:30:45",
            "std::vector",
            "wechat payments are popular",
            "微信支付很方便",
            "https://weibo.com/6222600260001072444/13800138000",
            "3.1415926535",
            "$4,111",
            "#13800138000abc",
            "qqx 12345678",
            "京东ABC",
            "2024-11-24 08:30",
            "+5 points",
            "100-200-3000x",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn masking_keeps_the_rest() {
        assert_eq!(
            mask_pii("张三，13800138000，a@b.co，京A12345。"),
            "张三，[phone]，[email]，[license-plate]。"
        );
        assert_eq!(mask_pii("nothing here"), "nothing here");
        let masked = mask_pii("微信号：abc_12345 QQ:12345678 card 4111111111111111");
        assert_eq!(mask_pii(&masked), masked);
    }
}
