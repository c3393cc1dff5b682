//! The commands, a file each.

mod cluster;
mod collect;
mod demo;
mod evaluate;
mod fields;
mod labelled;
mod ladder;
mod models;
mod pretrain;
mod pull;
mod refresh;
mod report;
mod simulate;
mod sql;
mod topics;
mod train;
mod trends;
mod word_vectors;

pub(crate) use labelled::USUAL_LABEL;

use crate::cli::{Arguments, Command, Format};
use crate::config::{Config, storage_environment};
use anyhow::Result;
use clap::CommandFactory;
use groundswell_cluster::{ClusterOptions, ClusterRunner};
use groundswell_engine::datafusion::execution::FunctionRegistry;
use groundswell_engine::datafusion::prelude::SessionContext;
use groundswell_engine::topics::register_fits;
use groundswell_engine::{
    EngineError, LocalRunner, Runner, SessionOptions, Stores, Workspace, WorkspaceOptions,
    local_session, register_trained,
};
use groundswell_models::lab::ModelStore;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Says that the command line asks for something that does not exist: exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct UsageError(pub(crate) String);

/// What every command needs to know: where the tables are, where queries run, how results are printed.
pub(crate) struct Surroundings {
    pub(crate) config: Config,
    pub(crate) format: Format,
    pub(crate) cluster: Option<String>,
    pub(crate) workspace: WorkspaceOptions,
}

impl Surroundings {
    fn new(arguments: &Arguments, config: Config) -> Result<Self> {
        let address = arguments.workspace.clone().unwrap_or(config.workspace.address.clone());
        let ambient = storage_environment().filter(|(name, _)| Stores::knows(name));
        let storage = ambient.chain(config.workspace.storage.clone());
        let storage = storage.map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
        let stores = Stores::new(storage).map_err(|error| UsageError(error.to_string()))?;
        let configured = Some(config.cluster.scheduler.clone()).filter(|it| !it.is_empty());
        Ok(Self {
            format: arguments.format,
            cluster: arguments.cluster.clone().or(configured),
            workspace: WorkspaceOptions { address, stores },
            config,
        })
    }

    pub(crate) fn session_options(&self) -> SessionOptions {
        SessionOptions {
            threads: self.config.engine.threads,
            memory_bytes: self.config.engine.memory_mib * 1024 * 1024,
        }
    }

    /// Names the folder of trained models: the one that is set, else `models` in a workspace that is a local folder.
    fn models_folder(&self) -> Option<PathBuf> {
        let set = &self.config.models.folder;
        if !set.is_empty() {
            return Some(PathBuf::from(set));
        }
        let address = self.workspace.address.as_str();
        let local = address.strip_prefix("file://").unwrap_or(address);
        (!local.contains("://")).then(|| PathBuf::from(local).join("models"))
    }

    /// Opens the workspace that must be there.
    pub(crate) async fn open(&self) -> Result<Arc<Workspace>> {
        Ok(Workspace::open(&self.workspace).await?)
    }

    /// Makes the session of this process.
    pub(crate) async fn local(&self, workspace: &Arc<Workspace>) -> Result<LocalRunner> {
        let runner = LocalRunner::new(workspace, &self.session_options())?;
        register_models(runner.session())?;
        register_fits(&runner, runner.session()).await?;
        Ok(runner)
    }

    /// Chooses where queries run: the cluster when one is named, else this process.
    pub(crate) async fn runner(&self, workspace: &Arc<Workspace>) -> Result<Box<dyn Runner>> {
        let local = self.local(workspace).await?;
        let Some(scheduler) = &self.cluster else { return Ok(Box::new(local)) };
        let deadline = Duration::from_secs(self.config.cluster.deadline_s);
        let mut options = ClusterOptions::new(scheduler, deadline);
        options.stores = Arc::clone(&self.workspace.stores);
        let runner = ClusterRunner::connect(options).await?;
        workspace.register(runner.session());
        register_models(runner.session())?;
        register_fits(&local, runner.session()).await?;
        Ok(Box::new(runner))
    }
}

/// Makes every trained model a function of its name.
fn register_models(session: &SessionContext) -> Result<()> {
    let state = session.state_ref();
    let mut state = state.write();
    Ok(register_trained(&mut *state).map_err(EngineError::from)?)
}

/// Refuses a name of a model that would hide a function of queries, or be hidden by it.
fn refuse_known_function(name: &str) -> Result<()> {
    let session = local_session(&SessionOptions::default(), &Arc::default())?;
    let known =
        [session.udfs(), session.higher_order_function_names(), session.udafs(), session.udwfs()];
    if known.iter().any(|names| names.contains(name)) {
        return Err(UsageError(format!(
            "`{name}` is a function already; name the model otherwise"
        ))
        .into());
    }
    Ok(())
}

/// Runs the command of the command line.
pub(crate) async fn run(arguments: Arguments, config: Config) -> Result<()> {
    if !config.models.weights.is_empty() {
        groundswell_models::Runtime::choose(config.models.weights.as_ref())?;
    }
    let surroundings = Surroundings::new(&arguments, config)?;
    if let Some(folder) = surroundings.models_folder() {
        ModelStore::choose(&folder);
    }
    match arguments.command {
        Command::Demo(options) => Box::pin(demo::run(&surroundings, options)).await,
        Command::Simulate(options) => simulate::run(options),
        Command::Collect(options) => Box::pin(collect::run(&surroundings, options)).await,
        Command::Refresh(options) => Box::pin(refresh::run(&surroundings, options)).await,
        Command::Sql(options) => Box::pin(sql::run(&surroundings, options)).await,
        Command::Report(options) => Box::pin(report::run(&surroundings, options)).await,
        Command::Train(options) => Box::pin(train::run(&surroundings, *options)).await,
        Command::Pretrain(options) => Box::pin(pretrain::run(&surroundings, options)).await,
        Command::Evaluate(options) => Box::pin(evaluate::run(&surroundings, options)).await,
        Command::Models(options) => Box::pin(models::run(&surroundings, *options)).await,
        Command::Topics(options) => Box::pin(topics::run(&surroundings, options)).await,
        Command::Trends(options) => Box::pin(trends::run(&surroundings, options)).await,
        Command::Scheduler(options) => Box::pin(cluster::scheduler(&surroundings, options)).await,
        Command::Executor(options) => Box::pin(cluster::executor(&surroundings, options)).await,
        Command::Completions { shell } => {
            let mut out = std::io::stdout();
            clap_complete::generate(shell, &mut Arguments::command(), "groundswell", &mut out);
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_model_has_the_name_of_a_function() {
        for name in ["sentiment", "classify", "count", "sum", "abs", "row_number", "substring"] {
            let error = refuse_known_function(name).unwrap_err().to_string();
            assert!(error.contains("is a function already"), "{error}");
        }
        refuse_known_function("mine").unwrap();
    }
}
