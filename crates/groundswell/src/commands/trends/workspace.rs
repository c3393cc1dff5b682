//! Series of the posts of the workspace.

use super::source::{MICROSECONDS, Named};
use super::{Surroundings, UsageError};
use crate::cli::Selection;
use anyhow::{Context, Result};
use arrow::array::timezone::Tz;
use arrow::array::{ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Float64Type, TimeUnit, TimestampMicrosecondType};
use groundswell_engine::query_in_order;
use groundswell_engine::trends::{BUCKETS, GROUPS, MEASURES, SeriesQuery};
use groundswell_insight::trends::{Gaps, Point, Series};
use groundswell_sources::{TimeContext, did_you_mean, parse_time};
use std::collections::BTreeMap;

/// How many series there are, if nobody says.
const TOP: usize = 20;

/// Makes a query of what was typed.
pub(super) fn query(by: &str, selection: &Selection) -> Result<SeriesQuery> {
    let Some(group) = GROUPS.iter().find(|group| group.name == by) else {
        let known: Vec<&str> = GROUPS.iter().map(|group| group.name).collect();
        let remedy = did_you_mean(by, &known);
        return Err(UsageError(format!("posts are not told apart by `{by}`; {remedy}")).into());
    };
    let time_zone = selection.time_zone.clone().unwrap_or_else(|| "UTC".to_owned());
    if time_zone.parse::<Tz>().is_err() {
        let rule = format!(
            "unknown time zone `{time_zone}`; give a name such as Asia/Shanghai, or +08:00"
        );
        return Err(UsageError(rule).into());
    }
    let measure = selection.measure.as_deref().unwrap_or(MEASURES[0].name);
    let bucket = selection.bucket.as_deref().unwrap_or("hour");
    let moment = |time: &Option<String>| -> Result<Option<String>> {
        let Some(time) = time else { return Ok(None) };
        let context = TimeContext::utc(chrono::Utc::now().timestamp_micros());
        let micros = parse_time(time, &context).map_err(|error| UsageError(error.to_string()))?;
        let moment = chrono::DateTime::from_timestamp_micros(micros).context("no such time")?;
        Ok(Some(moment.to_rfc3339()))
    };
    Ok(SeriesQuery {
        group,
        measure: MEASURES.iter().find(|it| it.name == measure).context("no such measure")?,
        bucket: BUCKETS.iter().find(|it| it.name == bucket).context("no such bucket")?,
        time_zone,
        since: moment(&selection.since)?,
        until: moment(&selection.until)?,
        keys: selection.only.clone(),
        top: selection.top.unwrap_or(TOP),
    })
}

/// Reads the series, by name; all begin with the first bucket of any and end with the last.
pub(super) async fn read(surroundings: &Surroundings, query: &SeriesQuery) -> Result<Vec<Named>> {
    let workspace = surroundings.open().await?;
    let runner = surroundings.runner(&workspace).await?;
    let (_, batches) = query_in_order(runner.as_ref(), &query.series()).await?;
    let mut by_name: BTreeMap<String, Vec<Point>> = BTreeMap::new();
    for batch in &batches {
        let keys = cast(batch, "key", &DataType::Utf8)?;
        let times = times(batch, "timestamp")?;
        let values = cast(batch, "value", &DataType::Float64)?;
        let cells = keys
            .as_string::<i32>()
            .iter()
            .zip(times.as_primitive::<TimestampMicrosecondType>())
            .zip(values.as_primitive::<Float64Type>());
        for ((key, time), value) in cells {
            let (Some(key), Some(time), Some(value)) = (key, time, value) else { continue };
            let point = Point { time: time.div_euclid(MICROSECONDS), value };
            by_name.entry(key.to_owned()).or_default().push(point);
        }
    }
    let ends = {
        let all = || by_name.values().flatten().map(|point| point.time);
        all().min().zip(all().max())
    };
    if by_name.is_empty() {
        eprintln!(
            "no posts for these series; collect and refresh, or ask for another time or name"
        );
    }
    let gaps = if query.measure.is_zero_without_posts { Gaps::Zero } else { Gaps::Unknown };
    let mut series = Vec::with_capacity(by_name.len());
    for (name, mut points) in by_name {
        if let (Some((first, last)), Gaps::Zero) = (ends, gaps) {
            for time in [first, last] {
                if !points.iter().any(|point| point.time == time) {
                    points.push(Point { time, value: 0.0 });
                }
            }
        }
        let made = Series::with_step(points, query.bucket.seconds, gaps);
        let made = made.with_context(|| format!("series `{name}`"))?;
        series.push(Named { name: Some(name), series: made });
    }
    Ok(series)
}

/// Takes a column in another type.
pub(super) fn cast(batch: &RecordBatch, name: &str, to: &DataType) -> Result<ArrayRef> {
    let column = batch.column_by_name(name).with_context(|| format!("no column `{name}`"))?;
    Ok(arrow::compute::cast(column, to)?)
}

/// Takes a column of times in microseconds, whatever their zone.
pub(super) fn times(batch: &RecordBatch, name: &str) -> Result<ArrayRef> {
    let column = batch.column_by_name(name).with_context(|| format!("no column `{name}`"))?;
    let zone = match column.data_type() {
        DataType::Timestamp(_, zone) => zone.clone(),
        _ => None,
    };
    cast(batch, name, &DataType::Timestamp(TimeUnit::Microsecond, zone))
}
