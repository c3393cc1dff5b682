//! Prints posts per second of every function over generated posts in English and Chinese, on one thread.
//!
//! `cargo run --release -p groundswell-text --example text_speed [FILE]`; with a file, its lines are the posts.
#![expect(clippy::print_stdout, reason = "a program that prints figures")]

use std::hint::black_box;
use std::time::Instant;

use groundswell_text::{
    StoryIndex, detect_language, emojis, find_entities, fingerprint, hashtags, mask_pii,
    match_text, mentions, normalize_text, segment, spam_score, urls,
};

const POSTS: usize = 20_000;

/// A small generator of numbers (SplitMix64), so that every run times the same posts.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((word ^ (word >> 31)) % limit as u64) as usize
    }

    fn pick<'t>(&mut self, words: &[&'t str]) -> &'t str {
        words[self.below(words.len())]
    }
}

fn generated(words: &str, glue: &str, extras: &[&str]) -> Vec<String> {
    let words: Vec<&str> = words.split_whitespace().collect();
    let mut numbers = Numbers(7);
    (0..POSTS)
        .map(|_| {
            let length = 4 + numbers.below(22);
            let mut post: Vec<&str> = (0..length).map(|_| numbers.pick(&words)).collect();
            for _ in 0..numbers.below(3) {
                post.push(numbers.pick(extras));
            }
            post.join(glue)
        })
        .collect()
}

/// Keeps the compiler from leaving out what nobody reads.
fn use_value<T>(value: T) {
    let _ = black_box(value);
}

fn time(name: &str, posts: &[String], mut run: impl FnMut(&str)) {
    // The first posts load dictionaries.
    posts.iter().take(100).for_each(|post| run(post));
    let start = Instant::now();
    posts.iter().for_each(|post| run(post));
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "  {name:<16} {:>12.0} posts/s {:>9.2} µs/post",
        posts.len() as f64 / seconds,
        seconds * 1e6 / posts.len() as f64
    );
}

fn measure(title: &str, posts: &[String]) {
    let characters: usize = posts.iter().map(|post| post.chars().count()).sum();
    println!(
        "{title}: {} posts of {} characters on average",
        posts.len(),
        characters / posts.len().max(1)
    );
    let clean: Vec<String> = posts.iter().map(|post| normalize_text(post)).collect();
    time("normalize_text", posts, |post| use_value(normalize_text(post)));
    time("match_text", &clean, |post| use_value(match_text(post)));
    time("detect_language", &clean, |post| use_value(detect_language(post)));
    time("segment", &clean, |post| use_value(segment(post, "zh")));
    time("find_entities", &clean, |post| use_value(find_entities(post)));
    time("hashtags", &clean, |post| use_value(hashtags(post)));
    time("mentions", &clean, |post| use_value(mentions(post)));
    time("urls", &clean, |post| use_value(urls(post)));
    time("emojis", &clean, |post| use_value(emojis(post)));
    time("fingerprint", &clean, |post| use_value(fingerprint(post)));
    let prints: Vec<_> = clean.iter().map(|post| fingerprint(post)).collect();
    let mut index = StoryIndex::new();
    let mut number = 0;
    time("StoryIndex", &clean, |_| {
        index.assign(&number.to_string(), number as i64, &prints[number % prints.len()]);
        number += 1;
    });
    println!(
        "    {} heads, {} bytes each",
        index.len(),
        index.allocated_bytes() / index.len().max(1)
    );
    time("spam_score", &clean, |post| use_value(spam_score(post)));
    time("mask_pii", &clean, |post| use_value(mask_pii(post)));
}

fn main() -> std::io::Result<()> {
    if let Some(path) = std::env::args().nth(1) {
        let posts: Vec<String> =
            std::fs::read_to_string(&path)?.lines().map(str::to_owned).collect();
        measure(&path, &posts);
        return Ok(());
    }
    let english = "the a I you it this that is was not my phone battery screen camera service support delivery price great \
        terrible slow fast broken love hate really very today yesterday never again please thanks why what when how with for \
        from update app account refund order waiting hours nobody answers lol omg wow amazing worst best ever bought new old";
    let chinese = "今天 昨天 手机 电池 屏幕 客服 快递 价格 真的 非常 太 喜欢 讨厌 失望 满意 不错 垃圾 退款 更新 软件 账号 等了 半天 没人 \
        回复 哈哈哈 怎么 为什么 什么时候 谢谢 推荐 大家 不要 购买 质量 一般 便宜 服务 态度 很好 很差 我们 他们 这个 那个 ， 。 ！ 了 的";
    measure(
        "english",
        &generated(
            english,
            " ",
            &["#topic", "@someone", "https://t.co/AbC123", "😂", "!!!", "13800138000"],
        ),
    );
    measure(
        "chinese",
        &generated(
            chinese,
            "",
            &["#话题#", "@张三 ", "http://t.cn/A6abc", "😂", "[doge]", "繁體字", "加微信"],
        ),
    );
    Ok(())
}
