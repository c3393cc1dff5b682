//! `trends series`: what the posts of the workspace give, bucket by bucket.

use super::columns::{names, numbers, times};
use super::{Surroundings, workspace};
use crate::cli::WorkspaceSeries;
use crate::output;
use anyhow::Result;
use arrow::array::RecordBatch;

pub(super) async fn run(surroundings: &Surroundings, options: WorkspaceSeries) -> Result<()> {
    let query = workspace::query(&options.by, &options.selection)?;
    let all = workspace::read(surroundings, &query).await?;
    let points = || {
        all.iter().flat_map(|named| named.series.points().iter().map(move |point| (named, point)))
    };
    let mut columns = names(Some(&options.by), points().map(|(named, _)| named));
    let values = points().map(|(_, point)| Some(point.value).filter(|value| value.is_finite()));
    columns.push(("timestamp".to_owned(), times(points().map(|(_, point)| point.time))));
    columns.push(("value".to_owned(), numbers(surroundings.format, values)));
    let rows = RecordBatch::try_from_iter(columns)?;
    output::print(surroundings.format, &rows.schema(), &[rows])
}
