//! A function that takes its time, to widen the moment in which a fault is made.

use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::error::Result;
use datafusion::execution::FunctionRegistry;
use datafusion::logical_expr::{ColumnarValue, Volatility, create_udf};
use std::sync::Arc;
use std::time::Duration;

/// Names the file that the first call in a process makes.
pub const MARK: &str = "CLUSTER_TEST_MARK";

/// Registers `slow(value, microseconds)`, which returns the value and sleeps so long for each row.
pub fn register(registry: &mut dyn FunctionRegistry) -> Result<()> {
    let function = create_udf(
        "slow",
        vec![DataType::Int64, DataType::Int64],
        DataType::Int64,
        Volatility::Volatile,
        Arc::new(slow),
    );
    registry.register_udf(Arc::new(function))?;
    Ok(())
}

fn slow(arguments: &[ColumnarValue]) -> Result<ColumnarValue> {
    if let Ok(mark) = std::env::var(MARK) {
        std::fs::write(mark, "called")?;
    }
    let arrays = ColumnarValue::values_to_arrays(arguments)?;
    let pauses = arrays[1].as_primitive::<Int64Type>();
    let pause = pauses.iter().flatten().next().unwrap_or_default();
    let microseconds = u64::try_from(pause).unwrap_or_default() * arrays[0].len() as u64;
    std::thread::sleep(Duration::from_micros(microseconds));
    Ok(ColumnarValue::Array(Arc::clone(&arrays[0])))
}
