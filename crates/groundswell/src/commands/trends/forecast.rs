//! `trends forecast`: what comes next.

use super::columns::{names, numbers, times};
use super::source::{Named, read};
use super::{Surroundings, usage};
use crate::cli::{ForecastSeries, Format};
use crate::output;
use anyhow::{Context, Result};
use arrow::array::RecordBatch;
use groundswell_insight::trends::forecast::{
    Forecast, ForecastOptions, Interval, forecast, periods_of,
};
use groundswell_models::on_all_cores;
use serde_json::{Map, Value, json};

pub(super) async fn run(surroundings: &Surroundings, options: ForecastSeries) -> Result<()> {
    let all = read(surroundings, &options.source).await?;
    let found = forecasts(&all, &options)?;
    let rows = rows(surroundings.format, &all, &options, &found)?;
    match surroundings.format {
        Format::Json => {
            let series =
                all.iter().zip(&found).map(|(named, found)| methods(&options, named, found));
            let series: Vec<Value> = series.collect();
            let all = json!({ "forecasts": output::to_json(&[rows])?, "series": series });
            println!("{}", serde_json::to_string_pretty(&all)?);
            Ok(())
        }
        format => output::print(format, &rows.schema(), &[rows]),
    }
}

fn forecasts(all: &[Named], options: &ForecastSeries) -> Result<Vec<Forecast>> {
    let one = |named: &Named| {
        let periods = match options.period.is_empty() {
            true => periods_of(named.series.step()),
            false => options.period.clone(),
        };
        let asked = ForecastOptions {
            horizon: options.horizon,
            levels: options.level.clone(),
            periods,
            method: options.method.clone(),
        };
        let found = forecast(&named.series.values(), &asked).map_err(usage);
        match &named.name {
            Some(name) => found.with_context(|| format!("series `{name}`")),
            None => found,
        }
    };
    on_all_cores(all, |part| part.iter().map(one).collect())
}

/// Says by which methods a series was forecast.
fn methods(options: &ForecastSeries, named: &Named, found: &Forecast) -> Value {
    let weights: Map<String, Value> =
        found.weights.iter().map(|(name, weight)| ((*name).to_owned(), json!(weight))).collect();
    let mut about = Map::new();
    if let (Some(by), Some(name)) = (&options.source.by, &named.name) {
        about.insert(by.clone(), json!(name));
    }
    about.insert("weights".to_owned(), Value::Object(weights));
    about.insert("origins".to_owned(), json!(found.origins));
    Value::Object(about)
}

fn rows(
    format: Format,
    all: &[Named],
    options: &ForecastSeries,
    found: &[Forecast],
) -> Result<RecordBatch> {
    let horizon = options.horizon;
    let series = all.iter().flat_map(|named| std::iter::repeat_n(named, horizon));
    let mut columns = names(options.source.by.as_deref(), series);
    let following = all.iter().flat_map(|named| {
        let (points, step) = (named.series.points(), named.series.step());
        let last = points.last().map_or(0, |point| point.time);
        (1..=horizon as i64).map(move |lead| last + lead * step)
    });
    columns.push(("timestamp".to_owned(), times(following)));
    let values = found.iter().flat_map(|found| found.values.iter().map(|value| Some(*value)));
    columns.push(("forecast".to_owned(), numbers(format, values)));
    for (place, level) in options.level.iter().enumerate() {
        let ends = |of: fn(&Interval) -> f64| {
            let leads = found.iter().flat_map(|found| &found.intervals);
            numbers(format, leads.map(|lead| lead.get(place).map(of)))
        };
        columns.push((format!("lower_{level}"), ends(|interval| interval.lower)));
        columns.push((format!("upper_{level}"), ends(|interval| interval.upper)));
    }
    Ok(RecordBatch::try_from_iter(columns)?)
}
