//! cargo-deny over the dependencies, under the rules of `deny.toml`.

use crate::Outcome;
use crate::process::{cargo, run, works};
use crate::test::{Ended, of};

/// Licences, bans and sources need no network. Advisories do, so they are left to [`all`].
pub fn step() -> Ended {
    if !present() {
        return Ended::Skipped(
            "cargo-deny is not installed; `cargo xtask deny` installs it, which takes minutes.".into(),
        );
    }
    of(&mut cargo(&["deny", "check", "licenses", "bans", "sources"]))
}

/// Everything, advisories included; installs cargo-deny where it is missing.
///
/// # Errors
/// The installation failed, or a dependency breaks a rule.
pub fn all() -> Outcome {
    if !present() {
        run(&mut cargo(&["install", "--locked", "cargo-deny"])).1?;
    }
    run(&mut cargo(&["deny", "check"])).1
}

fn present() -> bool {
    works(&mut cargo(&["deny", "--version"]))
}
