//! Chinese, simplified and traditional.

use std::sync::LazyLock;

use jieba_rs::Jieba;

use super::Language;
use crate::characters::is_han;
use crate::matching::simplify_chinese;

pub(super) const LANGUAGE: Language = Language {
    code: "zh",
    name: "Chinese",
    social_stop_words: include_str!("stop_words.txt"),
    claims: is_han,
    cut: cut_chinese_words,
};

/// Words of social media that the dictionary does not know and the hidden Markov model would cut apart.
const SOCIAL_WORDS: &[&str] = &[
    "热搜",
    "超话",
    "种草",
    "拔草",
    "安利",
    "吃瓜",
    "打工人",
    "干饭人",
    "社畜",
    "内卷",
    "躺平",
    "摆烂",
    "破防",
    "绝绝子",
    "yyds",
    "小红书",
    "抖音",
    "哔哩哔哩",
    "微博",
    "朋友圈",
    "公众号",
    "直播间",
    "带货",
    "网红",
    "顶流",
    "塌房",
    "翻车",
    "避雷",
    "踩雷",
    "性价比",
    "客服",
    "差评",
    "好评",
    "退款",
    "售后",
    "快递",
    "外卖",
    "双十一",
    "双11",
    "真香",
    "智商税",
    "割韭菜",
    "韭菜",
    "人设",
    "水军",
    "粉丝",
    "铁粉",
    "黑粉",
    "路人粉",
    "饭圈",
    "打榜",
    "磕糖",
    "嗑糖",
    "氛围感",
    "松弛感",
    "显眼包",
    "凡尔赛",
    "新能源",
    "人工智能",
    "大模型",
    "区块链",
    "元宇宙",
    "比特币",
    "狗狗币",
    "比亚迪",
    "特斯拉",
    "拼多多",
    "小米",
    "华为",
];

static JIEBA: LazyLock<Jieba> = LazyLock::new(|| {
    let mut jieba = Jieba::new();
    for word in SOCIAL_WORDS {
        jieba.add_word(word, None, None);
    }
    jieba
});

/// Cuts by dictionary and hidden Markov model (jieba). Traditional text is cut as its simplified form would be, because the
/// dictionary is simplified, and comes out in the characters it was written in.
fn cut_chinese_words(run: &str, word: &mut dyn FnMut(&str)) {
    let simplified = simplify_chinese(run);
    if simplified == run {
        for token in JIEBA.cut(run, true) {
            word(token.word);
        }
        return;
    }
    // Simplifying keeps the number of characters, so tokens are mapped back by counting them.
    let mut rest = run;
    for token in JIEBA.cut(&simplified, true) {
        let length =
            rest.char_indices().nth(token.end - token.start).map_or(rest.len(), |(at, _)| at);
        word(&rest[..length]);
        rest = &rest[length..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(run: &str) -> Vec<String> {
        let mut words = Vec::new();
        cut_chinese_words(run, &mut |word| words.push(word.to_owned()));
        words
    }

    #[test]
    fn words_are_those_of_a_reader() {
        assert_eq!(cut("我来到北京清华大学"), ["我", "来到", "北京", "清华大学"]);
        assert_eq!(cut("这家直播间的客服太差了"), ["这家", "直播间", "的", "客服", "太差", "了"]);
        assert_eq!(cut("iPhone15发布"), ["iPhone15", "发布"]);
    }

    #[test]
    fn traditional_text_is_cut_like_simplified_text() {
        assert_eq!(cut("我來到臺灣清華大學"), ["我", "來到", "臺灣", "清華大學"]);
        assert_eq!(cut("").len(), 0);
    }
}
