//! Where trained models are kept: `<root>/<name>/<version>/`, the newest of a name in `<root>/<name>/current`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::architectures::write_whole;
use crate::error::ModelError;
use crate::lab::description::{DESCRIPTION, TrainedDescription};
use crate::lab::names::{ENCODERS, VECTORS, check_name, list_of, split};
use crate::lab::trained::{FILES, TrainedModel, WEIGHTS};
use crate::word_vectors::WordVectors;

/// The file that names the newest version.
const CURRENT: &str = "current";
/// The folder of a training under way.
const TRAINING: &str = "training";
/// The folder of a model that is being copied here.
const INCOMING: &str = "incoming";

/// Says which model is where.
#[derive(Clone, Debug)]
pub struct StoredModel {
    /// Its folder.
    pub folder: PathBuf,
    /// Its description.
    pub description: TrainedDescription,
    /// Whether calls without a version mean it.
    pub is_current: bool,
}

/// Keeps the models of a folder, each opened once.
#[derive(Debug, Default)]
pub struct ModelStore {
    root: Option<PathBuf>,
    open: Mutex<HashMap<String, Arc<TrainedModel>>>,
    vectors: Mutex<HashMap<String, Versioned>>,
}

/// Word vectors with their version.
type Versioned = (String, Arc<WordVectors>);

/// The store of this process.
static STORE: Mutex<Option<Arc<ModelStore>>> = Mutex::new(None);

impl ModelStore {
    /// Gives the store of this process; one without a folder holds nothing.
    pub fn of_process() -> Arc<Self> {
        let mut store = STORE.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(store.get_or_insert_default())
    }

    /// Makes a folder the store of this process; it need not exist.
    pub fn choose(root: &Path) {
        *STORE.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(Self::at(root)));
    }

    /// Looks at a folder as a store.
    pub(crate) fn at(root: &Path) -> Self {
        Self { root: Some(root.to_owned()), ..Self::default() }
    }

    /// Gives the folder in which a model of this name is trained; a killed training finds its checkpoint there.
    ///
    /// # Errors
    /// Fails if the name cannot be that of a model and an SQL function, or the store has no folder.
    pub fn training_folder(&self, name: &str) -> Result<PathBuf, ModelError> {
        check_name(name)?;
        Ok(self.root()?.join(name).join(TRAINING))
    }

    /// Gives the folder of a pre-trained encoder of this name.
    ///
    /// # Errors
    /// Fails if the name cannot be one, or the store has no folder.
    pub fn encoder_folder(&self, name: &str) -> Result<PathBuf, ModelError> {
        check_name(name)?;
        Ok(self.root()?.join(ENCODERS).join(name))
    }

    /// Gives the folder that word vectors of this name are written to.
    ///
    /// # Errors
    /// Fails if the name cannot be one, or the store has no folder.
    pub fn vectors_folder_to_write(&self, name: &str) -> Result<PathBuf, ModelError> {
        check_name(name)?;
        Ok(self.root()?.join(VECTORS).join(name))
    }

    /// Finds the folder of word vectors.
    ///
    /// # Errors
    /// Fails if there are none of this name.
    pub fn vectors_folder(&self, name: &str) -> Result<String, ModelError> {
        let folder = self.vectors_folder_to_write(name)?;
        if folder.is_dir() {
            return Ok(folder.display().to_string());
        }
        let has = list_of(&self.vectors_names()?);
        Err(ModelError::Invalid(format!(
            "there are no word vectors `{name}` in `{}`, it has {has}; make them: train word-vectors --name {name} --data …",
            self.root()?.display()
        )))
    }

    /// Lists the word vectors by name.
    ///
    /// # Errors
    /// Fails if the folder cannot be read.
    pub fn vectors_names(&self) -> Result<Vec<String>, ModelError> {
        self.names_in(VECTORS)
    }

    /// Lists the encoders that trainings may start from, by name.
    ///
    /// # Errors
    /// Fails if the folder cannot be read.
    pub fn encoder_names(&self) -> Result<Vec<String>, ModelError> {
        self.names_in(ENCODERS)
    }

    /// Lists the folders of a part of the store, without those under way.
    fn names_in(&self, part: &str) -> Result<Vec<String>, ModelError> {
        let Some(root) = &self.root else { return Ok(Vec::new()) };
        let names = folders(&root.join(part))?.into_iter().map(|folder| last_part(&folder));
        Ok(names.filter(|name| check_name(name).is_ok()).collect())
    }

    /// Resolves the name of word vectors to `name@version`, the version a hash of what they are.
    ///
    /// # Errors
    /// Fails if there are none of this name, or their folder is damaged.
    pub fn pin_vectors(&self, name: &str) -> Result<String, ModelError> {
        let (version, _) = self.open_vectors(name, None)?;
        Ok(format!("{name}@{version}"))
    }

    /// Opens word vectors by `name` or `name@version`; they stay open.
    ///
    /// # Errors
    /// Fails if there are none of this name, their folder is damaged, or they are others than those asked for.
    pub fn word_vectors(&self, reference: &str) -> Result<Arc<WordVectors>, ModelError> {
        let (name, asked) = split(reference);
        let (version, vectors) = self.open_vectors(name, asked)?;
        match asked {
            Some(asked) if asked != version => Err(ModelError::Invalid(format!(
                "the word vectors `{name}` in `{}` are `{version}`, the query asks for `{asked}`; copy the folder there",
                self.vectors_folder(name)?
            ))),
            _ => Ok(vectors),
        }
    }

    /// Opens word vectors, anew if those that are open are not the ones asked for.
    fn open_vectors(&self, name: &str, asked: Option<&str>) -> Result<Versioned, ModelError> {
        let mut open = self.vectors.lock().unwrap_or_else(PoisonError::into_inner);
        let known = open.get(name).filter(|(version, _)| asked.is_none_or(|it| it == version));
        if let Some(known) = known {
            return Ok(known.clone());
        }
        let vectors = WordVectors::read(Path::new(&self.vectors_folder(name)?))?;
        let found = (vectors.version(), Arc::new(vectors));
        open.insert(name.to_owned(), found.clone());
        Ok(found)
    }

    /// Finds what a training may start from: a pre-trained encoder by its name, or the folder of a checkpoint.
    ///
    /// # Errors
    /// Fails if there is neither.
    pub fn base_folder(&self, base: &str) -> Result<String, ModelError> {
        let named = self.encoder_folder(base).ok();
        let mut candidates = named.into_iter().chain([PathBuf::from(base)]);
        let found = candidates.find(|folder| folder.join(WEIGHTS).exists());
        if let Some(folder) = found {
            return Ok(folder.display().to_string());
        }
        let has = list_of(&self.encoder_names()?);
        Err(ModelError::Invalid(format!(
            "there is no encoder `{base}`, the store has {has}; make one with pretrain --name, or name the folder of a checkpoint with `{WEIGHTS}`"
        )))
    }

    /// Puts a trained folder in its place and makes it the one its name means.
    ///
    /// # Errors
    /// Fails if the files cannot be moved.
    pub fn adopt(
        &self,
        folder: &Path,
        description: &TrainedDescription,
    ) -> Result<PathBuf, ModelError> {
        check_name(&description.name)?;
        let of_name = self.root()?.join(&description.name);
        let place = of_name.join(&description.version);
        std::fs::create_dir_all(&of_name).map_err(|error| ModelError::file(&of_name, error))?;
        // First the name, then the move: a program killed between them leaves the name to the newest version that is there, and the
        // training to be resumed.
        write_whole(&of_name.join(CURRENT), description.version.as_bytes())?;
        if place.exists() {
            std::fs::remove_dir_all(&place).map_err(|error| ModelError::file(&place, error))?;
        }
        std::fs::rename(folder, &place).map_err(|error| ModelError::file(folder, error))?;
        Ok(place)
    }

    /// Copies the folder of a model that was trained elsewhere to the place of this name, and makes it the one the name means. Gives
    /// the place and the description there.
    ///
    /// # Errors
    /// Fails if the model cannot be opened here, the name cannot be that of a model, or a file cannot be copied.
    pub fn take(
        &self,
        from: &Path,
        name: &str,
    ) -> Result<(PathBuf, TrainedDescription), ModelError> {
        check_name(name)?;
        let found = TrainedDescription::read(from)?;
        let description = TrainedDescription { name: name.to_owned(), ..found };
        // A sibling of the versions, so that a cascade finds its models in this store.
        let folder = self.root()?.join(name).join(INCOMING);
        clear(&folder)?;
        for file in FILES.iter().filter(|file| description.files.contains_key(**file)) {
            let source = from.join(file);
            std::fs::copy(&source, folder.join(file))
                .map_err(|error| ModelError::file(&source, error))?;
        }
        description.write(&folder)?;
        if let Err(error) = TrainedModel::open(&folder) {
            std::fs::remove_dir_all(&folder).ok();
            return Err(error);
        }
        Ok((self.adopt(&folder, &description)?, description))
    }

    /// Lists all models that can be described, by name, the newest version of a name first.
    ///
    /// # Errors
    /// Fails if a folder cannot be read.
    pub fn list(&self) -> Result<Vec<StoredModel>, ModelError> {
        let mut models = Vec::new();
        for folder in self.model_folders()? {
            let Ok(description) = TrainedDescription::read(&folder) else { continue };
            let current = folder.parent().and_then(current_version);
            let is_current = current.is_some_and(|version| version == description.version);
            models.push(StoredModel { folder, description, is_current });
        }
        models.sort_by(|a, b| {
            let key = |model: &StoredModel| {
                let about = &model.description;
                (
                    about.name.clone(),
                    !model.is_current,
                    std::cmp::Reverse(about.created),
                    about.version.clone(),
                )
            };
            key(a).cmp(&key(b))
        });
        Ok(models)
    }

    /// Lists the models whose description is damaged, as `name@version`, each with what is wrong.
    ///
    /// # Errors
    /// Fails if a folder cannot be read.
    pub fn damaged(&self) -> Result<Vec<(String, ModelError)>, ModelError> {
        let mut damaged = Vec::new();
        for folder in self.model_folders()? {
            if let Err(error) = TrainedDescription::read(&folder) {
                let name = folder.parent().map(last_part).unwrap_or_default();
                damaged.push((format!("{name}@{}", last_part(&folder)), error));
            }
        }
        Ok(damaged)
    }

    /// Lists the folders of models.
    fn model_folders(&self) -> Result<Vec<PathBuf>, ModelError> {
        let Some(root) = &self.root else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for of_name in folders(root)? {
            found.extend(folders(&of_name)?.into_iter().filter(|folder| is_model(folder)));
        }
        Ok(found)
    }

    /// Adds up the bytes of the files of a model; nothing if one is not here.
    pub fn bytes(&self, about: &TrainedDescription) -> Option<u64> {
        let folder = self.root.as_ref()?.join(&about.name).join(&about.version);
        about.files.keys().map(|file| Some(folder.join(file).metadata().ok()?.len())).sum()
    }

    /// Resolves `name` or `name@version` to `name@version`.
    ///
    /// # Errors
    /// Fails if there is no such model; the error names those there are.
    pub fn pin(&self, reference: &str) -> Result<String, ModelError> {
        let (name, version) = split(reference);
        check_name(name)?;
        if let Some(version) = version {
            return Ok(format!("{name}@{version}"));
        }
        match self.root.as_ref().and_then(|root| current_version(&root.join(name))) {
            Some(version) => Ok(format!("{name}@{version}")),
            None => Err(self.unknown(reference)),
        }
    }

    /// Opens a model by `name` or `name@version`; it stays open.
    ///
    /// # Errors
    /// Fails if this process has no such model, or its folder is damaged or holds another one.
    pub fn get(&self, reference: &str) -> Result<Arc<TrainedModel>, ModelError> {
        let pinned = self.pin(reference)?;
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(model) = open.get(&pinned) {
            return Ok(Arc::clone(model));
        }
        let (name, version) = split(&pinned);
        let version = version.unwrap_or_default();
        let folder = match &self.root {
            Some(root) => root.join(name).join(version),
            None => return Err(self.unknown(reference)),
        };
        let path = folder.join(DESCRIPTION);
        if !path.exists() {
            return Err(self.unknown(reference));
        }
        let model = Arc::new(TrainedModel::open(&folder)?);
        let found = &model.description().version;
        if found != version {
            let reason = format!("its version is `{found}`, that of its folder `{version}`");
            return Err(ModelError::format(&path, "description of this model", reason));
        }
        open.insert(pinned, Arc::clone(&model));
        Ok(model)
    }

    fn root(&self) -> Result<&Path, ModelError> {
        self.root.as_deref().ok_or_else(|| {
            ModelError::Invalid(
                "the workspace is no local folder, so that `models.folder` must name one; set it"
                    .to_owned(),
            )
        })
    }

    fn unknown(&self, reference: &str) -> ModelError {
        let known = self.list().unwrap_or_default();
        let mut names: Vec<String> =
            known.into_iter().map(|model| model.description.name).collect();
        names.dedup();
        let place = match &self.root {
            Some(root) => format!("`{}`", root.display()),
            None => "this process, which was given no folder of models (models.folder)".to_owned(),
        };
        let has = list_of(&names);
        ModelError::Invalid(format!(
            "there is no model `{reference}` in {place}; it has {has}; train it, or copy its folder there"
        ))
    }
}

/// Finds the version that a name without one means: the one that `current` names if it is there, else the newest that is.
fn current_version(of_name: &Path) -> Option<String> {
    let named = std::fs::read_to_string(of_name.join(CURRENT)).ok()?.trim().to_owned();
    if of_name.join(&named).join(DESCRIPTION).exists() {
        return Some(named);
    }
    let versions = folders(of_name).ok()?.into_iter().filter(|folder| is_model(folder));
    let described = versions.filter_map(|folder| TrainedDescription::read(&folder).ok());
    described.max_by_key(|about| about.created).map(|about| about.version)
}

/// Says whether a folder holds a model that is not under way.
fn is_model(folder: &Path) -> bool {
    let is_under_way = folder.ends_with(TRAINING) || folder.ends_with(INCOMING);
    !is_under_way && folder.join(DESCRIPTION).exists()
}

/// Makes a folder, without what an earlier run left in it.
pub(crate) fn clear(folder: &Path) -> Result<(), ModelError> {
    if folder.exists() {
        std::fs::remove_dir_all(folder).map_err(|error| ModelError::file(folder, error))?;
    }
    std::fs::create_dir_all(folder).map_err(|error| ModelError::file(folder, error))
}

fn last_part(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn folders(folder: &Path) -> Result<Vec<PathBuf>, ModelError> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(ModelError::file(folder, error)),
    };
    let mut found: Vec<PathBuf> =
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_dir()).collect();
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::description::tests::described;

    #[test]
    fn one_damaged_model_hides_no_other() {
        let root = std::env::temp_dir().join(format!("groundswell-store-{}", std::process::id()));
        let store = ModelStore::at(&root);
        for name in ["whole", "broken"] {
            let folder = root.join(name).join(TRAINING);
            clear(&folder).unwrap();
            let about = described(name);
            about.write(&folder).unwrap();
            store.adopt(&folder, &about).unwrap();
        }
        let listed = store.list().unwrap();
        assert_eq!(listed.len(), 2);
        assert!(listed.iter().all(|model| model.is_current));
        let version = &listed[0].description.version;
        std::fs::write(root.join("broken").join(version).join(DESCRIPTION), "{").unwrap();
        let listed = store.list().unwrap();
        let names: Vec<&str> = listed.iter().map(|it| it.description.name.as_str()).collect();
        assert_eq!(names, ["whole"]);
        let damaged = store.damaged().unwrap();
        assert_eq!(damaged.len(), 1);
        assert_eq!(damaged[0].0, format!("broken@{version}"));
        assert!(store.pin("broken").is_ok() && store.get("broken").is_err());
        std::fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn a_name_whose_newest_model_never_arrived_means_the_one_before() {
        let root = std::env::temp_dir().join(format!("groundswell-current-{}", std::process::id()));
        let store = ModelStore::at(&root);
        let folder = root.join("mine").join(TRAINING);
        clear(&folder).unwrap();
        let about = described("mine");
        about.write(&folder).unwrap();
        // Killed before the move of the first.
        std::fs::write(root.join("mine").join(CURRENT), &about.version).unwrap();
        assert!(store.pin("mine").is_err());
        store.adopt(&folder, &about).unwrap();
        let pinned = store.pin("mine").unwrap();
        // Killed before the move of the next.
        std::fs::write(root.join("mine").join(CURRENT), "0123456789abcdef").unwrap();
        assert_eq!(store.pin("mine").unwrap(), pinned);
        assert!(store.list().unwrap()[0].is_current);
        std::fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn word_vectors_are_those_that_were_asked_for() {
        let root = std::env::temp_dir().join(format!("groundswell-pins-{}", std::process::id()));
        let write = |value: f32| {
            let words = vec!["a".to_owned()];
            let vectors = WordVectors::new(words, 2, vec![value, 1.0]).unwrap();
            vectors.write(&root.join(VECTORS).join("words")).unwrap();
        };
        write(0.5);
        let here = ModelStore::at(&root);
        let pinned = here.pin_vectors("words").unwrap();
        assert!(here.word_vectors(&pinned).is_ok() && here.word_vectors("words").is_ok());
        write(0.7);
        assert!(here.word_vectors(&pinned).is_ok(), "they are still open");
        let error = ModelStore::at(&root).word_vectors(&pinned).unwrap_err().to_string();
        assert!(error.contains("the query asks for") && error.contains("words"), "{error}");
        let error = here.pin_vectors("others").unwrap_err().to_string();
        assert!(error.contains("it has `words`"), "{error}");
        std::fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn names_that_are_no_names_are_refused() {
        let store = ModelStore::default();
        for name in ["", "Mine", "../up", "a b", "1st"] {
            assert!(store.pin(name).is_err(), "{name}");
        }
        let error = store.pin(ENCODERS).unwrap_err().to_string();
        assert!(error.contains("is a folder of the store"), "{error}");
        let error = store.pin("mine").unwrap_err().to_string();
        assert!(error.contains("no model `mine` in this process"), "{error}");
    }
}
