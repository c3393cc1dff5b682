//! `trends detect`: the spikes of a series.

use super::columns::{names, numbers, times};
use super::source::{Named, read};
use super::{Surroundings, UsageError, why, workspace};
use crate::cli::{DetectSpikes, Format};
use crate::output;
use anyhow::Result;
use arrow::array::{ArrayRef, BooleanArray, RecordBatch, StringArray};
use groundswell_engine::trends::GROUPS;
use groundswell_insight::trends::{DETECTORS, Seen, Spike, spikes, usual};
use groundswell_models::on_all_cores;
use serde_json::json;
use std::sync::Arc;

pub(super) async fn run(surroundings: &Surroundings, options: DetectSpikes) -> Result<()> {
    let kind = DETECTORS.iter().find(|kind| Some(kind.name) == options.detector.as_deref());
    if !(options.threshold > 0.0 && options.threshold <= 1.0) {
        let threshold = options.threshold;
        return Err(UsageError(format!(
            "a threshold of `{threshold}` is no score over 0 up to 1; 0.5 is usual"
        ))
        .into());
    }
    let all = read(surroundings, &options.source).await?;
    let found = on_all_cores(&all, |part| {
        let one = |Named { series, .. }: &Named| {
            let kind = kind.unwrap_or_else(|| usual(series));
            let mut detector = (kind.make)(series.step());
            spikes(series.points(), detector.as_mut(), options.threshold)
        };
        anyhow::Ok(part.iter().map(one).collect())
    })?;
    let (by, format) = (options.source.by.as_deref(), surroundings.format);
    let spikes = spike_rows(format, by, &all, &found)?;
    if options.why {
        let query = workspace::query(by.unwrap_or(GROUPS[0].name), &options.source.selection)?;
        let causes = why::rows(surroundings, &query, by, &all, &found, options.explained).await?;
        return match format {
            Format::Json => {
                let [spikes, causes] = [spikes, causes].map(|rows| output::to_json(&[rows]));
                print_json(&json!({ "spikes": spikes?, "causes": causes? }))
            }
            Format::Table => {
                output::print(format, &spikes.schema(), &[spikes])?;
                output::print(format, &causes.schema(), &[causes])
            }
            Format::Csv => output::print(format, &causes.schema(), &[causes]),
        };
    }
    if !options.scores {
        return match format {
            Format::Json => print_json(&json!({ "spikes": output::to_json(&[spikes])? })),
            format => output::print(format, &spikes.schema(), &[spikes]),
        };
    }
    let scores = score_rows(format, by, &all, &found)?;
    match format {
        Format::Json => {
            let [spikes, scores] = [spikes, scores].map(|rows| output::to_json(&[rows]));
            print_json(&json!({ "spikes": spikes?, "scores": scores? }))
        }
        format => output::print(format, &scores.schema(), &[scores]),
    }
}

fn print_json(value: &serde_json::Value) -> Result<()> {
    println!("{}", serde_json::to_string_pretty(value)?);
    Ok(())
}

/// What was found in a series.
pub(super) type Found = (Vec<Spike>, Vec<Seen>);

fn spike_rows(
    format: Format,
    by: Option<&str>,
    all: &[Named],
    found: &[Found],
) -> Result<RecordBatch> {
    let spikes = || {
        all.iter()
            .zip(found)
            .flat_map(|(named, found)| found.0.iter().map(move |spike| (named, spike)))
    };
    let time = |at: fn(&Spike) -> usize| {
        times(spikes().map(|(named, spike)| named.series.points()[at(spike)].time))
    };
    let number =
        |of: fn(&Spike) -> f64| numbers(format, spikes().map(|(_, spike)| Some(of(spike))));
    let severities = spikes().map(|(_, spike)| Some(spike.severity.name()));
    let over: BooleanArray = spikes().map(|(_, spike)| Some(spike.is_over)).collect();
    let mut columns = names(by, spikes().map(|(named, _)| named));
    columns.extend(
        [
            ("start", time(|spike| spike.start)),
            ("peak", time(|spike| spike.peak)),
            ("end", time(|spike| spike.end)),
            ("is_over", Arc::new(over) as ArrayRef),
            ("peak_value", number(|spike| spike.peak_value)),
            ("expected", number(|spike| spike.expected)),
            ("excess", number(|spike| spike.excess)),
            ("score", number(|spike| spike.score)),
            ("severity", Arc::new(severities.collect::<StringArray>())),
        ]
        .map(|(name, column)| (name.to_owned(), column)),
    );
    Ok(RecordBatch::try_from_iter(columns)?)
}

fn score_rows(
    format: Format,
    by: Option<&str>,
    all: &[Named],
    found: &[Found],
) -> Result<RecordBatch> {
    let points = || {
        all.iter().flat_map(|named| named.series.points().iter().map(move |point| (named, point)))
    };
    let number = |of: fn(&Seen) -> f64| {
        numbers(format, found.iter().flat_map(|found| &found.1).map(|seen| Some(of(seen))))
    };
    let mut columns = names(by, points().map(|(named, _)| named));
    columns.extend(
        [
            ("timestamp", times(points().map(|(_, point)| point.time))),
            ("value", numbers(format, points().map(|(_, point)| Some(point.value)))),
            ("score", number(|seen| seen.score)),
            ("expected", number(|seen| seen.expected)),
        ]
        .map(|(name, column)| (name.to_owned(), column)),
    );
    Ok(RecordBatch::try_from_iter(columns)?)
}
