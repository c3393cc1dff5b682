//! How tables of the engine travel in a plan.

use ballista_core::serde::BallistaLogicalExtensionCodec;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::TableProvider;
use datafusion::common::{DataFusionError, Result, TableReference};
use datafusion::datasource::file_format::FileFormatFactory;
use datafusion::execution::TaskContext;
use datafusion::logical_expr::{Extension, LogicalPlan};
use datafusion_proto::logical_plan::LogicalExtensionCodec;
use groundswell_engine::provider::{DeltaFiles, TableAddress};
use std::sync::Arc;

/// First byte of a table of the engine.
const DELTA_FILES: u8 = b'D';

/// Writes Delta tables as their address and version, and leaves everything else to Ballista.
#[derive(Debug, Default)]
pub(crate) struct EngineCodec {
    ballista: BallistaLogicalExtensionCodec,
}

impl LogicalExtensionCodec for EngineCodec {
    fn try_decode(
        &self,
        bytes: &[u8],
        inputs: &[LogicalPlan],
        context: &TaskContext,
    ) -> Result<Extension> {
        self.ballista.try_decode(bytes, inputs, context)
    }

    fn try_encode(&self, node: &Extension, bytes: &mut Vec<u8>) -> Result<()> {
        self.ballista.try_encode(node, bytes)
    }

    fn try_decode_table_provider(
        &self,
        bytes: &[u8],
        table: &TableReference,
        schema: SchemaRef,
        context: &TaskContext,
    ) -> Result<Arc<dyn TableProvider>> {
        let Some((&DELTA_FILES, address)) = bytes.split_first() else {
            return self.ballista.try_decode_table_provider(bytes, table, schema, context);
        };
        let address: TableAddress = serde_json::from_slice(address).map_err(external)?;
        Ok(Arc::new(DeltaFiles::deferred(address, schema)))
    }

    fn try_encode_table_provider(
        &self,
        table: &TableReference,
        provider: Arc<dyn TableProvider>,
        bytes: &mut Vec<u8>,
    ) -> Result<()> {
        let Some(files) = provider.downcast_ref::<DeltaFiles>() else {
            return self.ballista.try_encode_table_provider(table, provider, bytes);
        };
        bytes.push(DELTA_FILES);
        serde_json::to_writer(bytes, files.address()).map_err(external)
    }

    fn try_decode_file_format(
        &self,
        bytes: &[u8],
        context: &TaskContext,
    ) -> Result<Arc<dyn FileFormatFactory>> {
        self.ballista.try_decode_file_format(bytes, context)
    }

    fn try_encode_file_format(
        &self,
        bytes: &mut Vec<u8>,
        format: Arc<dyn FileFormatFactory>,
    ) -> Result<()> {
        self.ballista.try_encode_file_format(bytes, format)
    }
}

fn external(error: serde_json::Error) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::arrow::datatypes::{DataType, Field, Schema};

    #[test]
    fn a_table_travels_as_its_address() {
        let address = TableAddress {
            url: "s3://bucket/posts/".to_owned(),
            version: 7,
            table_id: "an-identity".to_owned(),
        };
        let schema = Arc::new(Schema::new(vec![Field::new("id", DataType::Int64, false)]));
        let sent = DeltaFiles::deferred(address.clone(), Arc::clone(&schema));
        let codec = EngineCodec::default();
        let name = TableReference::bare("posts");
        let mut bytes = Vec::new();
        codec.try_encode_table_provider(&name, Arc::new(sent), &mut bytes).unwrap();
        assert!(bytes.len() < 200, "{} bytes", bytes.len());
        let context = TaskContext::default();
        let received =
            codec.try_decode_table_provider(&bytes, &name, Arc::clone(&schema), &context);
        let received = received.unwrap();
        assert_eq!(received.schema(), schema);
        assert_eq!(received.downcast_ref::<DeltaFiles>().unwrap().address(), &address);
    }

    #[test]
    fn a_damaged_address_is_an_error() {
        let codec = EngineCodec::default();
        let schema = Arc::new(Schema::empty());
        let name = TableReference::bare("posts");
        let context = TaskContext::default();
        assert!(codec.try_decode_table_provider(b"D{", &name, schema, &context).is_err());
    }
}
