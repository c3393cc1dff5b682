//! The invented brands, their products and names, and where the people live who talk about them.

/// Names a language of the simulation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// English.
    English,
    /// Chinese, simplified and a little traditional.
    Chinese,
}

impl Language {
    /// Returns the BCP 47 code.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh",
        }
    }
}

/// Holds one form per language.
#[derive(Debug, Clone, Copy)]
pub struct Bilingual<T> {
    /// The English form.
    pub english: T,
    /// The Chinese form.
    pub chinese: T,
}

impl<T: Copy> Bilingual<T> {
    /// Returns the form of a language.
    pub fn of(&self, language: Language) -> T {
        match language {
            Language::English => self.english,
            Language::Chinese => self.chinese,
        }
    }
}

const fn both<T>(english: T, chinese: T) -> Bilingual<T> {
    Bilingual { english, chinese }
}

/// Describes an invented brand.
#[derive(Debug)]
pub struct Brand {
    /// Latin name, the value of `brand` in the truth.
    pub name: &'static str,
    /// Names people use, the usual one first.
    pub names: Bilingual<&'static [&'static str]>,
    /// What it sells: `electronics`, `coffee`, `airline` or `car`.
    pub field: &'static str,
    /// What people talk about.
    pub products: &'static [Product],
    /// Hashtags without `#`.
    pub tags: Bilingual<&'static [&'static str]>,
    /// Handle of its customer service, without `@`.
    pub care: Bilingual<&'static str>,
    /// How well it is liked on ordinary days, from −1 to 1.
    pub standing: f64,
    /// Its part of the talk about its field.
    pub share: f64,
}

/// Describes a product of an invented brand.
#[derive(Debug)]
pub struct Product {
    /// What it is: `phone`, `earbuds`, `laptop`, `watch`, `drink`, `flight` or `vehicle`.
    pub kind: &'static str,
    /// Names people use, the usual one first.
    pub names: Bilingual<&'static [&'static str]>,
    /// Its part of the talk about its brand.
    pub share: f64,
}

const fn product(
    kind: &'static str,
    share: f64,
    english: &'static [&'static str],
    chinese: &'static [&'static str],
) -> Product {
    Product { kind, names: both(english, chinese), share }
}

/// Every invented brand.
pub static BRANDS: [Brand; 6] = [
    Brand {
        name: "Zorvik",
        names: both(&["Zorvik", "Zorvik", "zorvik"], &["卓芮克", "卓芮克", "Zorvik", "卓芮"]),
        field: "electronics",
        products: &[
            product("phone", 0.5, &["Zorvik Z7", "Z7", "Z7 Pro"], &["卓芮克Z7", "Z7", "Z7 Pro"]),
            product(
                "earbuds",
                0.25,
                &["Zorvik Pebble", "Pebble"],
                &["卓芮克鹅卵石耳机", "卓芮克小石头"],
            ),
            product(
                "laptop",
                0.25,
                &["Zorvik Slate 14", "Slate 14"],
                &["卓芮克Slate 14", "石板14"],
            ),
        ],
        tags: both(&["Zorvik", "ZorvikZ7"], &["卓芮克", "卓芮克Z7"]),
        care: both("ZorvikCare", "卓芮克客服"),
        standing: 0.15,
        share: 0.55,
    },
    Brand {
        name: "Ondira",
        names: both(&["Ondira", "Ondira", "ondira"], &["昂迪拉", "昂迪拉", "Ondira", "昂家"]),
        field: "electronics",
        products: &[
            product(
                "phone",
                0.45,
                &["Ondira Arc 5", "Arc 5", "Ondira Arc"],
                &["昂迪拉Arc 5", "Arc5", "昂迪拉Arc"],
            ),
            product("earbuds", 0.25, &["Ondira Hush", "Hush"], &["昂迪拉Hush耳机", "昂迪拉静音豆"]),
            product(
                "watch",
                0.3,
                &["Ondira Tempo", "Tempo watch"],
                &["昂迪拉Tempo手表", "Tempo手表"],
            ),
        ],
        tags: both(&["Ondira", "OndiraArc"], &["昂迪拉", "昂迪拉Arc"]),
        care: both("OndiraHelps", "昂迪拉服务"),
        standing: 0.25,
        share: 0.45,
    },
    Brand {
        name: "Wrenpot",
        names: both(&["Wrenpot", "Wrenpot", "wrenpot"], &["雀壶", "雀壶咖啡", "雀壶", "小雀壶"]),
        field: "coffee",
        products: &[
            product("drink", 0.3, &["oat cloud latte"], &["燕麦云朵拿铁", "云朵拿铁"]),
            product("drink", 0.25, &["salted plum cold brew", "plum cold brew"], &["话梅冷萃"]),
            product("drink", 0.25, &["osmanthus flat white"], &["桂花小白", "桂花小白咖啡"]),
            product("drink", 0.2, &["chestnut mocha"], &["栗子摩卡"]),
        ],
        tags: both(&["Wrenpot"], &["雀壶", "雀壶咖啡"]),
        care: both("WrenpotHelp", "雀壶小管家"),
        standing: 0.45,
        share: 1.0,
    },
    Brand {
        name: "Cloudferry",
        names: both(&["Cloudferry", "Cloudferry", "cloudferry"], &["云渡航空", "云渡", "云渡航空"]),
        field: "airline",
        products: &[
            product("flight", 0.4, &["CF218", "CF 218"], &["CF218", "CF218次航班"]),
            product("flight", 0.35, &["CF861"], &["CF861", "CF861航班"]),
            product("flight", 0.25, &["CF77"], &["CF77"]),
        ],
        tags: both(&["Cloudferry"], &["云渡航空"]),
        care: both("CloudferryAir", "云渡航空客服"),
        standing: -0.35,
        share: 1.0,
    },
    Brand {
        name: "Emberon",
        names: both(&["Emberon", "Emberon", "emberon"], &["燧行", "燧行汽车", "燧行"]),
        field: "car",
        products: &[
            product("vehicle", 0.6, &["Ember 5", "Emberon 5"], &["燧行5", "燧5"]),
            product("vehicle", 0.4, &["Emberon Ridge", "Ridge"], &["燧行山海", "山海"]),
        ],
        tags: both(&["Emberon", "Ember5"], &["燧行", "燧行5"]),
        care: both("EmberonSupport", "燧行汽车客服"),
        standing: 0.2,
        share: 0.55,
    },
    Brand {
        name: "Qilane",
        names: both(&["Qilane", "Qilane", "qilane"], &["栖岚", "栖岚汽车", "栖岚"]),
        field: "car",
        products: &[
            product("vehicle", 0.55, &["Qilane Q3", "Q3"], &["栖岚Q3", "Q3"]),
            product("vehicle", 0.45, &["Qilane Drift", "Drift"], &["栖岚小漫", "小漫"]),
        ],
        tags: both(&["Qilane", "QilaneQ3"], &["栖岚", "栖岚Q3"]),
        care: both("QilaneCare", "栖岚汽车服务"),
        standing: 0.0,
        share: 0.45,
    },
];

/// Finds a brand by its Latin name.
pub fn brand(name: &str) -> Option<&'static Brand> {
    BRANDS.iter().find(|brand| brand.name == name)
}

/// People of one language who live by one clock.
pub(super) struct Population {
    pub(super) language: Language,
    /// Their clock, in hours ahead of UTC.
    pub(super) offset_hours: i64,
    /// Their part of all posts.
    pub(super) share: f64,
    pub(super) currency: &'static str,
    pub(super) platforms: &'static [(Platform, f64)],
}

const ENGLISH_PLATFORMS: &[(Platform, f64)] =
    &[(Platform::X, 0.46), (Platform::Reddit, 0.34), (Platform::Bluesky, 0.2)];

/// Every population; the index is used throughout.
pub(super) static POPULATIONS: [Population; 4] = [
    Population {
        language: Language::Chinese,
        offset_hours: 8,
        share: 0.5,
        currency: "",
        platforms: &[(Platform::Weibo, 0.58), (Platform::Xiaohongshu, 0.3), (Platform::X, 0.12)],
    },
    Population {
        language: Language::English,
        offset_hours: -5,
        share: 0.22,
        currency: "$",
        platforms: ENGLISH_PLATFORMS,
    },
    Population {
        language: Language::English,
        offset_hours: -8,
        share: 0.1,
        currency: "$",
        platforms: ENGLISH_PLATFORMS,
    },
    Population {
        language: Language::English,
        offset_hours: 0,
        share: 0.18,
        currency: "£",
        platforms: ENGLISH_PLATFORMS,
    },
];

/// Names a platform; its forms of identifiers are in `identity.rs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Platform {
    Weibo,
    Xiaohongshu,
    X,
    Reddit,
    Bluesky,
}

impl Platform {
    pub(super) const ALL: [Self; 5] =
        [Self::Weibo, Self::Xiaohongshu, Self::X, Self::Reddit, Self::Bluesky];

    /// Returns the name used in `Post::platform`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Weibo => "weibo",
            Self::Xiaohongshu => "xiaohongshu",
            Self::X => "x",
            Self::Reddit => "reddit",
            Self::Bluesky => "bluesky",
        }
    }

    /// Tells whether people pass on posts of others there.
    pub(super) fn has_reposts(self) -> bool {
        matches!(self, Self::Weibo | Self::X | Self::Bluesky)
    }
}

/// Something people talk about when they are not part of an event.
pub(super) struct Subject {
    /// The `about` of its families, or the field of its brands.
    pub(super) about: &'static str,
    /// Its part of all talk.
    pub(super) share: f64,
    /// How much more than usual it is talked of in the morning, at noon, in the afternoon, evening and night.
    hours: [f64; 5],
    /// The same for the weekend.
    weekend: f64,
}

impl Subject {
    /// Returns its part of the talk at a local hour (0 … 23) of a weekday (0 is Monday).
    pub(super) fn share_at(&self, hour: i64, weekday: i64) -> f64 {
        let part = match hour {
            5..=10 => 0,
            11..=13 => 1,
            14..=16 => 2,
            17..=22 => 3,
            _ => 4,
        };
        self.share * self.hours[part] * if weekday >= 5 { self.weekend } else { 1.0 }
    }
}

const fn subject(about: &'static str, share: f64, hours: [f64; 5], weekend: f64) -> Subject {
    Subject { about, share, hours, weekend }
}

const STEADY: [f64; 5] = [1.0; 5];

/// Every subject; those named like a field are about its brands.
pub(super) static SUBJECTS: [Subject; 18] = [
    subject("electronics", 0.19, STEADY, 1.0),
    subject("coffee", 0.12, [2.0, 1.3, 1.3, 0.5, 0.3], 1.0),
    subject("airline", 0.09, [1.2, 1.0, 1.0, 1.0, 0.8], 1.1),
    subject("car", 0.10, STEADY, 1.1),
    subject("weather", 0.045, [1.6, 0.9, 0.9, 0.9, 0.7], 1.0),
    subject("football", 0.05, [0.3, 0.6, 1.1, 1.8, 0.7], 2.2),
    subject("food", 0.07, [0.6, 2.0, 0.6, 1.6, 0.7], 1.2),
    subject("study", 0.05, [0.9, 0.7, 1.2, 1.4, 1.3], 0.8),
    subject("travel", 0.045, STEADY, 1.5),
    subject("music", 0.045, [0.6, 0.8, 0.9, 1.3, 1.5], 1.1),
    subject("work", 0.06, [1.5, 1.0, 1.5, 0.8, 0.5], 0.3),
    subject("pets", 0.03, STEADY, 1.2),
    subject("games", 0.035, [0.4, 0.7, 0.9, 1.5, 1.7], 1.3),
    subject("health", 0.03, [1.3, 0.8, 0.8, 1.1, 1.1], 1.0),
    subject("film", 0.035, [0.4, 0.7, 0.8, 1.6, 1.4], 1.4),
    subject("home", 0.025, STEADY, 1.4),
    subject("money", 0.02, STEADY, 0.8),
    subject("mood", 0.05, [0.8, 0.7, 0.8, 1.1, 2.0], 1.0),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up() {
        let sum: f64 = SUBJECTS.iter().map(|subject| subject.share).sum();
        assert!((0.95..1.15).contains(&sum), "{sum}");
        let sum: f64 = POPULATIONS.iter().map(|population| population.share).sum();
        assert!((sum - 1.0).abs() < 1e-9, "{sum}");
        for brand in &BRANDS {
            let sum: f64 = brand.products.iter().map(|product| product.share).sum();
            assert!((sum - 1.0).abs() < 1e-9, "{} {sum}", brand.name);
        }
    }

    #[test]
    fn brands_are_found_by_name() {
        assert_eq!(brand("Wrenpot").unwrap().field, "coffee");
        assert!(brand("wrenpot").is_none());
    }
}
