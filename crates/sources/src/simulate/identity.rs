//! Identifiers and addresses in the form each platform gives them; addresses end in `.example` (RFC 2606), so none leads anywhere.

use super::chance::mix;
use super::world::Platform;

const SORTABLE: &[u8; 32] = b"234567abcdefghijklmnopqrstuvwxyz";
const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// Writes a number in the base of the given digits, at least `width` digits long.
fn in_base(mut number: u64, digits: &[u8], width: usize) -> String {
    let base = digits.len() as u64;
    let mut reversed = Vec::with_capacity(width);
    while number > 0 || reversed.len() < width {
        reversed.push(char::from(digits[(number % base) as usize]));
        number /= base;
    }
    reversed.iter().rev().collect()
}

/// Returns the native identifier of the post that is `sequence`-th (from 0) of all and appears at `time` (microseconds UTC).
///
/// The sequence is part of it, so no two posts share one: up to 40 million posts a second on Weibo, a million a millisecond
/// on Bluesky, four million a millisecond on X.
pub(super) fn post_id(platform: Platform, time: i64, sequence: u64, is_answer: bool) -> String {
    let milliseconds = (time / 1000) as u64;
    match platform {
        Platform::Weibo => {
            let seconds = milliseconds / 1000 - 1_790_000_000;
            (5_200_000_000_000_000 + seconds * 40_000_000 + sequence % 40_000_000).to_string()
        }
        Platform::Xiaohongshu => {
            let tail = mix(sequence, 24) & 0xffff;
            format!("{:08x}{tail:04x}{sequence:012x}", milliseconds / 1000)
        }
        // Snowflake: milliseconds since 2010-11-04 above 22 bits.
        Platform::X => {
            (((milliseconds - 1_288_834_974_657) << 22) | (sequence & 0x3f_ffff)).to_string()
        }
        Platform::Reddit => {
            let kind = if is_answer { "t1" } else { "t3" };
            format!("{kind}_{}", in_base(1_900_000_000 + sequence, DIGITS, 7))
        }
        // Timestamp identifier of the AT protocol: microseconds above 10 bits, in sortable base 32.
        Platform::Bluesky => {
            let microseconds = milliseconds * 1000 + sequence / 1024 % 1000;
            in_base((microseconds << 10) | (sequence % 1024), SORTABLE, 13)
        }
    }
}

/// Returns the native identifier of the author of this index.
pub(super) fn author_id(platform: Platform, seed: u64, index: usize) -> String {
    let index = index as u64;
    let noise = mix(seed, index);
    match platform {
        Platform::Weibo => (1_100_000_000 + index * 4_099 + noise % 4_099).to_string(),
        Platform::Xiaohongshu => format!("5{:011x}{index:012x}", noise & 0xfff_ffff_ffff),
        Platform::X => (100_000_000 + index * 7_919 + noise % 7_919).to_string(),
        Platform::Reddit => format!("t2_{}", in_base(index * 46_656 + noise % 46_656, DIGITS, 8)),
        Platform::Bluesky => {
            format!("did:plc:{}{}", in_base(noise, SORTABLE, 13), in_base(index, SORTABLE, 11))
        }
    }
}

/// Returns where a person could read the post.
pub(super) fn url(platform: Platform, author: &str, handle: &str, post: &str) -> String {
    match platform {
        Platform::Weibo => format!("https://weibo.example/{author}/{post}"),
        Platform::Xiaohongshu => format!("https://xiaohongshu.example/explore/{post}"),
        Platform::X => format!("https://x.example/{handle}/status/{post}"),
        Platform::Reddit => format!("https://reddit.example/comments/{}", &post[3..]),
        Platform::Bluesky => format!("https://bluesky.example/profile/{author}/post/{post}"),
    }
}

/// Returns a shortened address as posts carry them.
pub(super) fn link(platform: Platform, number: u64) -> String {
    let code = in_base(number % 78_364_164_096, DIGITS, 7);
    match platform {
        Platform::Weibo => format!("https://t-cn.example/{code}"),
        Platform::Xiaohongshu => format!("https://xhs.example/{code}"),
        Platform::X => format!("https://t-co.example/{code}"),
        _ => format!("https://link.example/{code}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn identifiers_are_unique_within_a_moment() {
        for platform in Platform::ALL {
            let time = 1_795_000_000_000_000;
            let ids: HashSet<_> = (0..5_000).map(|n| post_id(platform, time, n, false)).collect();
            assert_eq!(ids.len(), 5_000, "{platform:?}");
            let authors: HashSet<_> = (0..5_000).map(|n| author_id(platform, 3, n)).collect();
            assert_eq!(authors.len(), 5_000, "{platform:?}");
        }
    }

    #[test]
    fn identifiers_have_their_platforms_form() {
        let time = 1_795_000_000_000_000;
        assert_eq!(post_id(Platform::Weibo, time, 5, false).len(), 16);
        assert_eq!(post_id(Platform::Xiaohongshu, time, 5, false).len(), 24);
        assert_eq!(post_id(Platform::Bluesky, time, 5, false).len(), 13);
        assert!(post_id(Platform::Reddit, time, 5, true).starts_with("t1_"));
        assert_eq!(author_id(Platform::Bluesky, 1, 9).len(), "did:plc:".len() + 24);
    }
}
