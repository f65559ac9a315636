//! The Python package: a virtual environment, the wheel, its tests.

use crate::Outcome;
use crate::browser::{is_root, system};
use crate::process::{program, root, run, works};
use crate::test::{Ended, of};
use std::path::PathBuf;

/// What the tests of the package import besides it.
const NEEDS: &[&str] = &["maturin", "numpy", "pytest", "anndata", "scikit-learn", "pyarrow"];

/// Builds the wheel, installs it into `.venv` and runs its tests.
pub fn step() -> Ended {
    match prepare() {
        Ok(()) => of(&mut program(python(), &["-m", "pytest", "-q"])),
        Err(sentence) => Ended::Failed(Default::default(), sentence),
    }
}

fn python() -> PathBuf {
    root().join(".venv/bin/python")
}

const PIP: [&str; 5] = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];

/// Installs packages into `.venv`, which is made if it is missing.
///
/// # Errors
/// Python or the package index is missing.
pub fn install(packages: &[&str]) -> Outcome {
    if !works(&mut program(python(), &["-m", "pip", "--version"])) {
        environment()?;
    }
    run(program(python(), &PIP).args(packages)).1
}

fn prepare() -> Outcome {
    install(NEEDS)?;
    let wheels = tempfile::tempdir().map_err(|e| format!("No temporary folder: {e}."))?;
    let build = ["-m", "maturin", "build", "--release", "--locked", "--out"];
    run(program(python(), &build).arg(wheels.path())).1?;
    let wheel = std::fs::read_dir(wheels.path())
        .map_err(|e| format!("The folder of the wheel could not be read: {e}."))?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|e| e == "whl"))
        .ok_or("maturin left no wheel.")?;
    // The version does not change between two builds, so pip must be told that the wheel did.
    run(program(python(), &PIP).args(["--force-reinstall", "--no-deps"]).arg(wheel)).1
}

fn environment() -> Outcome {
    // Some systems ship Python without its own module for environments.
    if !works(&mut program("python3", &["-c", "import ensurepip, venv"])) && is_root() {
        system(&["python3-venv"])?;
    }
    run(&mut program("python3", &["-m", "venv", "--clear", ".venv"])).1
}
