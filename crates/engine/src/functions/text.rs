//! Functions that need no model: what is in a text.

use super::scalar::{Compute, Description, TextFunction};
use datafusion::logical_expr::ScalarUDF;
use groundswell_text as text;
use std::borrow::Cow;
use std::sync::Arc;

/// Lists them in the order of the reference.
pub(super) fn functions() -> Vec<Arc<ScalarUDF>> {
    declarations().into_iter().map(TextFunction::into_udf).collect()
}

fn declarations() -> Vec<TextFunction> {
    vec![
        TextFunction {
            description: Description {
                name: "normalize_text",
                summary: "Returns the text as people read it: HTML decoded, Unicode NFKC, full-width letters made narrow, control and \
                          direction characters removed, white space collapsed.",
                example: Cow::Borrowed(
                    "SELECT normalize_text('Ｇｒｅａｔ&nbsp;<b>phone</b>'); -- Great phone",
                ),
            },
            compute: Compute::Text(|value| Some(text::normalize_text(value))),
        },
        TextFunction {
            description: Description {
                name: "match_text",
                summary: "Returns the text in the form in which texts are compared: normalised, lower case, traditional Chinese made \
                          simplified.",
                example: Cow::Borrowed("SELECT match_text('國產手機 PRO'); -- 国产手机 pro"),
            },
            compute: Compute::Text(|value| Some(text::match_text(value))),
        },
        TextFunction {
            description: Description {
                name: "detect_language",
                summary: "Returns the language of the text as BCP 47 (`en`, `zh`, …), NULL when it holds no words.",
                example: Cow::Borrowed("SELECT detect_language('这个手机真不错'); -- zh"),
            },
            compute: Compute::Text(|value| text::detect_language(value).map(str::to_owned)),
        },
        TextFunction {
            description: Description {
                name: "segment",
                summary: "Returns the words of the text in order, lower case; Chinese is cut by dictionary, links, mentions, hashtags \
                          and emoji stay whole.",
                example: Cow::Borrowed("SELECT segment('电池很耐用'); -- [电池, 很, 耐用]"),
            },
            compute: Compute::List(|value| {
                text::segment(value, text::detect_language(value).unwrap_or_default())
            }),
        },
        TextFunction {
            description: Description {
                name: "content_words",
                summary: "Returns the words that say what the text is about, each once, in the order of their characters: no stop words, \
                          links, mentions or numbers; lower case.",
                example: Cow::Borrowed(
                    "SELECT content_words('The battery of my phone'); -- [battery, phone]",
                ),
            },
            compute: Compute::List(text::content_words),
        },
        TextFunction {
            description: Description {
                name: "hashtags",
                summary: "Returns hashtags without their signs, lower case: `#tag` and `#话题#`.",
                example: Cow::Borrowed(
                    "SELECT hashtags('#新品发布# so good #Launch'); -- [新品发布, launch]",
                ),
            },
            compute: Compute::List(text::hashtags),
        },
        TextFunction {
            description: Description {
                name: "mentions",
                summary: "Returns the names of mentioned accounts without `@`, federated ones with their host.",
                example: Cow::Borrowed("SELECT mentions('thanks @amy and @张三'); -- [amy, 张三]"),
            },
            compute: Compute::List(text::mentions),
        },
        TextFunction {
            description: Description {
                name: "urls",
                summary: "Returns links in order of appearance.",
                example: Cow::Borrowed(
                    "SELECT urls('see https://example.org/a.'); -- [https://example.org/a]",
                ),
            },
            compute: Compute::List(text::urls),
        },
        TextFunction {
            description: Description {
                name: "emojis",
                summary: "Returns emoji, and bracket emoticons such as `[doge]`.",
                example: Cow::Borrowed("SELECT emojis('哈哈[doge] 😀'); -- [[doge], 😀]"),
            },
            compute: Compute::List(text::emojis),
        },
        TextFunction {
            description: Description {
                name: "spam_score",
                summary: "Returns how much the text looks like spam, 0 to 1: links, contact lures, repetition, stuffed hashtags, \
                          advertising words.",
                example: Cow::Borrowed(
                    "SELECT spam_score('加微信 abc123 免费领取!!!') > 0.5; -- true",
                ),
            },
            compute: Compute::Number(text::spam_score),
        },
        TextFunction {
            description: Description {
                name: "is_repost_text",
                summary: "Tells whether the text repeats somebody's post by its form: `RT @name:`, `//@name:`, `转发微博`.",
                example: Cow::Borrowed("SELECT is_repost_text('RT @amy: hello'); -- true"),
            },
            compute: Compute::Boolean(text::is_repost_text),
        },
        TextFunction {
            description: Description {
                name: "pii_kinds",
                summary: "Returns the kinds of personal data found in the text, each once: `email`, `phone`, …",
                example: Cow::Borrowed("SELECT pii_kinds('mail me: amy@example.org'); -- [email]"),
            },
            compute: Compute::List(pii_kinds),
        },
        TextFunction {
            description: Description {
                name: "mask_pii",
                summary: "Returns the text with personal data replaced by its kind in brackets.",
                example: Cow::Borrowed(
                    "SELECT mask_pii('mail me: amy@example.org'); -- mail me: [email]",
                ),
            },
            compute: Compute::Text(|value| Some(text::mask_pii(value))),
        },
    ]
}

/// Returns the kinds of personal data in a text, each once, in order of appearance.
fn pii_kinds(value: &str) -> Vec<String> {
    let mut kinds: Vec<String> = Vec::new();
    for span in text::find_pii(value) {
        let kind = span.kind.as_str();
        if kinds.iter().all(|known| known != kind) {
            kinds.push(kind.to_owned());
        }
    }
    kinds
}
