"""Turns the public data sets that the shipped model learns from into files of one form.

    python training/public_sets.py DATA OUT

DATA holds the unpacked sets, a folder each. OUT gets `<set>.<split>.jsonl`: one object a line with `text`, `label`, and for
tasks about a target `target`. Where a set has no validation part, a share of its training part is kept for it, chosen by a
hash of the text, so that it never changes. No text of a validation or test part stands in the training part of another set;
the splits of one set are those of its authors. Needs Python 3.10 and the program `zstd`, nothing else.
"""

import csv
import hashlib
import html
import json
import random
import re
import subprocess
import sys
import zipfile
from pathlib import Path

Row = dict  # text, label, and perhaps target


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    data, out = Path(sys.argv[1]), Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    sets = {name: read(data) for name, read in SETS.items()}
    for name, parts in sets.items():
        elsewhere = {
            key(one["text"])
            for other, others in sets.items() if other != name and other not in MADE
            for split, rows in others.items() if split != "train"
            for one in rows
        }
        for split, rows in parts.items():
            rows = [one for one in rows if one["text"].strip()]
            if split == "train":
                rows = [one for one in rows if key(one["text"]) not in elsewhere]
            with open(out / f"{name}.{split}.jsonl", "w", encoding="utf-8") as file:
                for row in rows:
                    file.write(json.dumps(row, ensure_ascii=False) + "\n")
            print(f"{name}.{split}: {len(rows)}", file=sys.stderr)


# --- parts of files -------------------------------------------------------------------------------------------------


def lines(path: Path) -> list[str]:
    """Splits on the line feed alone: some tweets hold other line separators. A file of a zip archive is read as `a.zip/file`."""
    if path.parent.suffix == ".zip":
        with zipfile.ZipFile(path.parent) as archive:
            text = archive.read(path.name).decode("utf-8", errors="replace")
    else:
        text = path.read_text(encoding="utf-8", errors="replace")
    return text.removeprefix("\ufeff").split("\n")


def table(path: Path, encoding: str = "utf-8-sig", delimiter: str = ",") -> list[dict]:
    with open(path, encoding=encoding, errors="replace", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def row(text: str, label, target: str | None = None) -> Row:
    made = {"text": text, "label": str(label)}
    return made if target is None else made | {"target": target}


def share(text: str) -> float:
    """Maps a text to 0..1, always the same."""
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) / 2**32


def key(text: str) -> str:
    """Gives what two copies of a text share: its first 40 letters and digits after the names of those it answers."""
    letters = re.sub(r"@user|\W+", "", text.lower())[:40]
    return letters if len(letters) >= 12 else text


def cut(rows: list[Row], **shares: float) -> dict[str, list[Row]]:
    """Keeps shares of the rows for other splits; the rest is for training."""
    parts: dict[str, list[Row]] = {"train": [], **{name: [] for name in shares}}
    for one in rows:
        place, name = share(one["text"]), "train"
        for other, size in shares.items():
            if place < size:
                name = other
                break
            place -= size
        parts[name].append(one)
    return parts


ESCAPE = re.compile(r'\\u([0-9a-fA-F]{4})|\\n|\\"')


def unescape(text: str) -> str:
    """Decodes the literal escapes of the SemEval files."""

    def one(match: re.Match) -> str:
        if match[1]:
            return chr(int(match[1], 16))
        return " " if match[0] == "\\n" else '"'

    return ESCAPE.sub(one, text)


EMOTICON = re.compile(r"\[[^\[\]]{1,10}\]")


def without_emoticons(text: str) -> str:
    """Takes out the `[..]` emoticons of Weibo, from which the labels of some sets were made."""
    return EMOTICON.sub(" ", text)


# --- English --------------------------------------------------------------------------------------------------------


def tweeteval(task: str, names: list[str], data: Path) -> dict[str, list[Row]]:
    """Barbieri et al. 2020."""
    parts = {}
    for split, file in (("train", "train"), ("validation", "val"), ("test", "test")):
        folder = data / "tweeteval/datasets" / task
        if not (folder / f"{file}_text.txt").exists():
            continue
        pairs = zip(lines(folder / f"{file}_text.txt"), lines(folder / f"{file}_labels.txt"))
        parts[split] = [row(unescape(text), names[int(label)]) for text, label in pairs if label.strip()]
    return parts


POLARITY = ["negative", "neutral", "positive"]


def semeval_sentiment(data: Path) -> dict[str, list[Row]]:
    """SemEval-2017 4A (Rosenthal et al. 2017) without the texts of TweetEval's validation and test parts."""
    path = data / "semeval2017_task4A/train_minus_tweeteval_val_test.tsv"
    fields = [line.split("\t", 2) for line in lines(path)]
    train = [row(unescape(f[2]), POLARITY[int(f[1])]) for f in fields if len(f) == 3 and f[1].isdigit()]
    return tweeteval("sentiment", POLARITY, data) | {"train": train}


STANCE_TARGETS = {
    "abortion": "legalization of abortion",
    "atheism": "atheism",
    "climate": "climate change is a real concern",
    "feminist": "feminist movement",
    "hillary": "Hillary Clinton",
}


def tweeteval_emoji(data: Path) -> dict[str, list[Row]]:
    """The emoji that was taken out of a tweet (Barbieri et al. 2018); here its variation selectors go, too."""
    entries = lines(data / "tweeteval/datasets/emoji/mapping.txt")
    names = [entry.split("\t")[2].strip("_").lower() for entry in entries if entry.strip()]
    parts = tweeteval("emoji", names, data)
    return {split: [one | {"text": one["text"].replace("\ufe0f", "")} for one in rows] for split, rows in parts.items()}


def tweeteval_stance(data: Path) -> dict[str, list[Row]]:
    """SemEval-2016 6A (Mohammad et al. 2016)."""
    parts: dict[str, list[Row]] = {"train": [], "validation": [], "test": []}
    for folder, target in STANCE_TARGETS.items():
        for split, rows in tweeteval(f"stance/{folder}", ["none", "against", "favor"], data).items():
            parts[split] += [one | {"target": target} for one in rows]
    return parts


GOEMOTIONS = """admiration amusement anger annoyance approval caring confusion curiosity desire disappointment disapproval
disgust embarrassment excitement fear gratitude grief joy love nervousness optimism pride realization relief remorse sadness
surprise neutral"""


def goemotions(data: Path) -> dict[str, list[Row]]:
    """Demszky et al. 2020: rows with one label."""
    folder = data / "goemotions/data"
    names = GOEMOTIONS.split()
    parts = {}
    for split, file in (("train", "train"), ("validation", "dev"), ("test", "test")):
        fields = [line.split("\t") for line in lines(folder / "original" / f"{file}.tsv")]
        parts[split] = [row(f[0], names[int(f[1])]) for f in fields if len(f) > 1 and f[1].isdigit()]
    most = {"neutral": 2000}
    counts: dict[str, int] = {}
    balanced = []
    for one in parts["train"]:
        counts[one["label"]] = counts.get(one["label"], 0) + 1
        if counts[one["label"]] <= most.get(one["label"], 700):
            balanced.append(one)
    return parts | {"train": balanced}


BRANDS = re.compile(r"(?i)\b(iPad ?2?|iPhone|Apple|Google|Android|Foursquare|Facebook|Twitter|Zazzle)\b")


def brand_sentiment(data: Path) -> dict[str, list[Row]]:
    """CrowdFlower's judgements of brands and products: the feeling towards the named one."""
    meanings = {
        "Positive emotion": "positive",
        "Negative emotion": "negative",
        "No emotion toward brand or product": "neutral",
    }
    rows = []
    path = next((data / "brand_product_emotion").glob("*.csv"))
    for number, one in enumerate(table(path, "latin-1")):
        label = meanings.get((one["is_there_an_emotion_directed_at_a_brand_or_product"] or "").strip())
        target = (one["emotion_in_tweet_is_directed_at"] or "").strip()
        text = one["tweet_text"] or ""
        if label == "neutral" and not target:
            found = BRANDS.search(text)
            # Most of the set is neutral: a third of it is enough.
            target = found[0] if found and number % 3 == 0 else ""
        if label and target:
            rows.append(row(html.unescape(text), label, target.replace(" or iPad App", " app")))
    return cut(rows, validation=0.1, test=0.15)


def ag_news(data: Path) -> dict[str, list[Row]]:
    names = ["world", "sports", "business", "science_technology"]
    fields = [line.split("\t", 1) for line in lines(data / "short_text_clustering/data/agnewsdataraw-8000")]
    noise = re.compile(r"\b(lt|gt|href|http|https|fullquote|aspx|quickinfo|reuters|ap|afp)\b ?")
    rows = [row(noise.sub("", f[1]), names[int(f[0]) - 1]) for f in fields if len(f) == 2]
    return cut(rows, validation=0.05, test=0.1)


def bbc_news(data: Path) -> dict[str, list[Row]]:
    """Greene and Cunningham 2006, as OCTIS prepared it; the first 60 words."""
    parts: dict[str, list[Row]] = {"train": [], "validation": [], "test": []}
    for line in lines(data / "octis/preprocessed_datasets/BBC_News/corpus.tsv"):
        fields = line.split("\t")
        if len(fields) == 3:
            split = {"train": "train", "val": "validation", "test": "test"}[fields[1].strip()]
            parts[split].append(row(" ".join(fields[0].split()[:60]), fields[2].strip()))
    return parts


def banking77(data: Path) -> dict[str, list[Row]]:
    """Casanueva et al. 2020."""
    folder = data / "banking77/banking_data"
    read = lambda name: [row(one["text"], one["category"]) for one in table(folder / f"{name}.csv")]
    return cut(read("train"), validation=0.08) | {"test": read("test")}


def clinc150(data: Path) -> dict[str, list[Row]]:
    """Larson et al. 2019, the full set with its out-of-scope rows, which carry the label `oos`."""
    parts = json.loads((data / "clinc150/data/data_full.json").read_text())
    names = {"train": "train", "val": "validation", "test": "test"}
    return {
        name: [row(text, label) for text, label in parts[part] + parts[f"oos_{part}"]]
        for part, name in names.items()
    }


# --- Chinese --------------------------------------------------------------------------------------------------------


def ewect(data: Path) -> dict[str, list[Row]]:
    """SMP2020-EWECT, usual posts."""
    names = ["neutral", "anger", "joy", "sadness", "fear", "surprise"]
    parts = {}
    for split, file in (("train", "train"), ("validation", "dev"), ("test", "test")):
        path = data / "smp2020_ewect/datasets/smp2020-ewect/usual" / f"{file}.tsv"
        fields = [line.split("\t", 1) for line in lines(path)]
        parts[split] = [row(f[1], names[int(f[0])]) for f in fields if len(f) == 2 and f[0].isdigit()]
    return parts


TWO_SIDED = {"0": "negative", "1": "positive"}


def weibo_senti_parts(data: Path) -> dict[str, list[tuple[str, str]]]:
    """Label and text of the part that is at hand: `dev` for training, its last 1,000 rows for validation."""
    folder = data / "weibo_senti_100k/data/weibo_senti_100k"
    dev, test = ([line.split("\t", 1) for line in lines(folder / f"{name}.csv")] for name in ("dev", "test"))
    dev, test = ([(f[0], f[1]) for f in fields if f[0] in TWO_SIDED] for fields in (dev, test))
    return {"train": dev[:-1000], "validation": dev[-1000:], "test": test}


def weibo_senti_100k(data: Path) -> dict[str, list[Row]]:
    parts = weibo_senti_parts(data)
    return {split: [row(without_emoticons(text), TWO_SIDED[label]) for label, text in pairs] for split, pairs in parts.items()}


# The commonest emoticons, and those that say the same.
EMOTICONS = (
    "哈哈 泪 偷笑 怒 嘻嘻 挖鼻屎 汗 爱你 吃惊 衰 心 蜡烛 抓狂 鼓掌 good 思考 哼 花心 酷 鄙视 晕 威武 可怜 给力 围观 生病 害羞 "
    "奥特曼 呵呵 太开心 可爱 亲亲 失望 悲伤 怒骂"
).split()
SAME_EMOTICON = {"笑哈哈": "哈哈", "淚": "泪", "泪流满面": "泪", "愤怒": "怒", "伤心": "悲伤"}


def weibo_emoticons(data: Path) -> dict[str, list[Row]]:
    """Reposts of the CED set, and the training part of weibo_senti_100k, that hold one kind of emoticon; it is their label and is taken
    out, names of people too.

    Distant supervision (Go et al. 2009), the way weibo_senti_100k was labelled. Read through the program `zstd`.
    """
    read = subprocess.run(["zstd", "-dc", data / "ced_weibo_rumor/reposts.tsv.zst"], check=True, capture_output=True)
    reposts = (line.split("\t")[-1] for line in read.stdout.decode("utf-8").split("\n")[1:])
    texts = [text.replace("\\n", " ").replace("\\t", " ") for text in reposts]
    texts += [text for _, text in weibo_senti_parts(data)["train"]]
    rows, seen = [], set()
    for text in texts:
        own = text.split("//@")[0]
        named = [name[1:-1] for name in EMOTICON.findall(own)]
        kinds = {SAME_EMOTICON.get(name, name) for name in named} & set(EMOTICONS)
        if len(kinds) != 1:
            continue
        text, own = (re.sub(r"@[\w-]+", "@user", without_emoticons(one)) for one in (text, own))
        own = re.sub(r"@user|回复|转发微博", "", own)
        if len(re.findall(r"\w", own)) >= 5 and key(own) not in seen:
            seen.add(key(own))
            rows.append(row(text, kinds.pop()))
    return {"train": rows}


def weibo2018(data: Path) -> dict[str, list[Row]]:
    folder = data / "weibo2018/data/weibo2018"
    parts = {}
    for name in ("train", "test"):
        fields = [line.split(",", 2) for line in lines(folder / f"{name}.txt")]
        rows = [(f[2].replace("{%", "").replace("%}", ""), f[1]) for f in fields if len(f) == 3]
        parts[name] = [row(text, TWO_SIDED[label]) for text, label in rows if label in TWO_SIDED]
    return cut(parts["train"], validation=0.05) | {"test": parts["test"]}


def chnsenticorp(data: Path) -> dict[str, list[Row]]:
    parts = {}
    for split, file in (("train", "train"), ("validation", "dev"), ("test", "test")):
        path = data / "chnsenticorp/datasets/chnsenticorp" / f"{file}.tsv"
        fields = [line.split("\t", 1) for line in lines(path)]
        parts[split] = [row(f[1], TWO_SIDED[f[0]]) for f in fields if len(f) == 2 and f[0] in TWO_SIDED]
    return parts


def shopping_reviews(data: Path, with_known: bool = False) -> list[tuple[str, str, str]]:
    """Category, label and text of product reviews and of reviews of delivered meals, without those that ChnSentiCorp has too."""
    known = set() if with_known else {key(one["text"]) for rows in chnsenticorp(data).values() for one in rows}
    folder = data / "sophonplus/datasets"
    found = []
    for line in lines(folder / "online_shopping_10_cats/online_shopping_10_cats.zip/online_shopping_10_cats.csv"):
        fields = line.split(",", 2)
        if len(fields) == 3 and fields[1] in TWO_SIDED:
            found.append((fields[0], TWO_SIDED[fields[1]], fields[2].strip('"')))
    for line in lines(folder / "waimai_10k/waimai_10k.csv"):
        fields = line.split(",", 1)
        if len(fields) == 2 and fields[0] in TWO_SIDED:
            found.append(("外卖", TWO_SIDED[fields[0]], fields[1].strip('"')))
    return [one for one in found if key(one[2]) not in known]


def reviews(data: Path) -> dict[str, list[Row]]:
    """All Chinese reviews of hotels, books and computers, and an even part of the rest."""
    rows = []
    for side in ("negative", "positive"):
        of_side = [(category, text) for category, label, text in shopping_reviews(data) if label == side]
        rows += [row(text, side) for category, text in of_side if category in ("酒店", "书籍", "计算机")]
        rest = [text for category, text in of_side if category not in ("酒店", "书籍", "计算机")]
        rows += [row(text, side) for text in rest[:: len(rest) // 2500]]
    return cut(rows, validation=0.05, test=0.1)


def cold(data: Path) -> dict[str, list[Row]]:
    """Deng et al. 2022, arXiv:2201.06025."""
    folder = data / "cold/COLDataset"
    names = {"0": "safe", "1": "offensive"}
    read = lambda name: [row(one["TEXT"], names[one["label"]]) for one in table(folder / f"{name}.csv")]
    return {"train": read("train"), "validation": read("dev"), "test": read("test")}


NLPCC_LABELS = {"FAVOR": "favor", "AGAINST": "against", "NONE": "none", "NON": "none"}
NLPCC_TARGETS = {"IphoneSE": "iPhone SE", "俄罗斯叙利亚反恐行动": "俄罗斯在叙利亚的反恐行动"}


def nlpcc_stance(data: Path) -> dict[str, list[Row]]:
    """NLPCC 2016 task 4 A (Xu et al. 2016)."""
    folder = data / "nlpcc2016_stance"
    test = "version_2/dataset/NLPCC_2016_Stance_Detection_gold/NLPCC_2016_Stance_Detection_Task_A_gold.utf8"
    files = {"train": "version_1/train_data/evasampledata4-TaskAA.txt", "test": test}
    parts = {}
    for name, file in files.items():
        rows = []
        for line in lines(folder / file):
            fields = line.strip("\r").split("\t")
            if len(fields) >= 4 and fields[3].strip() in NLPCC_LABELS:
                target = fields[1].strip()
                rows.append(row(fields[2], NLPCC_LABELS[fields[3].strip()], NLPCC_TARGETS.get(target, target)))
        parts[name] = rows
    return cut(parts["train"], validation=0.1) | {"test": parts["test"]}


def tnews(data: Path) -> dict[str, list[Row]]:
    """A labelled part of TNEWS; its `test` file is kept for the report."""
    folder = data / "tnews/tnews_public"
    parts = {}
    for name in ("dev", "test"):
        rows = [json.loads(line) for line in lines(folder / f"{name}.json") if line.strip()]
        names = {one["label"]: one["label_desc"] for one in map(json.loads, lines(folder / "labels.json")) if one}
        parts[name] = [row(one["sentence"], names[str(one["label"])]) for one in rows]
    return cut(parts["dev"], validation=0.08) | {"test": parts["test"]}


def thucnews(data: Path) -> dict[str, list[Row]]:
    """Titles of THUCNews; the training file is not at hand, its `dev` file serves instead."""
    folder = data / "thucnews_titles/THUCNews/data"
    names = [name for name in lines(folder / "class.txt") if name]
    read = lambda file: [
        row(f[0], names[int(f[1])]) for f in (line.split("\t") for line in lines(folder / file)) if len(f) == 2
    ]
    return cut(read("dev.txt"), validation=0.05) | {"test": read("test.txt")}


# --- both languages: rows made from other sets ------------------------------------------------------------------------

NAMES = {
    "en": "Acme Nova Orbit Zenith Pixel Lumen Vertex iPhone Samsung Tesla Netflix Spotify Starbucks Nike Uber Amazon".split(),
    "zh": "小米 华为 苹果 星辰 蓝鲸 云雀 海底捞 瑞幸 蔚来 京东 顺丰 美团 大疆 比亚迪 耐克 安踏".split(),
}
JOINS = {
    "en": ["{x}: {a} {y}: {b}", "About {x} - {a} As for {y}, {b}", "{a} That was {x}. With {y}: {b}", "{x}? {a} {y}? {b}"],
    "zh": ["{x}：{a}{y}：{b}", "说说{x}，{a}再说{y}，{b}", "{x}呢，{a}至于{y}，{b}", "先用的{x}：{a}后来换了{y}：{b}"],
}


def composed_targets(data: Path) -> dict[str, list[Row]]:
    """Two short opinions about two names in one text, asked for one of them: the words of the other must not count."""
    chance = random.Random(7)
    pools: dict[str, dict[str, list[str]]] = {language: {name: [] for name in POLARITY} for language in NAMES}
    for one in semeval_sentiment(data)["train"]:
        if len(one["text"]) < 90 and "@" not in one["text"]:
            pools["en"][one["label"]].append(one["text"])
    for _, label, text in shopping_reviews(data):
        if 6 <= len(text) <= 30:
            pools["zh"][label].append(text)
    pools["zh"]["neutral"] = [o["text"] for o in ewect(data)["train"] if o["label"] == "neutral" and len(o["text"]) < 40]
    rows = []
    for language, by_label in pools.items():
        for _ in range(2500):
            x, y = chance.sample(NAMES[language], 2)
            first, second = chance.sample(POLARITY, 2) if chance.random() < 0.8 else [chance.choice(POLARITY)] * 2
            a, b = chance.choice(by_label[first]), chance.choice(by_label[second])
            end = "。" if language == "zh" else "."
            a, b = (part if part[-1] in "。！？.!?~" else part + end for part in (a, b))
            text = chance.choice(JOINS[language]).format(x=x, y=y, a=a, b=b)
            target, label = chance.choice([(x, first), (y, second)])
            rows.append(row(text, label, target))
    return cut(rows, validation=0.1)


ENGLISH_INTENTS = [
    ("purchase_intent", r"\b(want|wanna|going|planning|plan|looking|need|ready|about|thinking (of|about)) (to )?(buy|buying|purchas\w+|order|ordering)\b"
     r"|\bwhere (can|do|could|to) (i |we )?(buy|get|order|purchase)\b|\bshould i (buy|get|order)\b|\bin the market for\b|\bshopping for\b|\bworth buying\b"),
    ("suggestion", r"\b(would|it'?d|it would) be (so |really )?(great|nice|cool|awesome|helpful|good|lovely) (if|to)\b|\byou (guys )?(should|need to) (add|bring|make|let|have|include|allow)\b"
     r"|\b(please|pls) (add|bring back|make|allow|include)\b|\bi wish (you|they|there|spotify|it)\b|\bfeature request\b|\bi (would )?(suggest|recommend)\b|\bconsider (adding|making)\b|\bshould (add|bring back|include)\b"),
    ("request", r"\b(can|could|would|will) (you|u|someone|anyone|somebody)( guys)?( please| pls)? (help|tell|send|fix|check|give|look|explain|assist|dm|advise|share|get|change|unlock|reset|cancel)\b"
     r"|\b(please|pls|plz) (help|fix|send|check|respond|reply|dm|assist|look|tell|advise|let|get|give|cancel)\b|\b(help me|need (some |your )?(help|assistance)|let me know|dm me)\b"),
    ("question", r"^(@\w+ )*(hi |hey |hello |so )?(who|what|when|where|why|how|which|is|are|do|does|did|can|could|will|would|has|have|any|anyone)\b[^.!]*\?\s*$"),
]
CHINESE_INTENTS = [
    ("purchase_intent", r"想买|想入手|打算买|准备买|求购|哪里(能|可以|有)?(买|卖)|在哪(里)?买|求链接|值得(买|入手)|要不要(买|入手)|考虑入手|想下单|想换(个|一)?(手机|电脑|车)|被种草|准备入手"),
    ("suggestion", r"^建议|，建议|。建议|希望(能|可以|官方|你们|商家|卖家|店家|尽快|增加|改进|以后|下次)|应该(增加|加强|改进|改成|多)|能不能(加|改|出|增加)|最好能|要是能.{1,12}就(好|更好)"),
    ("request", r"请(帮|您|客服|尽快|给|联系|处理|把)|帮我|帮忙|求助|麻烦(您|你|帮|给)|求(大神|推荐|转发|帮|扩散)|能(帮|给)我|给我(发|查|退|取消|开)|跪求"),
    ("question", r"^[^。！]{3,40}(吗|呢|么|？|\?)\s*$|^(怎么|为什么|为何|如何|什么时候|是不是|有没有)[^。！]{2,30}$"),
]
COMPLAINT = re.compile(
    r"(?i)\b(not working|(doesn|isn|won|can|didn)['’]?t (work|play|load|open|log|get|connect|even)|keeps? (crash|stop|paus|buffer|skip|log|saying|freez)\w*"
    r"|still (no|not|waiting|can['’]?t)|terrible|awful|worst|disappoint\w+|broken|frustrat\w+|annoy\w+|ridiculous|unacceptable|useless|rubbish|a joke)\b"
)
PRAISE = re.compile(r"(?i)\b(thanks?( you)?( so| very)? (for|much)|i (really |absolutely )?(love|adore) (you|it|this|the|my|spotify)|(great|good|amazing|awesome|excellent|fantastic) (job|service|work|app|support|team)|well done|kudos|you (guys )?(rock|are the best))\b")


ENGLISH_PARTS = {
    "thing": "a new phone|the {0} watch|running shoes|an electric car|a mechanical keyboard|their headphones|one of these|the pro version|a used bike|a coffee machine|tickets|the annual plan|a winter jacket|that laptop"
    .replace("{0}", "smart").split("|"),
    "more": "|any tips?| lol|, money is ready| this weekend| before the holidays| - my old one died| if the price is right|!|...| next month| for my mom".split("|"),
    "feature": "dark mode|an export button|a student discount|offline maps|a quieter fan|longer opening hours|a smaller size|better subtitles|a search box|real customer support|an undo button|fewer ads".split("|"),
}
CHINESE_PARTS = {
    "thing": "新手机|这款耳机|扫地机器人|一辆电车|跑鞋|这个色号|平板|投影仪|羽绒服|这家的券|年卡|咖啡机|同款|演唱会门票".split("|"),
    "more": "|有推荐吗|，钱都准备好了|，双十一冲|哈哈|，旧的坏了|，等降价|！|…|，给我妈用|，预算三千".split("|"),
    "feature": "夜间模式|导出功能|学生优惠|离线地图|客服电话|小码|少放点广告|延长营业时间|搜索框|撤销键|无糖的|充电桩".split("|"),
}
WISHES = {
    ("en", "purchase_intent"): (
        ["thinking of getting {thing}{more}", "I'm finally gonna get {thing}{more}", "need {thing} asap{more}", "saving up for {thing}{more}", "which one would you pick, I want {thing}{more}",
         "can't decide but I'll get {thing}{more}", "about to order {thing}{more}", "anyone selling {thing}? I'd take it today", "looking for {thing}{more}", "take my money, I need {thing}{more}",
         "is it worth it? considering {thing}{more}", "where do I get {thing}{more}", "just put {thing} in my cart{more}", "my next purchase is {thing}{more}"],
        ENGLISH_PARTS,
    ),
    ("en", "suggestion"): (
        ["how about {feature} in the next release", "you could really use {feature}", "it would be better with {feature}", "they ought to offer {feature}", "maybe think about {feature}?",
         "idea: {feature}", "what this needs is {feature}", "if only it had {feature}, please consider it", "my advice: give us {feature}", "would love to see {feature} someday"],
        ENGLISH_PARTS,
    ),
    ("zh", "purchase_intent"): (
        ["最近想入{thing}{more}", "决定了，买{thing}{more}", "{thing}哪家靠谱{more}", "准备换{thing}{more}", "有没有人出{thing}{more}", "{thing}在哪能买到{more}", "纠结买哪个{thing}{more}",
         "攒钱买{thing}{more}", "马上下单{thing}{more}", "心动了，想要{thing}{more}", "{thing}多少钱能拿下{more}", "已加购{thing}{more}"],
        CHINESE_PARTS,
    ),
    ("zh", "suggestion"): (
        ["可以加个{feature}吗，会好用很多", "要是有{feature}就完美了", "给个小建议：{feature}", "期待以后有{feature}", "官方考虑一下{feature}吧", "提个意见，{feature}可以安排上", "不如加上{feature}", "什么时候能有{feature}，盼改进"],
        CHINESE_PARTS,
    ),
}


def weak_intent(data: Path) -> dict[str, list[Row]]:
    """Intents by labelling functions (Ratner et al. 2017): no public set has these labels in both languages.

    The kinds of a text come from where it was written (a review, a help desk, a command to an assistant) and from patterns.
    """
    chance = random.Random(11)
    kinds: dict[tuple[str, str], list[str]] = {}
    add = lambda language, label, text: kinds.setdefault((language, label), []).append(text)
    english = []
    for part in ("dev", "test"):
        for conversation in json.loads((data / f"ibm_customer_care/{part}.json").read_text()):
            english += [(turn["message"], "both") for turn in conversation["dialogContent"] if "client" in turn]
    english += [(one["text"], one["label"]) for one in semeval_sentiment(data)["train"]]
    english += [(line.split("\t")[0], "") for line in lines(data / "goemotions/data/original/train.tsv")]
    rules = [(label, re.compile("(?i)" + pattern)) for label, pattern in ENGLISH_INTENTS]
    for text, feeling in english:
        if not 12 < len(text) < 280:
            continue
        label = next((label for label, rule in rules if rule.search(text)), None)
        complains, praises = COMPLAINT.search(text), PRAISE.search(text)
        if label is None and "?" not in text:
            if complains and feeling in ("negative", "both"):
                label = "complaint"
            elif praises and feeling in ("positive", "both"):
                label = "praise"
            elif not complains and not praises and feeling != "both":
                label = "other"
        if label:
            add("en", label, text)
    for path in sorted((data / "snips").rglob("train_*.json")):
        if path.name.endswith("_full.json"):
            continue
        for utterances in json.loads(path.read_text(encoding="utf-8", errors="replace")).values():
            for one in utterances[:60]:
                text = "".join(part["text"] for part in one["data"])
                add("en", "question" if text.rstrip().endswith("?") else "request", text)
    for one in brand_sentiment(data)["train"]:
        if one["label"] != "neutral":
            add("en", {"positive": "praise", "negative": "complaint"}[one["label"]], one["text"])

    rules = [(label, re.compile(pattern)) for label, pattern in CHINESE_INTENTS]
    # Most of what people write on Weibo tells how they feel; anger alone may complain about something.
    chinese = [(one["text"], None if one["label"] == "anger" else "other") for one in ewect(data)["train"]]
    chinese += [(one["text"], None) for one in weibo2018(data)["train"]]
    chinese += [(text, {"negative": "complaint", "positive": "praise"}[label]) for _, label, text in shopping_reviews(data)]
    chinese += [(one["text"], "other") for one in thucnews(data)["train"][::8]]
    for line in lines(data / "zh_faq_similarity/ATEC/atec_nlp_sim_train.csv"):
        chinese += [(text, "question") for text in line.split("\t")[1:2]]
    for text, otherwise in chinese:
        if not 5 < len(text) < 120:
            continue
        label = next((label for label, rule in rules if rule.search(text)), otherwise)
        if label:
            add("zh", label, text)
    for (language, label), (patterns, parts) in WISHES.items():
        for _ in range(900):
            add(language, label, chance.choice(patterns).format(**{name: chance.choice(words) for name, words in parts.items()}))
    rows = []
    for (language, label), texts in sorted(kinds.items()):
        texts = sorted(set(texts))
        chance.shuffle(texts)
        rows += [row(text, label) for text in texts[:1500]]
        print(f"  intent {language} {label}: {len(texts)}", file=sys.stderr)
    return cut(rows, validation=0.06)


def intent(data: Path) -> dict[str, list[Row]]:
    """Posts whose intent a large language model judged, one by one; `intent_labels.tsv` names each by the hash of its text."""
    tweets = [one["text"] for rows in semeval_sentiment(data).values() for one in rows]
    comments = [line.split("\t")[0] for line in lines(data / "goemotions/data/original/train.tsv")]
    support = [one["text"] or "" for one in table(next((data / "twcs_spotify").rglob("support_requests.csv")))]
    for part in ("dev", "test"):
        for conversation in json.loads((data / f"ibm_customer_care/{part}.json").read_text()):
            support += [turn["message"] for turn in conversation["dialogContent"] if "client" in turn]
    titles = [one["title"] or "" for one in table(data / "hacker_news/hacker_news.csv")]
    chinese = [
        one["text"]
        for read in (ewect, weibo2018, weibo_senti_100k, tnews) for rows in read(data).values() for one in rows
    ]
    chinese += [text for _, _, text in shopping_reviews(data, with_known=True)]
    chinese += [one["sentence1"] for one in table(data / "zh_faq_similarity/BQ_corpus/dev.csv")]
    brands = [one["text"] for one in brand_sentiment(data)["train"]]
    labels = {}
    for line in lines(Path(__file__).with_name("intent_labels.tsv"))[1:]:
        if line:
            digest, label, split = line.split("\t")
            labels[digest] = (label, split)
    parts: dict[str, list[Row]] = {"train": [], "validation": [], "test": []}
    for text in [*tweets, *comments, *map(html.unescape, support), *titles, *brands, *chinese]:
        found = labels.pop(hashlib.sha256(text.strip().encode()).hexdigest()[:16], None)
        if found:
            parts[found[1]].append(row(text.strip(), found[0]))
    print(f"  intent: {len(labels)} labels without their text", file=sys.stderr)
    return parts


def plain(data: Path) -> dict[str, list[Row]]:
    """News and neutral posts: what is neither ironic nor offensive, as most of what is read is."""
    sources = [
        (ag_news, "", 900), (bbc_news, "", 300), (thucnews, "", 800), (tnews, "", 600), (goemotions, "neutral", 600),
        (semeval_sentiment, "neutral", 1600), (ewect, "neutral", 1400), (shopping_reviews_plain, "", 800),
    ]
    rows = []
    for read, label, most in sources:
        texts = [one["text"] for one in read(data)["train"] if label in ("", one["label"])]
        rows += [row(text, "plain") for text in sorted(texts, key=lambda text: share(f"plain {text}"))[:most]]
    return cut(rows, validation=0.08)


def shopping_reviews_plain(data: Path) -> dict[str, list[Row]]:
    return {"train": [row(text, label) for _, label, text in shopping_reviews(data) if label == "positive"]}


def unrelated_targets(data: Path) -> dict[str, list[Row]]:
    """Texts asked for a target that they do not speak of."""
    chance = random.Random(13)
    english = [one["text"] for read in (semeval_sentiment, ag_news) for one in read(data)["train"]]
    chinese = [one["text"] for read in (ewect, weibo_senti_100k, thucnews) for one in read(data)["train"]]
    targets = [(name, english) for name in [*STANCE_TARGETS.values(), *NAMES["en"], "the new tax", "electric cars"]]
    targets += [(name, chinese) for name in [*NAMES["zh"], "开放二胎", "春节放鞭炮", "深圳禁摩限电", "网约车新规", "垃圾分类"]]
    rows = []
    for _ in range(2600):
        target, texts = chance.choice(targets)
        text = chance.choice(texts)
        if target.lower() not in text.lower():
            rows.append(row(text, "unrelated", target))
    return cut(rows, validation=0.08)


# Sets made from the training parts of others.
MADE = {"composed_targets", "weak_intent", "plain", "unrelated_targets"}

SETS = {
    "semeval_sentiment": semeval_sentiment,
    "tweeteval_emotion": lambda data: tweeteval("emotion", ["anger", "joy", "optimism", "sadness"], data),
    "tweeteval_offensive": lambda data: tweeteval("offensive", ["not_offensive", "offensive"], data),
    "tweeteval_hate": lambda data: tweeteval("hate", ["not_hate", "hate"], data),
    "tweeteval_irony": lambda data: tweeteval("irony", ["not_ironic", "ironic"], data),
    "tweeteval_stance": tweeteval_stance,
    "tweeteval_emoji": tweeteval_emoji,
    "goemotions": goemotions,
    "brand_sentiment": brand_sentiment,
    "ag_news": ag_news,
    "bbc_news": bbc_news,
    "banking77": banking77,
    "clinc150": clinc150,
    "ewect": ewect,
    "weibo_senti_100k": weibo_senti_100k,
    "weibo_emoticons": weibo_emoticons,
    "weibo2018": weibo2018,
    "chnsenticorp": chnsenticorp,
    "reviews": reviews,
    "cold": cold,
    "nlpcc_stance": nlpcc_stance,
    "tnews": tnews,
    "thucnews": thucnews,
    "composed_targets": composed_targets,
    "weak_intent": weak_intent,
    "intent": intent,
    "plain": plain,
    "unrelated_targets": unrelated_targets,
}

if __name__ == "__main__":
    main()
