//! Series from a file or from a query over the workspace.

use super::{Surroundings, fields, workspace};
use crate::cli::{GapsMean, SeriesSource};
use anyhow::{Context, Result, bail};
use groundswell_engine::trends::GROUPS;
use groundswell_insight::trends::{Gaps, Point, Series};
use groundswell_sources::{TimeContext, parse_time};
use std::collections::BTreeMap;

/// Microseconds of a second.
pub(super) const MICROSECONDS: i64 = 1_000_000;

/// Is a series, with its name if there are several.
pub(super) struct Named {
    pub(super) name: Option<String>,
    pub(super) series: Series,
}

/// Reads the series, by name, and says on standard error what is odd about them.
pub(super) async fn read(surroundings: &Surroundings, source: &SeriesSource) -> Result<Vec<Named>> {
    let Some(data) = &source.series else {
        let by = source.by.as_deref().unwrap_or(GROUPS[0].name);
        let query = workspace::query(by, &source.selection)?;
        return workspace::read(surroundings, &query).await;
    };
    let data = std::slice::from_ref(data);
    let mut names = vec![source.time.as_str(), source.value.as_str()];
    names.extend(source.by.as_deref());
    let rows = fields::read(surroundings, data, source.input_format.as_deref(), &names).await?;
    let context = TimeContext::utc(chrono::Utc::now().timestamp_micros());
    let mut by_name: BTreeMap<Option<String>, Vec<Point>> = BTreeMap::new();
    for (row, fields) in rows.iter().enumerate() {
        let cell = |at: usize| fields[at].first().map_or("", |text| text.trim());
        let point = point(cell(0), cell(1), source, &context);
        let name = source.by.as_ref().map(|_| cell(2).to_owned());
        by_name.entry(name).or_default().push(point.with_context(|| format!("row {}", row + 1))?);
    }
    if by_name.is_empty() {
        by_name.insert(None, Vec::new());
    }
    let gaps = match source.gaps {
        GapsMean::Unknown => Gaps::Unknown,
        GapsMean::Zero => Gaps::Zero,
    };
    let mut all = Vec::with_capacity(by_name.len());
    for (name, points) in by_name {
        let series = Series::new(points, gaps);
        let series = match &name {
            Some(name) => series.with_context(|| format!("series `{name}`"))?,
            None => series?,
        };
        all.push(Named { name, series });
    }
    remark(&all, gaps);
    Ok(all)
}

fn remark(all: &[Named], gaps: Gaps) {
    let sum = |of: fn(&Series) -> usize| all.iter().map(|named| of(&named.series)).sum::<usize>();
    let (repeated, missing) = (sum(Series::repeated), sum(Series::missing));
    if repeated > 0 {
        eprintln!("{repeated} rows have the time of another; a clock that was set back?");
    }
    if missing > 0 && gaps == Gaps::Unknown {
        eprintln!("{missing} buckets have no row; if nothing happened in them: --gaps zero");
    }
}

fn point(time: &str, value: &str, source: &SeriesSource, context: &TimeContext) -> Result<Point> {
    if time.is_empty() {
        bail!("column `{}` is empty; every bucket needs a time", source.time);
    }
    let time = parse_time(time, context)?.div_euclid(MICROSECONDS);
    match value.parse() {
        Ok(value) => Ok(Point { time, value }),
        Err(_) => {
            bail!("column `{}` holds `{value}`, expected a number; leave the row out", source.value)
        }
    }
}
