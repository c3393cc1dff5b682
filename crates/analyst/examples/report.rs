//! Writes a report over generated posts: `cargo run --example report -- en 3000 45 > report.html`
//! (language, number of posts, days).
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "an example may panic and print")]

#[path = "../tests/tables/mod.rs"]
mod tables;

use groundswell_analyst::{Language, ReportOptions, build_report};
use tables::{Label, Memory, Posted};

/// A small generator of numbers (SplitMix64), so that the example needs no crate for it.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % limit.max(1) as u64) as usize
    }

    fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }
}

const ENGLISH: &[&str] = &[
    "The new Aurora phone charges in twenty minutes and the screen is gorgeous, honestly did not expect that",
    "Aurora battery dies before lunch again. Third replacement, still no answer from support",
    "Does anyone know if the Aurora Lite supports two SIM cards?",
    "Waited 40 minutes on the Aurora hotline only to be disconnected. Unacceptable.",
    "Unboxing the Aurora tonight, reviews will be up tomorrow",
    "I love the camera on this thing, night shots are unreal",
];
const CHINESE: &[&str] = &[
    "新手机充电真的快,二十分钟就满了,屏幕也很惊艳,完全超出预期",
    "电池用到中午就没电了,换了三次还是这样,客服一直不回复,太失望了",
    "请问 Aurora Lite 支持双卡吗?有没有人用过",
    "今晚开箱,明天发评测,大家想看哪方面可以留言",
    "客服热线等了四十分钟直接被挂断,这就是所谓的售后服务?",
];

fn posts(count: usize, days: usize, numbers: &mut Numbers) -> Vec<Posted> {
    let start = "2026-10-05T00:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    let mut posts = Vec::with_capacity(count);
    for number in 0..count {
        let is_crisis = numbers.below(4) == 0;
        let day = if is_crisis { days * 6 / 10 + numbers.below(3) } else { numbers.below(days) };
        let hour = [8, 9, 12, 13, 18, 19, 20, 21, 22, 22, 23, 7, 10, 15, numbers.below(24)]
            [numbers.below(15)];
        let time =
            start + chrono::TimeDelta::minutes(((day * 24 + hour) * 60 + numbers.below(60)) as i64);
        let is_chinese = numbers.below(2) == 0;
        let phrase = numbers.below(if is_chinese { CHINESE.len() } else { ENGLISH.len() });
        let text = if is_chinese { CHINESE[phrase] } else { ENGLISH[phrase] };
        let platform = if is_chinese {
            numbers.pick(&["weibo", "weibo", "xiaohongshu"])
        } else {
            numbers.pick(&["x", "reddit", "reddit", "hacker_news"])
        };
        let score = 0.5 + numbers.below(500) as f32 / 1000.0;
        let sentiment: Label = match (is_crisis, numbers.below(10)) {
            (true, 0..8) | (false, 0..2) => Some(("negative", score)),
            (_, 2..7) => Some(("neutral", score)),
            _ => Some(("positive", score)),
        };
        let emotion: Label = match sentiment {
            Some(("negative", _)) => {
                Some((numbers.pick(&["anger", "anger", "sadness", "fear"]), score))
            }
            Some(("positive", _)) => Some((numbers.pick(&["joy", "joy", "surprise"]), score)),
            _ => Some(("neutral", score)),
        };
        let is_copy = numbers.below(3) == 0;
        posts.push(Posted {
            id: format!("{platform}:{number}"),
            author: format!("{platform}:user{}", numbers.below(count / 3)),
            time: time.to_rfc3339(),
            text: if numbers.below(40) == 0 { format!("{text} 13812345678 jane@example.com") } else { text.into() },
            url: (numbers.below(3) > 0).then(|| format!("https://{platform}.example/status/{number}")),
            reposts: Some((1_000_000 / (1 + numbers.below(1_000_000))) as i64),
            likes: Some((5_000_000 / (1 + numbers.below(1_000_000))) as i64),
            language: Some(if is_chinese { "zh" } else { numbers.pick(&["en", "en", "en", "en", "en", "en", "es", "de"]) }.into()),
            hashtags: match numbers.below(5) {
                0 => vec![numbers.pick(&["aurora", "aurora新品发布", "battery", "评测", "customer_service", "a very long hashtag that somebody typed without thinking about layouts at all"]).into()],
                1 => vec!["aurora".into(), "launch".into()],
                _ => Vec::new(),
            },
            story: if is_copy { format!("{}{phrase}", if is_chinese { "z" } else { "e" }) } else { format!("s{number}") },
            sentiment,
            emotion,
        });
    }
    posts
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut next = |default: &str| arguments.next().unwrap_or_else(|| default.to_owned());
    let language: Language = next("en").parse().unwrap();
    let (count, days) = (next("3000").parse().unwrap(), next("45").parse().unwrap());
    let posts = posts(count, days, &mut Numbers(7));
    let memory = Memory::with_posts(&posts, 7, 2, false);
    let title = match language {
        Language::English => "Aurora phone, autumn launch",
        Language::Chinese => "Aurora 手机秋季发布",
    };
    let options = ReportOptions {
        title: title.into(),
        language,
        generated_at: Some(1_795_510_000_000_000),
        ..ReportOptions::default()
    };
    let report = build_report(&memory, &options).await.unwrap();
    println!("{}", report.to_html().unwrap());
}
