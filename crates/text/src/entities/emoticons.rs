//! Bracketed emoticons of Chinese platforms: the client shows a picture, the text holds its name.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::entities::{Entity, EntityKind};

/// Names in use on Weibo, WeChat, QQ, Douyin, Bilibili and Xiaohongshu. Xiaohongshu ends its names with `R`
/// (`[偷笑R]`); that letter is ignored when a name is looked up.
const NAMES: &str = "
doge 二哈 喵喵 允悲 笑cry 泪 哈哈 嘻嘻 抓狂 鼓掌 爱你 怒 衰 晕 偷笑 心 太开心 可爱 悲伤 蜡烛 汗 微笑 赞 馋嘴 失望 good 给力 围观
惊恐 威武 亲亲 吃惊 酷 花心 拜拜 怒骂 伤心 跪了 哼 抱抱 摊手 可怜 挖鼻屎 挖鼻 害羞 兔子 耶 思考 微风 生病 委屈 话筒 呵呵 蛋糕
奥特曼 笑哈哈 污 憧憬 鄙视 费解 太阳 鲜花 挤眼 吃瓜 作揖 黑线 疑问 笑而不语 握手 吐 阴险 加油 羞嗒嗒 并不简单 弱 ok OK 音乐 熊猫
爱心传递 猪头 偷乐 浮云 礼物 做鬼脸 月亮 拳头 嘘 色 睡觉 星星 干杯 来 右哼哼 左哼哼 好喜欢 得意地笑 白眼 困 坏笑 闭嘴 赞啊 玫瑰
打哈气 哈欠 眼泪 感冒 害怕 泪流满面 钱 江南style 舔屏 好爱哦 飞机 咖啡 祈祷 打脸 帅 神马 懒得理你 雪 顶 大哭 书呆子 骷髅 愤怒
发红包 红包 照相机 相机 中国赞 手套 噢耶 下雨 求关注 捂脸 汽车 草泥马 神兽 雪人 围脖 互粉 电影 温暖帽子 喜 傻眼 男孩儿 女孩儿 男孩
女孩 阳光 惊讶 不要 马到成功 带感 爱心 落叶 甩甩手 闪电 呲牙 龇牙 睡 憨笑 心形礼物 风扇 奸笑 崩溃 绿丝带 星星眼 星光 钟 飞吻 飞个吻
调皮 吃货 自行车 萌 许愿 脸红 好棒 礼花 震惊 强 白云 膜拜了 抠鼻 抠鼻屎 难过 hold住 西瓜 愉快 互相膜拜 嘿哈 皱眉 冰棍 走你 最右
吐舌 吐舌头 得意 NO no 快哭了 紧张 斜眼 心碎 尴尬 拍手 撒花 纠结 不好意思 哇哈哈 咒骂 黄心 发怒 悲催 茶 国旗 药 胜利 巨汗 机智
火焰 流汗 勾引 中国 放鞭炮 鞭炮 好激动 鸿运当头 圣诞老人 裂开 苦涩 叹气 让我看看 旺柴 社会社会 吃糖 666 翻白眼 打call 酸 柠檬
费解啊 哆啦A梦吃惊 哆啦A梦汗 哆啦A梦微笑 哆啦A梦开心 哆啦A梦美味 哆啦A梦害怕 小黄人剪刀手 小黄人坏笑 小黄人委屈 小黄人得意 小黄人无奈
哇 啊 加班 抱一抱 举手 开学季 单身狗 武汉加油 点亮橙色 点亮平安灯 口罩 作业 干饭人 融化 彩虹屁 握爪 羊驼 求饶 揣手 舒服 送花 点赞
比心 比心心 爱慕 玫瑰花 捂嘴 奋斗 敲打 擦汗 抠鼻子 鼓劲 大笑 嫌弃 滑稽 傲娇 生气 喜欢 喜极而泣 笑哭 哭 哭泣 哭惹 流泪 辣眼睛
藏狐 热词系列_知识增加 歪嘴 阴阳怪气 妙啊 呆 疼 打哈欠 委屈巴巴 支持 嗑瓜子 嗑到了 呼 灵魂出窍 脱单doge 2333 tv_doge tv_笑哭 看 绝望的凝视
泣不成声 小鼓掌 一起加油 不失礼貌的微笑 吐血 大金牙 石化 惊喜 我想静静 衰脸 送心 强壮 赞同 加一 猪 狗 玩偶 炸弹 菜刀 便便 抱拳 嘴唇
拥抱 跳跳 发抖 转圈 磕头 回头 跳绳 投降 激动 乱舞 献吻 左太极 右太极 凋谢 示爱 咖啡杯 啤酒 篮球 足球 乒乓 飘虫 瓢虫 蛋 刀 差劲 爱情
鄙夷 折磨 抠脚 吓 晕倒 左看看 右看看 黄脸干杯 自拍 派对 飞书 扶墙 暗中观察 萌萌哒 笑 皱眉头 派大星 哈士奇 蹲 蹲后续 种草 拔草 失落 石头
阴天 多云 晴天 下雪 din厉害 din推撞 xkl转圈 bm可爱 ppb鼓掌 lt切克闹 清单 购物 彩虹 色色 气球 皇冠 向右 向左 一口气 庆祝 庆祝派对 黄金薯 害羞脸 赞脸 买爆 生日快乐 探店 探头 合十 鞋子 汗颜 红心
";

static LOOKUP: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| NAMES.split_whitespace().collect());

/// Longest name in the list, in bytes.
const LONGEST_NAME: usize = 40;

/// Finds an emoticon whose opening bracket stands at `at`.
pub(crate) fn find(text: &str, at: usize) -> Option<Entity> {
    let inside = text.as_bytes().get(at + 1..)?;
    let length =
        inside.iter().take(LONGEST_NAME).position(|byte| matches!(byte, b']' | b'[' | b' '))?;
    if inside[length] != b']' {
        return None;
    }
    let name = text.get(at + 1..at + 1 + length)?;
    let is_known =
        LOOKUP.contains(name) || name.strip_suffix('R').is_some_and(|name| LOOKUP.contains(name));
    is_known.then_some(Entity { kind: EntityKind::Emoticon, start: at, end: at + length + 2 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entities::emojis;

    #[test]
    fn known_names_are_found() {
        let cases: &[(&str, &[&str])] = &[
            ("笑死[doge][doge]", &["[doge]", "[doge]"]),
            ("[泪]好难过[偷笑R]", &["[泪]", "[偷笑R]"]),
            ("[[哈哈]]", &["[哈哈]"]),
            ("[1] [link](x) [abc] [未知的名字] [] [", &[]),
            ("[doge", &[]),
            ("[666]", &["[666]"]),
        ];
        for (text, expected) in cases {
            assert_eq!(&emojis(text), expected, "{text}");
        }
    }

    #[test]
    fn no_name_is_too_long_to_be_found() {
        assert!(LOOKUP.len() > 300);
        for name in LOOKUP.iter() {
            assert!(name.len() < LONGEST_NAME, "{name}");
        }
    }
}
