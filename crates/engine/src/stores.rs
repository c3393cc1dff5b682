//! Where files lie: one registry that opens folders and object stores by address, for tables and for the queries over them.

use crate::EngineError;
use datafusion::common::DataFusionError;
use datafusion::execution::object_store::ObjectStoreRegistry;
use deltalake_core::logstore::{
    LogStore, LogStoreFactory, ObjectStoreRef, StorageConfig, default_logstore, logstore_factories,
};
use deltalake_core::{DeltaResult, DeltaTableBuilder, DeltaTableError};
use object_store::ObjectStore;
use object_store::aws::AmazonS3ConfigKey;
use object_store::azure::AzureConfigKey;
use object_store::gcp::GoogleConfigKey;
use object_store::local::LocalFileSystem;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, Once, PoisonError};
use url::{Position, Url};

/// Schemes of the addresses that can be opened: folders, Amazon S3 and what speaks its protocol, Google Cloud Storage, Azure.
const SCHEMES: &[&str] = &["file", "s3", "s3a", "gs", "az", "azure", "adl", "abfs", "abfss"];

/// Opens object stores by address and keeps them open.
///
/// Options are named as in the crate `object_store` (`aws_region`, `aws_endpoint`, `azure_storage_account_name`, …), in any case. Every
/// process of a cluster opens stores with its own, so that no key travels with a query.
#[derive(Default)]
pub struct Stores {
    options: HashMap<String, String>,
    opened: Mutex<HashMap<String, Arc<dyn ObjectStore>>>,
}

impl Stores {
    /// Takes the options of object stores.
    ///
    /// # Errors
    /// [`EngineError::StorageOption`] for a name that no object store knows.
    pub fn new(mut options: HashMap<String, String>) -> Result<Arc<Self>, EngineError> {
        for (name, value) in &mut options {
            if !Self::knows(name) {
                return Err(EngineError::StorageOption(name.clone()));
            }
            // An endpoint that ends with a slash would double it in every request.
            if value.starts_with("http://") || value.starts_with("https://") {
                value.truncate(value.trim_end_matches('/').len());
            }
        }
        Ok(Arc::new(Self { options, opened: Mutex::default() }))
    }

    /// Says whether an object store has an option of this name.
    pub fn knows(option: &str) -> bool {
        let name = option.to_ascii_lowercase();
        name.parse::<AmazonS3ConfigKey>().is_ok()
            || name.parse::<AzureConfigKey>().is_ok()
            || name.parse::<GoogleConfigKey>().is_ok()
    }

    /// Returns the store of an address; the path of the address does not matter.
    ///
    /// # Errors
    /// [`EngineError::Workspace`] for a scheme that is not supported and for options that the store refuses.
    pub fn open(&self, address: &Url) -> Result<Arc<dyn ObjectStore>, EngineError> {
        let root = root(address);
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(store) = opened.get(&root) {
            return Ok(Arc::clone(store));
        }
        let refuse =
            |reason: String| EngineError::Workspace { address: address.to_string(), reason };
        if !SCHEMES.contains(&address.scheme()) {
            return Err(refuse(format!("known schemes are {}", SCHEMES.join(", "))));
        }
        let parsed = Url::parse(&root).map_err(|error| refuse(error.to_string()))?;
        let store: Arc<dyn ObjectStore> = if address.scheme() == "file" {
            // Folders that lose their last file go too, as they do in an object store.
            Arc::new(LocalFileSystem::new().with_automatic_cleanup(true))
        } else {
            let (store, _) = object_store::parse_url_opts(&parsed, &self.options)
                .map_err(|error| refuse(error.to_string()))?;
            Arc::from(store)
        };
        opened.insert(root, Arc::clone(&store));
        Ok(store)
    }
}

impl std::fmt::Debug for Stores {
    /// Names the options without their values, which may be keys.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.options.keys()).finish()
    }
}

impl ObjectStoreRegistry for Stores {
    fn register_store(
        &self,
        url: &Url,
        store: Arc<dyn ObjectStore>,
    ) -> Option<Arc<dyn ObjectStore>> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        opened.insert(root(url), store)
    }

    fn get_store(&self, url: &Url) -> datafusion::common::Result<Arc<dyn ObjectStore>> {
        self.open(url).map_err(|error| DataFusionError::External(Box::new(error)))
    }
}

/// Returns the address of a store: scheme, user, host and port, with a slash.
pub(crate) fn root(address: &Url) -> String {
    format!("{}/", &address[..Position::BeforePath])
}

/// Prepares to open a Delta table at an address of a store.
pub(crate) fn table_at(
    store: Arc<dyn ObjectStore>,
    address: Url,
) -> Result<DeltaTableBuilder, DeltaTableError> {
    static KNOWN: Once = Once::new();
    KNOWN.call_once(|| {
        for scheme in SCHEMES {
            if let Ok(scheme) = Url::parse(&format!("{scheme}://")) {
                logstore_factories().insert(scheme, Arc::new(AnyStore));
            }
        }
    });
    Ok(DeltaTableBuilder::from_url(address.clone())?.with_storage_backend(store, address))
}

/// Keeps the log of a table in the store of its files; commits need a store that refuses to overwrite, which all of [`SCHEMES`] do.
struct AnyStore;

impl LogStoreFactory for AnyStore {
    fn with_options(
        &self,
        prefixed_store: ObjectStoreRef,
        root_store: ObjectStoreRef,
        location: &Url,
        options: &StorageConfig,
    ) -> DeltaResult<Arc<dyn LogStore>> {
        Ok(default_logstore(prefixed_store, root_store, location, options))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stores(options: &[(&str, &str)]) -> Result<Arc<Stores>, EngineError> {
        let owned = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
        Stores::new(options.iter().map(owned).collect())
    }

    fn open(stores: &Stores, address: &str) -> Result<Arc<dyn ObjectStore>, EngineError> {
        stores.open(&Url::parse(address).unwrap())
    }

    #[test]
    fn a_store_is_opened_once_for_all_its_folders() {
        let stores = stores(&[("aws_region", "eu-west-1"), ("AWS_ENDPOINT", "http://[::1]:1/")]);
        let stores = stores.unwrap();
        let first = open(&stores, "s3://bucket/a/").unwrap();
        assert!(Arc::ptr_eq(&first, &open(&stores, "s3://bucket/b/c").unwrap()));
        assert!(!Arc::ptr_eq(&first, &open(&stores, "s3://another/a/").unwrap()));
        assert!(format!("{first}").contains("bucket"));
    }

    #[test]
    fn containers_of_one_account_are_kept_apart() {
        let stores = stores(&[("azure_storage_account_key", "a2V5")]).unwrap();
        let first = open(&stores, "abfss://one@account.dfs.core.windows.net/a").unwrap();
        let second = open(&stores, "abfss://two@account.dfs.core.windows.net/a").unwrap();
        assert!(!Arc::ptr_eq(&first, &second));
    }

    #[test]
    fn keys_stay_out_of_logs() {
        let stores = stores(&[("aws_secret_access_key", "secret")]).unwrap();
        assert_eq!(format!("{stores:?}"), r#"{"aws_secret_access_key"}"#);
    }

    #[test]
    fn what_cannot_be_opened_is_told() {
        let error = stores(&[("aws_regio", "x")]).unwrap_err().to_string();
        assert!(error.contains("unknown option `aws_regio`"), "{error}");
        let error = open(&Stores::default(), "gopher://x").unwrap_err().to_string();
        assert!(error.contains("known schemes are file, s3"), "{error}");
    }
}
