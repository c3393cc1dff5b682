//! The recognisers of personal data: an expression for the form, a check for what an expression cannot say.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use regex::Regex;

use super::PiiKind;

/// What an expression found: the bytes `start..end` are the data, a keyword before it begins at `keyword_start`.
pub(super) struct Find<'t> {
    pub(super) text: &'t str,
    pub(super) keyword_start: usize,
    pub(super) start: usize,
    pub(super) end: usize,
}

pub(super) type Check = fn(&Find<'_>) -> bool;

/// One recogniser: what its expression finds, in group 1 if it has one, is reported if `accepts` agrees.
pub(super) struct Recognizer {
    pub(super) kind: PiiKind,
    pub(super) expression: Regex,
    pub(super) accepts: Check,
}

/// Expressions and checks, the more certain first: of overlapping finds the earlier recogniser's stays.
const RECOGNIZERS: &[(PiiKind, &str, Check)] = &[
    (
        PiiKind::QqNumber,
        r"(?i)(?:qq|扣扣|企鹅)(?:号码|号|群号|群)?[ :：是]{0,3}([1-9][0-9]{4,10})",
        |find| find.has_qq_bounds(),
    ),
    (PiiKind::IdentityCard, r"[1-9][0-9]{16}[0-9Xx]", |find| find.is_identity_card()),
    (PiiKind::BankCard, r"[2-6][0-9]{3}(?:[ -]?[0-9]{4}){3}(?:[ -]?[0-9]{1,3})?", |find| {
        find.is_bank_card()
    }),
    (PiiKind::Phone, r"(?:(?:\+|00)?86[- ]?)?1[3-9][0-9](?:[- ]?[0-9]{4}){2}", |find| {
        find.has_number_bounds()
    }),
    (
        PiiKind::Phone,
        r"(?:\+?1[ .-]?)?(?:\([2-9][0-9]{2}\)[ .-]?|[2-9][0-9]{2}[ .-])[0-9]{3}[ .-][0-9]{4}",
        |find| find.has_number_bounds(),
    ),
    (PiiKind::Phone, r"\+[1-9][0-9]{0,2}(?:[ .-]?\(?[0-9]{1,4}\)?){2,6}", |find| {
        find.is_international_phone()
    }),
    (PiiKind::Phone, r"\(?0[1-9][0-9]{1,2}(?:\)|-|\)-)[2-9][0-9]{6,7}", |find| {
        find.has_number_bounds()
    }),
    (PiiKind::IpAddress, r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}", |find| find.is_ipv4()),
    (PiiKind::IpAddress, r"(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}", |find| find.is_ipv6()),
    (
        PiiKind::WechatId,
        r"(?i)(?:微信号?|wechat(?: ?id)?|weixin|薇信|威信|v信|vx|wx|卫星号|加v|➕v)[ :：是]{0,3}([a-z][a-z0-9_-]{5,19})",
        |find| find.is_wechat_id(),
    ),
    (
        PiiKind::LicensePlate,
        r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][·•. -]?[A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9挂学警港澳]",
        |find| find.is_license_plate(),
    ),
];

pub(super) static COMPILED: LazyLock<Vec<Recognizer>> = LazyLock::new(|| {
    let compile = |(kind, expression, accepts): &(PiiKind, &str, Check)| {
        Regex::new(expression).ok().map(|expression| Recognizer {
            kind: *kind,
            expression,
            accepts: *accepts,
        })
    };
    RECOGNIZERS.iter().filter_map(compile).collect()
});

/// What a quick look at a text shows, so that few texts meet the expressions.
pub(super) struct Signs {
    digits: usize,
    dots: usize,
    colons: usize,
    has_at: bool,
    has_name_keyword: bool,
    is_ascii: bool,
}

impl Signs {
    pub(super) fn of(text: &str) -> Self {
        let count = |wanted: u8| text.bytes().filter(|byte| *byte == wanted).count();
        Self {
            digits: text.bytes().filter(u8::is_ascii_digit).count(),
            dots: count(b'.'),
            colons: count(b':'),
            has_at: count(b'@') > 0,
            has_name_keyword: has_name_keyword(text),
            is_ascii: text.is_ascii(),
        }
    }

    pub(super) fn allow(&self, kind: PiiKind) -> bool {
        match kind {
            PiiKind::Email => self.has_at,
            PiiKind::Phone => self.digits >= 8,
            PiiKind::IdentityCard => self.digits >= 17,
            PiiKind::BankCard => self.digits >= 16,
            PiiKind::IpAddress => (self.digits >= 4 && self.dots >= 3) || self.colons >= 2,
            PiiKind::QqNumber => self.digits >= 5,
            PiiKind::WechatId => self.has_name_keyword,
            PiiKind::LicensePlate => self.digits >= 1 && !self.is_ascii,
        }
    }
}

/// Tells quickly whether a keyword of WeChat may be there.
fn has_name_keyword(text: &str) -> bool {
    let is_latin_keyword = |pair: &[u8]| {
        let (first, second) = (pair[0].to_ascii_lowercase(), pair[1].to_ascii_lowercase());
        matches!((first, second), (b'v' | b'w', b'x') | (b'w', b'e'))
    };
    text.bytes().any(|byte| byte == b'v' || byte == b'V')
        && (text.contains('加') || text.contains('➕'))
        || text.contains('信')
        || text.contains("卫星")
        || text.as_bytes().windows(2).any(is_latin_keyword)
}

fn digits_of(text: &str) -> Vec<u32> {
    text.bytes().filter(u8::is_ascii_digit).map(|digit| u32::from(digit - b'0')).collect()
}

impl<'t> Find<'t> {
    fn written(&self) -> &'t str {
        &self.text[self.start..self.end]
    }

    fn byte_before(&self, start: usize) -> u8 {
        start.checked_sub(1).map_or(b' ', |before| self.text.as_bytes()[before])
    }

    fn byte_after(&self, distance: usize) -> u8 {
        self.text.as_bytes().get(self.end + distance).copied().unwrap_or(b' ')
    }

    /// Tells whether the find is a number of its own: no digit, Latin letter, sign or decimal point touches it.
    fn has_number_bounds(&self) -> bool {
        let (before, after) = (self.byte_before(self.start), self.byte_after(0));
        let follows_decimal =
            before == b'.' && self.start >= 2 && self.byte_before(self.start - 1).is_ascii_digit();
        let goes_on = matches!(after, b'.' | b'-') && self.byte_after(1).is_ascii_digit();
        let is_bounded = !before.is_ascii_alphanumeric() && !after.is_ascii_alphanumeric();
        is_bounded
            && !follows_decimal
            && !goes_on
            && !matches!(before, b'+' | b'-' | b'$')
            && after != b'%'
    }

    /// Tells whether the keyword is a word of its own, if it is of Latin letters.
    fn has_keyword_bounds(&self) -> bool {
        let is_latin = self.text.as_bytes()[self.keyword_start].is_ascii_alphabetic();
        !(is_latin && self.byte_before(self.keyword_start).is_ascii_alphanumeric())
    }

    fn has_qq_bounds(&self) -> bool {
        self.has_keyword_bounds() && !self.byte_after(0).is_ascii_alphanumeric()
    }

    fn is_identity_card(&self) -> bool {
        const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
        const CHECK_CHARACTERS: &[u8; 11] = b"10X98765432";
        let digits = digits_of(&self.written()[..17]);
        let number = |from: usize, to: usize| {
            digits[from..to].iter().fold(0, |number, digit| number * 10 + digit)
        };
        let (year, month, day) = (number(6, 10), number(10, 12), number(12, 14));
        let longest_month = match month {
            2 => 29,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        let is_date = (1900..2100).contains(&year)
            && (1..=12).contains(&month)
            && (1..=longest_month).contains(&day);
        let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
        let check = self.text.as_bytes()[self.end - 1].to_ascii_uppercase();
        self.has_number_bounds() && is_date && CHECK_CHARACTERS[sum as usize % 11] == check
    }

    fn is_bank_card(&self) -> bool {
        let digits = digits_of(self.written());
        // Mastercard 51-55 and 22-27, Visa 4, JCB 35, Discover 60 and 65, UnionPay 62.
        let is_known =
            matches!(digits[0] * 10 + digits[1], 22..=27 | 35 | 40..=49 | 51..=55 | 60 | 62 | 65);
        let doubled = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
        let sum: u32 = digits
            .iter()
            .rev()
            .enumerate()
            .map(|(place, digit)| if place % 2 == 1 { doubled(*digit) } else { *digit })
            .sum();
        self.has_number_bounds()
            && is_known
            && (16..=19).contains(&digits.len())
            && sum.is_multiple_of(10)
    }

    /// Checks the length of a number with `+` (ITU-T E.164: at most 15 digits).
    fn is_international_phone(&self) -> bool {
        self.has_number_bounds() && (8..=15).contains(&digits_of(self.written()).len())
    }

    fn is_ipv4(&self) -> bool {
        let before: Vec<char> = self.text[..self.start].chars().rev().take(10).collect();
        let before = before.into_iter().rev().collect::<String>().to_lowercase();
        let is_version = ["version", "版本"].iter().any(|word| before.contains(word));
        self.has_number_bounds()
            && self.byte_before(self.start) != b'.'
            && !is_version
            && self.written().parse::<Ipv4Addr>().is_ok()
    }

    fn is_ipv6(&self) -> bool {
        let groups = self.written().split(':').filter(|group| !group.is_empty()).count();
        let touches = |byte: u8| byte.is_ascii_alphanumeric() || byte == b':';
        groups >= 3
            && !touches(self.byte_before(self.start))
            && !touches(self.byte_after(0))
            && self.written().parse::<Ipv6Addr>().is_ok()
    }

    /// Tells a name from a word that happens to follow, as in `wechat payments`: after a Latin keyword without a colon or
    /// the like, a name must hold a digit or a sign.
    fn is_wechat_id(&self) -> bool {
        let lead = &self.text[self.keyword_start..self.start];
        let is_led = lead.contains([':', '：', '是', '号']);
        let has_mark = self.written().bytes().any(|byte| !byte.is_ascii_alphabetic());
        let after = self.byte_after(0);
        (is_led || has_mark)
            && self.has_keyword_bounds()
            && !after.is_ascii_alphanumeric()
            && after != b'@'
    }

    fn is_license_plate(&self) -> bool {
        let has_digit = self.written().bytes().any(|byte| byte.is_ascii_digit());
        has_digit && !self.byte_after(0).is_ascii_alphanumeric()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_expression_compiles() {
        assert_eq!(COMPILED.len(), RECOGNIZERS.len());
    }

    #[test]
    fn every_kind_but_email_has_an_expression() {
        for kind in PiiKind::ALL {
            assert!(
                kind == PiiKind::Email || RECOGNIZERS.iter().any(|(known, ..)| *known == kind),
                "{kind:?}"
            );
        }
    }
}
