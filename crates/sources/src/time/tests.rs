use super::*;

/// 2026-11-24 08:21:21 UTC.
const NOW: i64 = 1_795_508_481_000_000;

fn read(text: &str) -> Option<i64> {
    parse_time(text, &TimeContext::utc(NOW)).ok()
}

fn in_china(text: &str) -> Option<i64> {
    parse_time(text, &TimeContext { reference: NOW, zone: Zone::CHINA }).ok()
}

fn iso(text: &str) -> Option<i64> {
    let time = read(text);
    assert!(time.is_some(), "{text}");
    time
}

#[test]
fn epochs_are_told_apart_by_size() {
    for text in ["1795508481", "1795508481000", "1795508481000000", "1795508481000000000"] {
        assert_eq!(read(text), Some(NOW), "{text}");
    }
    assert_eq!(read("1795508481.25"), Some(NOW + 250_000));
    assert_eq!(read("1.795508481e9"), Some(NOW));
    assert_eq!(read("1795508481000.5"), Some(NOW + 500));
    assert_eq!(read(" 0 "), Some(0));
}

#[test]
fn compact_dates_are_no_epochs() {
    assert_eq!(read("20261124"), iso("2026-11-24"));
    assert_eq!(read("20261124082121"), Some(NOW));
    assert_eq!(read("20261324"), None);
}

#[test]
fn iso_forms_agree() {
    for text in [
        "2026-11-24T08:21:21Z",
        "2026-11-24 08:21:21",
        "2026-11-24T16:21:21+08:00",
        "2026-11-24 16:21:21 +0800",
        "2026-11-24T03:21:21-05",
        "2026/11/24 08:21:21 UTC",
        "2026.11.24 08:21:21",
        "2026-11-24T08:21:21.000000",
        "2026-11-24 03:21:21 EST",
        "2026年11月24日 08:21:21",
        "2026-11-24 8:21:21 am",
    ] {
        assert_eq!(read(text), Some(NOW), "{text}");
    }
    assert_eq!(read("2026-11-24T08:21:21.5Z"), Some(NOW + 500_000));
    assert_eq!(read("2026-11-24T08:21:21.123456789Z"), Some(NOW + 123_456));
    assert_eq!(read("2026-1-4"), iso("2026-01-04T00:00"));
}

#[test]
fn what_is_no_time_is_refused() {
    let wrong = [
        "2026-02-29",
        "2026-13-01",
        "2026-11-31",
        "2026-11-24 25:00",
        "2026-11-24 08:61",
        "2026-11-24T08:21:21x",
        "2026-11-24 08:21 +25:00",
        "26/9/2016 3:26",
        "",
        "soon",
        "11月31日",
        "2026-11",
        "-",
        "12:30",
        "NaN",
        "inf",
    ];
    for text in wrong {
        assert_eq!(read(text), None, "{text}");
    }
    assert!(read("2024-02-29").is_some());
    assert!(read("2016-12-31T23:59:60Z").is_some());
}

#[test]
fn names_of_months_are_read_in_any_order() {
    for text in [
        "Tue Nov 24 08:21:21 +0000 2026",
        "Tue Nov 24 16:21:21 +0800 2026",
        "Tue, 24 Nov 2026 08:21:21 GMT",
        "24 November 2026 08:21:21",
        "Nov 24, 2026, 8:21:21 AM",
        "November 24th, 2026 at 08:21:21",
        "Tue Nov 24 00:21:21 PST 2026",
        "Tue, 24 Nov 2026 08:21:21 +0000 (UTC)",
    ] {
        assert_eq!(read(text), Some(NOW), "{text}");
    }
    assert_eq!(read("Nov 24 2026"), iso("2026-11-24"));
    assert_eq!(read("Nov 2026"), None);
}

#[test]
fn the_us_form_has_the_month_first() {
    assert_eq!(read("9/26/2016 3:26"), iso("2016-09-26T03:26"));
    assert_eq!(read("9/26/16 3:26 PM"), iso("2016-09-26T15:26"));
    assert_eq!(read("12/1/2016 12:05 AM"), iso("2016-12-01T00:05"));
}

#[test]
fn weibo_times_refer_to_the_reference() {
    assert_eq!(in_china("刚刚"), Some(NOW));
    assert_eq!(in_china("5分钟前"), Some(NOW - 300_000_000));
    assert_eq!(in_china("3小时前"), Some(NOW - 3 * HOUR));
    assert_eq!(in_china("30秒前"), Some(NOW - 30 * SECOND));
    assert_eq!(in_china("今天 08:21"), iso("2026-11-24T00:21Z"));
    assert_eq!(in_china("昨天 23:05"), iso("2026-11-23T15:05Z"));
    assert_eq!(in_china("2026年11月24日 08:21"), iso("2026-11-24T00:21Z"));
    assert_eq!(in_china("Tue Nov 24 08:21:21 +0800 2026"), iso("2026-11-24T00:21:21Z"));
}

#[test]
fn a_missing_year_is_the_latest_that_fits() {
    assert_eq!(in_china("11月24日 08:21"), iso("2026-11-24T00:21Z"));
    assert_eq!(in_china("11月26日 08:21"), iso("2025-11-26T00:21Z"));
    assert_eq!(in_china("01月25日 12:44"), iso("2026-01-25T04:44Z"));
    assert_eq!(in_china("02月29日 12:00"), iso("2024-02-29T04:00Z"));
    assert_eq!(in_china("11-24 08:21"), iso("2026-11-24T00:21Z"));
}

#[test]
fn new_york_saves_daylight() {
    let context = TimeContext { reference: NOW, zone: Zone::UsEastern };
    let at = |text: &str| parse_time(text, &context).ok();
    assert_eq!(at("8/4/2016 11:52"), iso("2016-08-04T15:52Z"));
    assert_eq!(at("1/26/2016 19:30"), iso("2016-01-27T00:30Z"));
    assert_eq!(at("3/13/2016 1:59"), iso("2016-03-13T06:59Z"));
    assert_eq!(at("3/13/2016 3:00"), iso("2016-03-13T07:00Z"));
    assert_eq!(at("11/6/2016 1:30"), iso("2016-11-06T05:30Z"));
    assert_eq!(at("11/6/2016 2:00"), iso("2016-11-06T07:00Z"));
}

#[test]
fn errors_name_the_value_and_stay_short() {
    let error = parse_time(&"x".repeat(500), &TimeContext::utc(NOW)).unwrap_err();
    assert_eq!(error.value.len(), 80);
    assert!(error.to_string().starts_with("time `xxx"));
}

proptest::proptest! {
    #[test]
    fn every_day_survives_the_round_trip(day in -700_000i64..800_000) {
        let (year, month, date) = date_of(day);
        proptest::prop_assert_eq!(days_from_date(year, month, date), Some(day));
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC*") {
        let _ = read(&text);
    }

    #[test]
    fn nothing_that_looks_like_a_time_makes_it_panic(text in "[0-9:/年月日 TZ+.-]{0,24}") {
        let _ = read(&text);
    }
}
