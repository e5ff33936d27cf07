//! Python with MLflow's clients, for the tests that let them talk to the server: one environment for each
//! generation, kept outside the checkout and made once.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::steps::note;
use crate::workspace::Workspace;
use crate::{machine, process};

/// An environment: its name, which is that of its requirements in `server/tests/mlflow_client`, and the
/// variable that tells its interpreter to the tests.
const ENVIRONMENTS: [(&str, &str); 2] =
    [("mlflow3", "CUADERNO_PYTHON_MLFLOW3"), ("mlflow2", "CUADERNO_PYTHON_MLFLOW2")];

/// The oldest Python for which both clients are published.
const OLDEST: &str = "(3, 10)";

/// An interpreter and the variable by which the tests find it.
pub(crate) type Interpreter = (&'static str, PathBuf);

/// Finds the environments and makes those that are missing or were made from other requirements.
///
/// # Errors
///
/// There is no Python and none can be installed from here, or the package index cannot be reached and an environment is
/// missing. The message says what to do.
pub(crate) fn ensure(workspace: &Workspace) -> anyhow::Result<Vec<Interpreter>> {
    let folder = cache()?;
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    // Two checkouts may be tested at once: the second waits until the first has made them.
    let lock = File::create(folder.join("lock"))?;
    lock.lock().context("cannot lock the folder of Python environments")?;

    ENVIRONMENTS
        .into_iter()
        .map(|(name, variable)| {
            if let Some(given) = std::env::var_os(variable) {
                return Ok((variable, PathBuf::from(given)));
            }
            let requirements =
                workspace.root().join("server/tests/mlflow_client").join(name).with_extension("txt");
            let environment = folder.join(name);
            let interpreter = environment.join("bin/python");
            if !is_current(&environment, &requirements)? {
                make(&environment, &requirements).with_context(|| {
                    format!("cannot make the Python environment {}", environment.display())
                })?;
            }
            note(interpreter.display());
            Ok((variable, interpreter))
        })
        .collect()
}

/// `$XDG_CACHE_HOME/cuaderno/python`, by default below `~/.cache`.
fn cache() -> anyhow::Result<PathBuf> {
    let caches = match std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from) {
        Some(folder) if folder.is_absolute() => folder,
        _ => PathBuf::from(std::env::var_os("HOME").context("HOME is not set")?).join(".cache"),
    };
    Ok(caches.join("cuaderno/python"))
}

/// The copy of the requirements that a finished environment holds; it is written last.
fn finished(environment: &Path) -> PathBuf {
    environment.join("requirements.txt")
}

fn is_current(environment: &Path, requirements: &Path) -> anyhow::Result<bool> {
    let wanted = fs::read(requirements).with_context(|| format!("cannot read {}", requirements.display()))?;
    Ok(fs::read(finished(environment)).is_ok_and(|made_from| made_from == wanted))
}

fn make(environment: &Path, requirements: &Path) -> anyhow::Result<()> {
    let python = if let Some(found) = interpreter() {
        found
    } else {
        machine::install(&["python3", "python3-venv"], "testing with MLflow's clients")?;
        interpreter().context("Python was installed and cannot be found")?
    };
    if environment.exists() {
        fs::remove_dir_all(environment)?;
    }
    note(format_args!("installing {} into {} (once)", requirements.display(), environment.display()));
    process::run(process::fresh(python).args(["-m", "venv"]).arg(environment))?;
    let installed = process::run(
        process::fresh(environment.join("bin/python"))
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"])
            .arg(requirements),
    );
    if let Err(error) = installed {
        bail!("{error:#}\nPyPI is needed once; afterwards the environment is found where it was made");
    }
    fs::copy(requirements, finished(environment))?;
    Ok(())
}

/// A Python that is new enough and can make environments.
fn interpreter() -> Option<PathBuf> {
    ["python3", "python3.13", "python3.12", "python3.11", "python3.10"]
        .into_iter()
        .filter_map(process::find)
        .chain([PathBuf::from("/usr/bin/python3")])
        .find(|python| {
            process::succeeds(
                process::fresh(python).args([
                    "-c",
                    &format!("import ensurepip, sys, venv; sys.exit(sys.version_info < {OLDEST})"),
                ]),
            )
        })
}
