//! The colours, each in a light and a dark form, and the style sheet variables made of them.
//!
//! Positive and negative are blue and orange, which people with any common form of colour blindness tell apart.

use std::fmt::Write;

/// Names a colour by its job and gives both of its forms as `#rrggbb`.
struct Colour {
    name: &'static str,
    light: &'static str,
    dark: &'static str,
}

const fn colour(name: &'static str, light: &'static str, dark: &'static str) -> Colour {
    Colour { name, light, dark }
}

static COLOURS: &[Colour] = &[
    colour("page", "#f4f5f7", "#0f1318"),
    colour("card", "#ffffff", "#181e26"),
    colour("ink", "#1b232d", "#e7ebf0"),
    colour("quiet", "#566171", "#a2aebc"),
    colour("line", "#dce1e7", "#2d3743"),
    colour("link", "#1d5f96", "#7db8ea"),
    colour("bar", "#2f6d9e", "#5f9fd0"),
    colour("bar-pale", "#a9c4db", "#36566f"),
    colour("positive", "#2372a9", "#5aa7df"),
    colour("neutral", "#8a94a1", "#78848f"),
    colour("negative", "#c5541b", "#f0914f"),
    colour("warn-card", "#fff7e6", "#2b2413"),
    colour("warn-line", "#b7791f", "#c99a3c"),
    colour("heat-0", "#eef1f4", "#1f2731"),
    colour("heat-1", "#d3e2ee", "#243a4d"),
    colour("heat-2", "#a8c7de", "#2b526f"),
    colour("heat-3", "#74a5c9", "#377299"),
    colour("heat-4", "#417fae", "#4d97c6"),
    colour("heat-5", "#1e5480", "#84c3ee"),
];

/// Writes the variables: light ones for every medium, dark ones for screens that ask for them. Paper is always light.
pub(crate) fn variables() -> String {
    let mut css = String::from(":root{");
    for colour in COLOURS {
        let _ = write!(css, "--{}:{};", colour.name, colour.light);
    }
    css.push_str("}\n@media screen and (prefers-color-scheme:dark){:root{");
    for colour in COLOURS {
        let _ = write!(css, "--{}:{};", colour.name, colour.dark);
    }
    css.push_str("}}\n");
    css
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computes relative luminance as WCAG 2.2 defines it.
    fn luminance(hex: &str) -> f64 {
        let channel = |at: usize| {
            let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    /// Computes the contrast ratio of WCAG 2.2.
    fn contrast(a: &str, b: &str) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn find(name: &str) -> &'static Colour {
        COLOURS.iter().find(|c| c.name == name).unwrap()
    }

    fn assert_contrast(front: &str, back: &str, least: f64) {
        let (front, back) = (find(front), find(back));
        for (f, b) in [(front.light, back.light), (front.dark, back.dark)] {
            let ratio = contrast(f, b);
            assert!(ratio >= least, "{} on {}: {ratio:.2} < {least}", front.name, back.name);
        }
    }

    #[test]
    fn text_reaches_aa() {
        for back in ["page", "card", "warn-card"] {
            for front in ["ink", "quiet", "link"] {
                assert_contrast(front, back, 4.5);
            }
        }
    }

    #[test]
    fn marks_reach_three_to_one() {
        for front in ["bar", "positive", "neutral", "negative", "warn-line"] {
            assert_contrast(front, "card", 3.0);
        }
    }

    #[test]
    fn heat_grows_away_from_the_card() {
        for (light, next) in [0, 1, 2, 3, 4].map(|i| (i, i + 1)) {
            let (a, b) = (find(&format!("heat-{light}")), find(&format!("heat-{next}")));
            assert!(luminance(a.light) > luminance(b.light));
            assert!(luminance(a.dark) < luminance(b.dark));
        }
    }

    #[test]
    fn every_colour_has_both_forms() {
        let css = variables();
        for colour in COLOURS {
            assert_eq!(css.matches(&format!("--{}:#", colour.name)).count(), 2);
        }
    }
}
