//! When posts appear, and from which stream: daily and weekly rhythm of each population, events on top of it.

use super::chance::Chance;
use super::scenario::{HOUR, Scenario, wave};
use super::world::POPULATIONS;

/// Length of the stretches within which the rate of posts is constant.
const BUCKET: i64 = HOUR / 6;
const BUCKETS_PER_DAY: usize = 144;

/// Says why a post appears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Occasion {
    Everyday,
    Crisis,
    Launch,
    Emerging,
    News,
    Spam,
    /// The campaign of this index.
    Campaign(usize),
}

/// One stream of posts: an occasion within a population.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stream {
    pub(super) occasion: Occasion,
    pub(super) population: usize,
}

/// Hands out exactly so many moments in order, with the stream each belongs to.
pub(super) struct Timeline {
    streams: Vec<Stream>,
    /// Rate of each stream in each stretch: `rates[stretch * streams.len() + stream]`.
    rates: Vec<f32>,
    /// Moments up to the end of each stretch.
    moments_until: Vec<u64>,
    start: i64,
    stretch: usize,
    made: u64,
    last: i64,
}

impl Timeline {
    pub(super) fn new(scenario: &Scenario, posts: u64, seed: u64) -> Self {
        let mut chance = Chance::new(seed, 2);
        let streams = streams_of(scenario);
        let stretches = scenario.days as usize * BUCKETS_PER_DAY;
        let news: Vec<f64> = news_hours(scenario, seed);
        let mut rates = vec![0.0; stretches * streams.len()];
        for (column, &stream) in streams.iter().enumerate() {
            let mut wander = 0.0;
            let rate_at = |stretch: usize| {
                let hour = (stretch as f64 + 0.5) / 6.0;
                let loudness = loudness(scenario, stream.occasion, hour, &news);
                wander = 0.97 * wander + 0.06 * chance.normal();
                loudness * rhythm(stream, scenario.start(), hour) * f64::exp(wander)
            };
            let column_rates: Vec<f64> = (0..stretches).map(rate_at).collect();
            let total: f64 = column_rates.iter().sum();
            if total > 0.0 {
                let share =
                    share_of(scenario, stream.occasion) * POPULATIONS[stream.population].share;
                for (stretch, rate) in column_rates.iter().enumerate() {
                    rates[stretch * streams.len() + column] = (rate / total * share) as f32;
                }
            }
        }
        let moments_until = share_out(&rates, streams.len(), posts);
        let start = scenario.start();
        Self { streams, rates, moments_until, start, stretch: 0, made: 0, last: i64::MIN }
    }

    /// Returns the next moment (microseconds UTC, whole milliseconds, never before the one before) and its stream.
    pub(super) fn next(&mut self, chance: &mut Chance) -> Option<(i64, Stream)> {
        while *self.moments_until.get(self.stretch)? <= self.made {
            self.stretch += 1;
        }
        let before = self.stretch.checked_sub(1).map_or(0, |s| self.moments_until[s]);
        let count = self.moments_until[self.stretch] - before;
        let place = ((self.made - before) as f64 + chance.unit()) / count as f64;
        let offset = self.stretch as i64 * BUCKET + (place * BUCKET as f64) as i64;
        let time = (self.start + offset / 1000 * 1000).max(self.last);
        let row = self.stretch * self.streams.len();
        let rates = &self.rates[row..row + self.streams.len()];
        let stream = chance.weighted(rates.iter().map(|&rate| f64::from(rate)));
        self.made += 1;
        self.last = time;
        Some((time, self.streams[stream]))
    }
}

fn streams_of(scenario: &Scenario) -> Vec<Stream> {
    let mut occasions = vec![
        Occasion::Everyday,
        Occasion::Crisis,
        Occasion::Launch,
        Occasion::Emerging,
        Occasion::News,
        Occasion::Spam,
    ];
    occasions.extend((0..scenario.campaigns.len()).map(Occasion::Campaign));
    let populations = 0..POPULATIONS.len();
    let of = |occasion| populations.clone().map(move |population| Stream { occasion, population });
    occasions.into_iter().flat_map(of).collect()
}

fn share_of(scenario: &Scenario, occasion: Occasion) -> f64 {
    let share = |occasion: Occasion| match occasion {
        Occasion::Everyday => 0.0,
        Occasion::Crisis => scenario.crisis.as_ref().map_or(0.0, |crisis| crisis.share),
        Occasion::Launch => scenario.launch.as_ref().map_or(0.0, |launch| launch.share),
        Occasion::Emerging => scenario.emerging.as_ref().map_or(0.0, |emerging| emerging.share),
        Occasion::News => scenario.news_share,
        Occasion::Spam => scenario.spam_share,
        Occasion::Campaign(index) => scenario.campaigns[index].share,
    };
    if occasion != Occasion::Everyday {
        return share(occasion);
    }
    let events = streams_of(scenario).into_iter().filter(|stream| stream.population == 0);
    1.0 - events.map(|stream| share(stream.occasion)).sum::<f64>()
}

fn loudness(scenario: &Scenario, occasion: Occasion, hour: f64, news: &[f64]) -> f64 {
    match occasion {
        Occasion::Everyday | Occasion::Spam => 1.0,
        Occasion::Crisis => scenario.crisis.as_ref().map_or(0.0, |crisis| crisis.loudness(hour)),
        Occasion::Launch => scenario.launch.as_ref().map_or(0.0, |launch| launch.loudness(hour)),
        Occasion::Emerging => scenario.emerging.as_ref().map_or(0.0, |topic| topic.loudness(hour)),
        Occasion::News => news.iter().map(|&at| news_wave(hour - at)).sum(),
        Occasion::Campaign(index) => scenario.campaigns[index].loudness(hour),
    }
}

/// Returns how much a piece of news is copied some hours after it came out.
pub(super) fn news_wave(since: f64) -> f64 {
    if since > 72.0 { 0.0 } else { wave(since, 1.0, 7.0) }
}

/// Draws the hours at which pieces of news come out, in order.
pub(super) fn news_hours(scenario: &Scenario, seed: u64) -> Vec<f64> {
    let mut chance = Chance::new(seed, 3);
    let span = (scenario.days * 24) as f64;
    let count = (scenario.days * 2) as usize;
    // One piece per equal part of the time, so that news never runs dry, at an uneven moment within it.
    (0..count).map(|index| (index as f64 + chance.unit()) * span / count as f64).collect()
}

/// Parts of the day's posts by local hour, on workdays and at weekends.
const CHINESE_HOURS: [[f64; 24]; 2] = [
    [
        2.6, 1.4, 0.8, 0.5, 0.4, 0.6, 1.3, 2.9, 4.2, 4.6, 4.8, 5.0, 6.2, 5.2, 4.3, 4.2, 4.3, 4.6,
        5.2, 5.8, 6.6, 7.2, 7.4, 5.2,
    ],
    [
        3.6, 2.2, 1.2, 0.7, 0.5, 0.5, 0.8, 1.7, 2.8, 4.0, 4.8, 5.2, 5.8, 5.2, 4.8, 4.9, 5.0, 5.0,
        5.2, 5.8, 6.6, 7.2, 7.3, 5.8,
    ],
];
const ENGLISH_HOURS: [[f64; 24]; 2] = [
    [
        1.9, 1.1, 0.7, 0.5, 0.5, 0.9, 2.0, 3.8, 5.0, 5.0, 4.9, 4.8, 5.4, 5.0, 4.8, 4.7, 4.9, 5.3,
        5.6, 6.0, 6.5, 6.4, 5.2, 3.4,
    ],
    [
        2.8, 1.8, 1.1, 0.8, 0.5, 0.6, 1.1, 2.2, 3.6, 4.8, 5.4, 5.6, 5.5, 5.3, 5.2, 5.2, 5.3, 5.3,
        5.5, 5.9, 6.2, 6.2, 5.3, 4.0,
    ],
];

fn rhythm(stream: Stream, start: i64, hour: f64) -> f64 {
    if matches!(stream.occasion, Occasion::Campaign(_)) {
        return 1.0;
    }
    let population = &POPULATIONS[stream.population];
    let time = start + (hour * HOUR as f64) as i64;
    let (local_hour, weekday) = local_clock(time, population.offset_hours);
    let hours = match population.language {
        super::world::Language::Chinese => &CHINESE_HOURS,
        super::world::Language::English => &ENGLISH_HOURS,
    };
    let day = [0.98, 1.0, 1.0, 1.01, 1.05, 0.92, 0.9][weekday as usize];
    let level = hours[usize::from(weekday >= 5)][local_hour as usize] * day;
    // What is in everybody's mouth keeps some awake.
    if stream.occasion == Occasion::Crisis { level + 1.2 } else { level }
}

/// Returns the local hour (0 … 23) and weekday (0 is Monday) of a time (microseconds UTC).
pub(super) fn local_clock(time: i64, offset_hours: i64) -> (i64, i64) {
    let hours = time.div_euclid(HOUR) + offset_hours;
    // 1970-01-01 was a Thursday.
    (hours.rem_euclid(24), (hours.div_euclid(24) + 3).rem_euclid(7))
}

/// Divides `posts` among the stretches in proportion to their rates, exactly.
fn share_out(rates: &[f32], width: usize, posts: u64) -> Vec<u64> {
    let rows: Vec<f64> =
        rates.chunks(width).map(|row| row.iter().map(|&rate| f64::from(rate)).sum()).collect();
    let total: f64 = rows.iter().sum();
    let mut sum = 0.0;
    let mut until: Vec<u64> = Vec::with_capacity(rows.len());
    for row in rows {
        sum += row;
        until.push(((sum / total * posts as f64).round() as u64).min(posts));
    }
    if let Some(last) = until.last_mut() {
        *last = posts;
    }
    until
}

#[cfg(test)]
mod tests {
    use super::super::scenario::SCENARIOS;
    use super::*;

    fn moments(posts: u64) -> Vec<(i64, Stream)> {
        let mut chance = Chance::new(5, 1);
        let mut timeline = Timeline::new(&SCENARIOS[0], posts, 5);
        std::iter::from_fn(|| timeline.next(&mut chance)).collect()
    }

    #[test]
    fn moments_are_exact_sorted_and_inside() {
        for posts in [0, 1, 17, 3_000] {
            let moments = moments(posts);
            assert_eq!(moments.len() as u64, posts);
            assert!(moments.is_sorted_by_key(|(time, _)| *time));
            let span = SCENARIOS[0].start()..SCENARIOS[0].end;
            assert!(moments.iter().all(|(time, _)| span.contains(time)));
        }
    }

    #[test]
    fn nights_are_quiet_where_people_live() {
        let moments = moments(30_000);
        for population in [0, 1] {
            let offset = POPULATIONS[population].offset_hours;
            let everyday = Stream { occasion: Occasion::Everyday, population };
            let count = |hours: std::ops::Range<i64>| {
                let at = |time| hours.contains(&local_clock(time, offset).0);
                moments.iter().filter(|(time, stream)| *stream == everyday && at(*time)).count()
            };
            assert!(count(2..5) * 4 < count(20..23), "{population}");
        }
    }

    #[test]
    fn clocks_are_local() {
        // 2026-11-22T23:30Z is a Sunday; in China it is Monday half past seven.
        let time = SCENARIOS[0].end - HOUR / 2;
        assert_eq!(local_clock(time, 0), (23, 6));
        assert_eq!(local_clock(time, 8), (7, 0));
        assert_eq!(local_clock(time, -5), (18, 6));
    }
}
