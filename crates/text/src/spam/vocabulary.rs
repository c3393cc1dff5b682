//! The words of spam in English and Chinese. Patterns are written as [`match_text`](crate::match_text) leaves them: lower
//! case, simplified characters, half-width. Those of ASCII match whole words only.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use regex::Regex;

/// What a pattern says about a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hint {
    /// Asks to be contacted outside the platform.
    Contact,
    /// Advertises goods, services, loans, gambling, adult content.
    Promotion,
    /// Asks for a click, a message, a follow.
    Call,
    /// Offers something for reposting.
    Giveaway,
}

/// The patterns of each hint, separated by `|`.
const PATTERNS: &[(Hint, &str)] = &[
    (
        Hint::Contact,
        "加微信|加我微信|加薇信|加威信|加卫星|加v信|加vx|加wx|加v:|加我v|加微|加薇|微信号|微信:|薇信|威信号|vx:|vx |wx:|v信|v❤|➕v|➕微|➕薇|
         加qq|加q群|qq群|扣扣群|企鹅群|q群|加群|加好友私聊|扫码加|扫码进群|二维码加|私聊我|联系方式见|主页有联系|看主页联系|
         on telegram|my telegram|our telegram|join telegram|telegram:|telegram @|telegram group|telegram channel|t.me/|on whatsapp|
         my whatsapp|via whatsapp|whatsapp:|whatsapp +|whatsapp me|whatsapp group|wa.me/|wechat id|my wechat|add me on|text me on|text me at|
         contact me on|contact us on|line id|signal me|hit me up on|call or text|snapchat me|add my snap|onlyfans.com",
    ),
    (
        Hint::Promotion,
        "代购|微商|招代理|招募代理|诚招代理|厂家直销|一手货源|高仿|复刻|精仿|a货|原单|特价|秒杀|清仓|优惠券|领券|红包群|返利|返现|刷单|兼职|
         日结|在家赚|躺赚|轻松赚|副业|贷款|网贷|无抵押|秒下款|下款|信用卡套现|套现|征信|借钱|棋牌|彩票|博彩|投注|赌场|百家乐|时时彩|下注|
         开户送|注册送|首充|荐股|牛股|涨停|内部消息|带你赚|炒股群|虚拟币|空投|挖矿|代写|代发|代刷|刷粉|买粉|涨粉|刷赞|互粉互赞|包邮|
         减肥茶|瘦身|丰胸|壮阳|祛斑|祖传|包治|约炮|裸聊|成人|外围|上门服务|全套|办证|发票代开|代开发票|低价出|正品保证|全网最低|限时优惠|
         buy now|order now|shop now|limited offer|limited time|special offer|discount code|promo code|use code|coupon|free shipping|
         best price|cheap|wholesale|dropship|work from home|make money|earn money|extra income|passive income|side hustle|
         financial freedom|be your own boss|crypto|airdrop|presale|pre-sale|whitelist|nft drop|to the moon|100x|1000x|forex|binary options|
         trading signals|investment opportunity|guaranteed|risk free|risk-free|double your|payday loan|loan|casino|betting tips|
         jackpot|free spins|viagra|weight loss|lose weight|keto|miracle|followers for|buy followers|gain followers|seo services|
         hot singles|sexy|nudes|onlyfans|escort|sugar daddy|sugar baby|replica|luxury watches|essay writing|pay someone|assignment help",
    ),
    (
        Hint::Call,
        "点击链接|点击下方|戳链接|戳我|链接在|链接见|点我头像|点击头像|看我主页|主页置顶|私信我|私信领取|评论区领取|扫码|复制这段|打开淘宝|复制口令|
         免费领|免费领取|立即领取|马上领取|关注我|求关注|求互粉|互粉|回关|必回|
         click here|click the link|click link|link in bio|link in my bio|check my bio|check my profile|visit my|visit our|sign up|
         register now|subscribe|join now|join us|dm me|dm us|inbox me|message me|follow me|follow back|follow for follow|f4f|
         follow train|comment below|tap the link|check out my|download now|claim now|claim your|apply now|act now|hurry|don't miss",
    ),
    (
        Hint::Giveaway,
        "转发抽奖|转发抽|转评赞抽|抽奖|抽送|抽取|抽一位|抽1位|转赞评|关注并转发|转发并关注|转发+关注|关注+转发|中奖名单|
         giveaway|retweet to win|rt to win|rt & follow|rt and follow|follow & rt|follow and rt|like & rt|like and retweet|
         retweet and follow|tag 3 friends|tag two friends|tag 2 friends|tag three friends|win a free|chance to win|enter to win",
    ),
];

struct Vocabulary {
    /// Absent only if the patterns were too large for the automaton (a test proves that they are not).
    automaton: Option<AhoCorasick>,
    hints: Vec<Hint>,
}

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| {
    let mut patterns = Vec::new();
    let mut hints = Vec::new();
    for (hint, source) in PATTERNS {
        for pattern in source.split('|').map(|pattern| pattern.trim_start_matches(['\n', ' '])) {
            patterns.push(pattern);
            hints.push(*hint);
        }
    }
    let automaton =
        AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(patterns).ok();
    Vocabulary { automaton, hints }
});

/// Counts of each hint in a text.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub(super) struct HintCounts {
    pub(super) contact: usize,
    pub(super) promotion: usize,
    pub(super) call: usize,
    pub(super) giveaway: usize,
}

/// Counts the hints in a text in matching form.
pub(super) fn count_hints(matched: &str) -> HintCounts {
    let mut counts = HintCounts::default();
    let Some(automaton) = &VOCABULARY.automaton else { return counts };
    for found in automaton.find_iter(matched) {
        let written = &matched[found.range()];
        if cuts_word(matched, found.start(), found.end()) {
            continue;
        }
        debug_assert!(!written.is_empty());
        match VOCABULARY.hints[found.pattern().as_usize()] {
            Hint::Contact => counts.contact += 1,
            Hint::Promotion => counts.promotion += 1,
            Hint::Call => counts.call += 1,
            Hint::Giveaway => counts.giveaway += 1,
        }
    }
    counts
}

/// Tells whether a match begins or ends inside a Latin word or a number.
fn cuts_word(text: &str, start: usize, end: usize) -> bool {
    let bytes = text.as_bytes();
    let inside = |left: usize| {
        bytes.get(left).is_some_and(u8::is_ascii_alphanumeric)
            && bytes.get(left + 1).is_some_and(u8::is_ascii_alphanumeric)
    };
    start.checked_sub(1).is_some_and(inside) || inside(end - 1)
}

/// Promises of money: amounts by the day, guaranteed returns, sums to be won.
static MONEY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?x)
        [日月天周时年][薪入赚结收]\S{0,3}?[\d万千百]
        | \d[\d,]*\s?(?:元|块|w|万|k|刀|美金)\s?/?\s?(?:每|一)?[天日周月小时]
        | (?:稳赚|保本|稳赢|包赚|月入过万|日入过千|年化\d)
        | [$£€]\s?(?:\d{3,}|\d{1,3},\d{3}|\d+\s?k)\s?(?:\+\s?)?(?:a|an|per|/|every)\s?(?:day|week|month|hour|hr)
        | (?:earn|make|win|get|claim|made|won)\s[^.!?\n]{0,24}[$£€]\s?\d
        | \d{2,5}\s?%\s?(?:roi|returns?|profits?|guaranteed|gains?|收益|回报|利润)
        | guaranteed\s(?:returns?|profits?|income)
        ",
    )
    .ok()
});

/// Tells whether a text in matching form promises money.
pub(super) fn promises_money(matched: &str) -> bool {
    MONEY.as_ref().is_some_and(|money| money.is_match(matched))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::match_text;

    #[test]
    fn patterns_are_in_matching_form() {
        assert!(VOCABULARY.automaton.is_some() && MONEY.is_some());
        for (hint, source) in PATTERNS {
            for pattern in source.split('|').map(|pattern| pattern.trim_start_matches(['\n', ' ']))
            {
                assert!(!pattern.is_empty(), "an empty pattern in {hint:?}");
                assert_eq!(match_text(pattern), pattern.trim(), "{pattern}");
            }
        }
    }

    #[test]
    fn hints_match_whole_words() {
        assert_eq!(count_hints("join my telegram, link in bio").contact, 1);
        assert_eq!(count_hints("join my telegram, link in bio").call, 1);
        assert_eq!(count_hints("telegraphy and cheaper loans"), HintCounts::default());
        assert_eq!(count_hints("想兼职的加微信abc123").contact, 1);
        assert_eq!(count_hints("想兼职的加微信abc123").promotion, 1);
        assert_eq!(count_hints("vx:abc").contact, 1);
    }

    #[test]
    fn money_is_promised() {
        for text in [
            "在家兼职日赚300元",
            "月入过万不是梦",
            "500元一天",
            "保本稳赚",
            "earn up to $500 a day",
            "$2,000/week from home",
            "300% roi",
            "guaranteed profits",
            "i made over $10 with this",
        ] {
            assert!(promises_money(text), "{text}");
        }
        for text in ["it costs $5", "今天花了300元", "90% of people agree", "i get it", "百日维新"]
        {
            assert!(!promises_money(text), "{text}");
        }
    }
}
