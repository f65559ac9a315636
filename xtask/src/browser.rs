//! The page of a run in headless Chromium.

use crate::process::{example, program, run, works};
use crate::test::{Ended, of};
use std::process::Command;

/// Writes the sample page and lets the browser test drive it; installs the browser where that is allowed.
pub fn step() -> Ended {
    if !present() && !is_root() {
        return Ended::Skipped("chromium and chromedriver are not installed, and only root may install them.".into());
    }
    if !present()
        && let Err(sentence) = system(&["chromium", "chromium-driver"])
    {
        return Ended::Failed(Default::default(), sentence);
    }
    let folder = match tempfile::tempdir() {
        Ok(folder) => folder,
        Err(e) => return Ended::Failed(Default::default(), format!("No temporary folder: {e}.")),
    };
    let sample = example("sample_page", &[]).and_then(|mut sample| run(sample.arg(folder.path())).1);
    match sample {
        Ok(()) => of(program("python3", &["crates/report/tests/browser.py"]).arg(folder.path())),
        Err(sentence) => Ended::Failed(Default::default(), sentence),
    }
}

fn present() -> bool {
    let browser =
        works(&mut program("chromium", &["--version"])) || works(&mut program("google-chrome", &["--version"]));
    browser && works(&mut program("chromedriver", &["--version"]))
}

/// Whether this process may install packages.
pub fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout.trim_ascii() == b"0")
}

/// Installs packages of the system, on systems that have apt.
///
/// # Errors
/// The package manager is missing or refused.
pub fn system(packages: &[&str]) -> crate::Outcome {
    run(&mut program("apt-get", &["update", "-qq"])).1?;
    let mut command = program("apt-get", &["install", "-y", "-qq", "--no-install-recommends"]);
    run(command.args(packages).env("DEBIAN_FRONTEND", "noninteractive")).1
}
