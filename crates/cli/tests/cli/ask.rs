//! Running the program and small populations to run it on.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// What the program answered.
#[derive(Debug)]
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl From<Output> for Said {
    fn from(o: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { code: o.status.code(), out: text(&o.stdout), err: text(&o.stderr) }
    }
}

/// The program in the folder `dir`, not yet started.
pub fn program(dir: &Path) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_thalweg"));
    program.current_dir(dir).env_remove("THALWEG_THREADS").stdin(Stdio::null());
    program
}

/// Runs the program in `dir` with the words of `line`.
pub fn say(dir: &Path, line: &str) -> Said {
    run(dir, line.split_whitespace())
}

pub fn run<S: AsRef<OsStr>>(dir: &Path, words: impl IntoIterator<Item = S>) -> Said {
    program(dir).args(words).output().unwrap().into()
}

/// As [`say`], for what must succeed.
pub fn done(dir: &Path, line: &str) -> Said {
    let said = say(dir, line);
    assert_eq!(said.code, Some(0), "{line}: {said:?}");
    said
}

/// Rows `(time, x, y)` of a population that drifts to the right, `counts[k]` at time `k`: an additive sequence, the
/// same everywhere.
pub fn rows(counts: &[usize]) -> Vec<(f64, f64, f64)> {
    let mut all = Vec::new();
    for (time, &count) in counts.iter().enumerate() {
        for i in 0..count {
            let (u, v) = (0.618_034 * (i + 7 * time) as f64, 0.414_214 * (i + 3 * time) as f64);
            all.push((time as f64, time as f64 + u.fract() - 0.5, 2.0 * v.fract() - 1.0));
        }
    }
    all
}

/// A CSV file of [`rows`].
pub fn table(dir: &Path, name: &str, counts: &[usize]) {
    let mut text = String::from("day,x,y\n");
    for (t, x, y) in rows(counts) {
        writeln!(text, "{t},{x},{y}").unwrap();
    }
    fs::write(dir.join(name), text).unwrap();
}

/// A folder with `ok.csv` (40 rows at each of three times) and `grow.csv` (40, 60 and 90).
pub fn workplace() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    table(dir.path(), "ok.csv", &[40, 40, 40]);
    table(dir.path(), "grow.csv", &[40, 60, 90]);
    dir
}

/// Flags that make a training of the method `id` last `steps` steps of a small network.
pub fn short(id: &str, steps: usize) -> String {
    let network = match id {
        "S004" | "S039" => "--set hidden=[16,16]",
        _ => "--set network.hidden=[16,16]",
    };
    let tuning = if id == "S039" {
        "--set fine_tune.fit.steps=6 --set fine_tune.points=64 --set fine_tune.fit.schedule.warmup=0"
    } else {
        ""
    };
    format!(
        "--method {id} --set fit.steps={steps} --set fit.schedule.warmup=0 --set batch=64 {network} {tuning} --threads 1"
    )
}

/// Every file under `root` with its content.
pub fn files(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(root).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    found
}
