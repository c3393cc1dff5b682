//! Times in words: English month names, the US form with the month first, and the relative times of Weibo.

use super::{
    Cursor, DAY, HOUR, MINUTE, SECOND, TimeContext, date_of, days_from_date, zone_minutes,
};

/// Reads a time that does not begin with a year.
pub(super) fn parse(text: &str, context: &TimeContext) -> Option<i64> {
    month_first(text, context)
        .or_else(|| without_year(text, context))
        .or_else(|| near_day(text, context))
        .or_else(|| ago(text, context))
        .or_else(|| month_name(text, context))
}

/// Reads `11/24/2026 8:21 PM` and `11/24/26 08:21`; two digits of a year mean 2000 to 2099.
fn month_first(text: &str, context: &TimeContext) -> Option<i64> {
    let mut cursor = Cursor { rest: text };
    let month = cursor.digits(1, 2)?;
    if !cursor.eat("/") {
        return None;
    }
    let day = cursor.digits(1, 2)?;
    if !cursor.eat("/") {
        return None;
    }
    let year = match cursor.digits(2, 4)? {
        short @ 0..100 => 2000 + short,
        long => long,
    };
    cursor.clock_after(days_from_date(year, month, day)?, context)
}

/// Reads `11月24日 08:21` and `11-24 08:21`: the latest such day that is at most one day after the reference.
///
/// Weibo leaves the year out while it is the current one. The day of grace is for readers east of the writer; the search ends
/// after eight years, within which every February but one of a century has had a 29th.
fn without_year(text: &str, context: &TimeContext) -> Option<i64> {
    let mut cursor = Cursor { rest: text };
    let month = cursor.digits(1, 2)?;
    let chinese = cursor.eat("月");
    if !chinese && !cursor.eat("-") {
        return None;
    }
    let day = cursor.digits(1, 2)?;
    if chinese {
        let _ = cursor.eat("日") || cursor.eat("号");
    } else if !cursor.rest.is_empty() && !cursor.rest.starts_with(' ') {
        return None;
    }
    let (this_year, _, _) = date_of(context.zone.to_local(context.reference).div_euclid(DAY));
    for year in (this_year - 8..=this_year + 1).rev() {
        let Some(date) = days_from_date(year, month, day) else { continue };
        let mut clock = cursor;
        let time = clock.clock_after(date, context)?;
        if time <= context.reference.saturating_add(DAY) {
            return Some(time);
        }
    }
    None
}

/// Reads `今天 08:21`, `昨天 08:21`, `前天 08:21`.
fn near_day(text: &str, context: &TimeContext) -> Option<i64> {
    let today = context.zone.to_local(context.reference).div_euclid(DAY);
    let names = [("今天", 0), ("昨天", 1), ("前天", 2), ("today", 0), ("yesterday", 1)];
    for (name, days) in names {
        let mut cursor = Cursor { rest: text };
        if cursor.eat(name) {
            return cursor.clock_after(today - days, context);
        }
    }
    None
}

/// Reads `刚刚`, `5秒前`, `5分钟前`, `3小时前`, `2天前` and their English kin.
fn ago(text: &str, context: &TimeContext) -> Option<i64> {
    let lower = text.to_lowercase();
    if ["刚刚", "剛剛", "just now", "now"].contains(&lower.as_str()) {
        return Some(context.reference);
    }
    let mut cursor = Cursor { rest: &lower };
    let count = cursor.digits(1, 5)?;
    cursor.skip_spaces();
    let unit = match cursor.rest {
        "秒前" | "秒钟前" | "秒鐘前" | "second ago" | "seconds ago" => SECOND,
        "分钟前" | "分鐘前" | "minute ago" | "minutes ago" => MINUTE,
        "小时前" | "小時前" | "hour ago" | "hours ago" => HOUR,
        "天前" | "day ago" | "days ago" => DAY,
        "周前" | "週前" | "week ago" | "weeks ago" => 7 * DAY,
        _ => return None,
    };
    Some(context.reference - count * unit)
}

/// Reads times with an English month name in any order: `Tue Nov 24 08:21:21 +0800 2026`, `24 Nov 2026 08:21:21 GMT` (RFC 5322),
/// `Nov 24, 2026, 8:21 PM`.
fn month_name(text: &str, context: &TimeContext) -> Option<i64> {
    let (mut year, mut month, mut day) = (None, None, None);
    let (mut clock, mut half, mut zone) = (None, None, None);
    for token in text.split([' ', ',', '\t', '\u{202f}']).filter(|t| !t.is_empty()) {
        let begins_with_digit = token.as_bytes()[0].is_ascii_digit();
        if begins_with_digit && token.contains(':') {
            clock = Some(token);
        } else if begins_with_digit {
            let mut cursor = Cursor { rest: token };
            let value = cursor.digits(1, 4)?;
            let ordinal = ["", "st", "nd", "rd", "th"].contains(&cursor.rest);
            match token.len() - cursor.rest.len() {
                4 if cursor.rest.is_empty() => year = Some(value),
                1 | 2 if ordinal && day.is_none() => day = Some(value),
                2 if cursor.rest.is_empty() => year = Some(2000 + value),
                _ => return None,
            }
        } else if let Some(number) = month_number(token) {
            month = Some(number);
        } else if let Some(minutes) = zone_minutes(token) {
            zone = Some(minutes);
        } else if ["am", "pm"].contains(&token.to_lowercase().as_str()) {
            half = Some(token);
        } else if !is_filler(token) {
            return None;
        }
    }
    let date = days_from_date(year?, month?, day?)?;
    let Some(clock) = clock else {
        return Some(context.zone.to_utc(date * DAY));
    };
    let whole = format!("{clock}{}", half.unwrap_or_default());
    let mut cursor = Cursor { rest: &whole };
    let local = date * DAY + cursor.clock()?;
    if !cursor.rest.is_empty() {
        return None;
    }
    Some(zone.map_or_else(|| context.zone.to_utc(local), |minutes| local - minutes * MINUTE))
}

/// Tells whether a word of a date carries nothing that is needed: a weekday, `at`, or a zone's name in brackets.
fn is_filler(token: &str) -> bool {
    let lower = token.to_lowercase();
    let weekday =
        ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].iter().any(|day| lower.starts_with(day));
    weekday || lower == "at" || lower == "·" || (lower.starts_with('(') && lower.ends_with(')'))
}

/// Returns the month of an English name of three letters or more (`Nov`, `Sept.`, `November`).
fn month_number(token: &str) -> Option<i64> {
    const NAMES: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let lower = token.trim_end_matches('.').to_lowercase();
    if lower.len() < 3 {
        return None;
    }
    NAMES.iter().position(|name| name.starts_with(&lower)).map(|index| index as i64 + 1)
}
