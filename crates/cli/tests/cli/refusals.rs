//! What is refused, before any work and with nothing written: a whole sentence that names the value, and the mend.

use crate::ask::{done, files, program, rows, run, say, short, table, workplace};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use thalweg_core::Points;
use thalweg_io::OutTable;

const LEARN: &str = "--time day -o run --threads 1";

/// Refused with exit code 2, one sentence with all of `parts`, a mend, and an untouched folder.
fn refused(dir: &Path, line: &str, parts: &[&str]) {
    let before = files(dir);
    let said = say(dir, line);
    assert_eq!(said.code, Some(2), "{line}: {said:?}");
    let (sentence, mend) = said.err.rsplit_once("\n  try: ").unwrap_or_else(|| panic!("{line} has no mend: {said:?}"));
    let sentence = sentence.rsplit_once("error: ").unwrap().1;
    assert!(sentence.ends_with('.') && mend.trim_end().ends_with('.'), "{line}: {said:?}");
    for part in parts {
        assert!(said.err.contains(part), "{line} does not say {part}: {said:?}");
    }
    assert_eq!(said.out, "", "{line}");
    assert!(files(dir) == before && !dir.join("run").exists(), "{line} left something behind");
}

/// As [`refused`], in the words of the parser of the command line.
fn misused(dir: &Path, line: &str, parts: &[&str]) {
    let said = say(dir, line);
    assert_eq!(said.code, Some(2), "{line}: {said:?}");
    for part in parts {
        assert!(said.err.contains(part), "{line} does not say {part}: {said:?}");
    }
    assert!(said.out.is_empty() && !dir.join("run").exists());
}

fn learn(dir: &Path, rest: &str, parts: &[&str]) {
    refused(dir, &format!("learn {rest} {LEARN}"), parts);
}

/// A copy of `ok.csv` with a weight column and one more line.
fn variant(dir: &Path, name: &str, weight: impl Fn(usize, f64) -> String, line: &str) {
    let mut text = String::from("day,x,y,w\n");
    for (i, (t, x, y)) in rows(&[40, 40, 40]).into_iter().enumerate() {
        writeln!(text, "{t},{x},{y},{}", weight(i, t)).unwrap();
    }
    fs::write(dir.join(name), text + line).unwrap();
}

#[test]
fn missing_things() {
    let dir = workplace();
    let dir = dir.path();
    learn(dir, "none.csv", &["none.csv", "does not exist"]);
    refused(dir, "learn ok.csv --time dya -o run", &["`dya`", "Did you mean `day`?", "day, x, y"]);
    refused(dir, "learn ok.csv -o run", &["time", "--time"]);
    learn(dir, "ok.csv --features x,zz", &["`zz`", "day, x, y"]);
    learn(dir, "ok.csv --weights mass", &["`mass`"]);
    learn(dir, "ok.csv --features obsm:X_pca", &["obsm:X_pca", "h5ad"]);
    learn(dir, "ok.csv --config none.toml", &["none.toml"]);
    misused(dir, "learn ok.csv --time day", &["--output"]);
    for line in ["report none", "cite none", "push none --points ok.csv --from 0 --to 1 -o out.csv"] {
        refused(dir, line, &["none", "finished run"]);
    }
    refused(dir, &format!("learn ok.csv --resume {LEARN}"), &["no run in run", "--resume"]);
    refused(dir, "methods flow-machting", &["\"flow-machting\"", "flow-matching"]);
    refused(dir, "verify rectfied-flow", &["\"rectfied-flow\"", "rectified-flow"]);
    learn(dir, "ok.csv --method S999", &["\"S999\"", "thalweg methods"]);
    learn(
        dir,
        "ok.csv --method S030",
        &["S030", "mirror-sinkhorn", "does not learn from snapshots", "convex function of a plan"],
    );
    refused(dir, "man lern", &["\"lern\"", "learn"]);
}

#[test]
fn numbers_that_mean_nothing() {
    let dir = workplace();
    let dir = dir.path();
    for (name, weight, line, parts) in [
        ("nan.csv", "1", "2,nan,1,1\n", &["Row 120", "NaN", "`x`"][..]),
        ("inf.csv", "1", "2,0,-inf,1\n", &["Row 120", "-inf", "`y`"]),
        ("hole.csv", "1", "2,,1,1\n", &["Row 120", "missing", "`x`"]),
        ("when.csv", "1", "nan,0,1,1\n", &["Row 120", "NaN", "`day`"]),
        ("text.csv", "1", "2,hello,1,1\n", &["Row 120", "`hello`", "`x`"]),
        ("ragged.csv", "1", "2,1\n", &["Line 122", "2 cells", "4"]),
    ] {
        variant(dir, name, |_, _| weight.into(), line);
        learn(dir, &format!("{name} --features x,y"), parts);
    }
    variant(dir, "negative.csv", |i, _| if i == 7 { "-0.5" } else { "1" }.into(), "");
    learn(dir, "negative.csv --weights w", &["Row 7", "-0.5", "`w`"]);
    variant(dir, "nothing.csv", |_, _| "0".into(), "");
    learn(dir, "nothing.csv --weights w", &["time 0", "sum to 0"]);
    variant(dir, "gone.csv", |_, t| if t == 1.0 { "0" } else { "1" }.into(), "");
    learn(dir, "gone.csv --weights w", &["time 1", "sum to 0"]);
}

#[test]
fn snapshots_that_are_too_few_or_not_there() {
    let dir = workplace();
    let dir = dir.path();
    table(dir, "one.csv", &[40]);
    learn(dir, "one.csv", &["two snapshots", "one, at time 0"]);
    fs::write(dir.join("header.csv"), "day,x,y\n").unwrap();
    learn(dir, "header.csv", &["no rows"]);
    fs::write(dir.join("empty.csv"), "").unwrap();
    learn(dir, "empty.csv", &["empty.csv", "empty"]);
    learn(dir, "ok.csv --hold-out 1,1", &["Time 1", "twice"]);
    learn(dir, "ok.csv --hold-out 7", &["time 7", "[0.0, 1.0, 2.0]"]);
    learn(dir, "ok.csv --hold-out nan", &["NaN", "[0.0, 1.0, 2.0]"]);
    learn(dir, "ok.csv --hold-out 0,1", &["2 of 3", "at least two"]);
}

/// The last time may be held out: it is then predicted beyond the data. The first has nothing to start from.
#[test]
fn the_last_time_may_be_held_out_and_the_first_may_not() {
    let dir = workplace();
    let dir = dir.path();
    let said = done(dir, &format!("learn ok.csv --time day -o held --hold-out 2 --json {}", short("S086", 20)));
    let value: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    let row = |r: &serde_json::Value| (r["time"].as_f64().unwrap(), r["protocol"].as_str().unwrap().to_owned());
    let rows: Vec<_> = value["metrics"]["rows"].as_array().unwrap().iter().map(row).collect();
    assert_eq!(rows, [(1.0, "one-step-ahead".into()), (2.0, "left-out".into())]);
    learn(dir, "ok.csv --hold-out 0", &["Time 0 is held out", "earlier time", "the first that is left is 1"]);
}

/// Refused, or learned without a figure that is none.
#[test]
fn units_beyond_what_a_page_holds() {
    let dir = workplace();
    let dir = dir.path();
    let scaled = |name: &str, time: f64, x: f64, w: f64| {
        let mut text = String::from("day,x,y,w\n");
        for (t, u, v) in rows(&[40, 40, 40]) {
            writeln!(text, "{:e},{:e},{:e},{w:e}", t * time, u * x, v * x).unwrap();
        }
        fs::write(dir.join(name), text).unwrap();
    };
    for (name, time, x, w, parts) in [
        ("huge.csv", 1.0, 1e200, 1.0, &["`x`", "e199", "1e19"][..]),
        ("tiny.csv", 1.0, 1e-200, 1.0, &["range", "e-200", "1e-18"]),
        ("later.csv", 1e200, 1.0, 1.0, &["time", "1e200", "1e19"]),
        ("sooner.csv", 1e-200, 1.0, 1.0, &["interval", "1e-200", "1e-18"]),
        ("heavy.csv", 1.0, 1.0, 1e200, &["mass", "time 0", "e201", "1e19"]),
        ("light.csv", 1.0, 1.0, 1e-200, &["mass", "time 0", "e-199", "1e-18"]),
    ] {
        scaled(name, time, x, w);
        learn(dir, &format!("{name} --features x,y --weights w"), parts);
    }
    for (k, scale) in [1e-18, 1e18].into_iter().enumerate() {
        scaled("edge.csv", scale, scale, scale.sqrt());
        for id in ["S039", "S086"] {
            let line = format!("learn edge.csv --time day --features x,y --weights w -o {id}{k} --json");
            let said = done(dir, &format!("{line} {}", short(id, 20)));
            let value: serde_json::Value = serde_json::from_str(&said.out).unwrap();
            for row in value["metrics"]["rows"].as_array().unwrap() {
                let w1 = row["model"]["w1"].as_f64().unwrap() / scale;
                assert!(w1 > 1e-3 && w1 < 10.0, "{id} at {scale:e}: {row}");
            }
        }
    }
}

#[test]
fn files_that_are_not_what_they_say() {
    let dir = workplace();
    let dir = dir.path();
    fs::copy(dir.join("ok.csv"), dir.join("ok.xyz")).unwrap();
    fs::copy(dir.join("ok.csv"), dir.join("bare")).unwrap();
    learn(dir, "ok.xyz", &["ok.xyz", ".xyz", ".parquet"]);
    learn(dir, "bare", &["bare", "extension", ".csv"]);
    fs::create_dir(dir.join("folder.csv")).unwrap();
    learn(dir, "folder.csv", &["folder.csv", "folder"]);
    let all = rows(&[40, 40, 40]);
    let points = Points::new(2, all.iter().flat_map(|r| [r.1, r.2]).collect()).unwrap();
    let days = all.iter().map(|r| r.0).collect::<Vec<_>>();
    let named = OutTable::new().numbers("day", days).unwrap();
    let named = named.points("X", points.clone(), &["x".into(), "y".into()]).unwrap();
    let bare = OutTable::new().points("X", points, &["x".into(), "y".into()]).unwrap();
    for (name, whole) in [("t.npz", &named), ("t.npy", &bare), ("t.parquet", &named)] {
        thalweg_io::write(&dir.join(name), whole).unwrap();
        let bytes = fs::read(dir.join(name)).unwrap();
        fs::write(dir.join(name), &bytes[..bytes.len() * 2 / 3]).unwrap();
        learn(dir, name, &[name, "truncated or corrupt"]);
        fs::copy(dir.join("ok.csv"), dir.join(name)).unwrap();
        learn(dir, name, &[name, "truncated or corrupt"]);
    }
    fs::copy(dir.join("ok.csv"), dir.join("t.h5ad")).unwrap();
    learn(dir, "t.h5ad", &["t.h5ad"]);
    fs::write(dir.join("latin.csv"), b"day,x,y\n0,1,\xe9\n1,1,1\n").unwrap();
    learn(dir, "latin.csv --features x,y", &["latin.csv", "UTF-8"]);
    fs::write(dir.join("twins.csv"), "day,x,x\n0,1,2\n1,1,2\n").unwrap();
    learn(dir, "twins.csv", &["`x`", "Two columns"]);
}

#[test]
fn settings() {
    let dir = workplace();
    let dir = dir.path();
    for (set, parts) in [
        ("fit.stepz=10", &["`stepz`", "`steps`"][..]),
        ("fit.steps=abc", &["fit.steps", "\"abc\""]),
        ("fit.steps=-1", &["fit.steps", "-1"]),
        ("fit.steps=0", &["0 steps"]),
        ("fit.learning_rate=-1", &["learning rate", "-1"]),
        ("fit.learning_rate=1e999", &["fit.learning_rate"]),
        ("batch=0", &["batch", "0"]),
        // Too few steps for the default warm-up, mended by the second setting: the third is to blame.
        ("fit.steps=20 --set fit.schedule.warmup=2 --set batch=0", &["The setting batch:"]),
        ("coupling.kind=magic", &["magic"]),
        ("network.hidden=[0]", &["0 wide"]),
        ("fit", &["KEY=VALUE", "\"fit\""]),
        ("=3", &["empty part"]),
        ("fit.early_stop.patience=3 --set fit.early_stop.every=10", &["fit.early_stop", "kept back"]),
        ("fit.steps.deep=1", &["fit.steps"]),
    ] {
        learn(dir, &format!("ok.csv --method S086 --set {set}"), parts);
    }
    learn(dir, "grow.csv --set coupling.epsilon=0", &["epsilon", "0"]);
    for (name, text, parts) in [
        ("typo.toml", "seeed = 1", &["seeed"][..]),
        ("broken.toml", "seed = 1\nhold_out = [1.0", &["line 2"]),
        ("type.json", "{\"seed\": \"x\"}", &["\"x\""]),
        ("points.toml", "[evaluation]\npoints = 1", &["1 points", "evaluation.points"]),
    ] {
        fs::write(dir.join(name), text).unwrap();
        learn(dir, &format!("ok.csv --config {name}"), parts);
    }
    misused(dir, &format!("learn ok.csv --memory lots {LEARN}"), &["lots", "4GiB"]);
    misused(dir, &format!("learn ok.csv --memory 0 {LEARN}"), &["\"0\"", "4GiB"]);
    misused(dir, "learn ok.csv --time day -o run --threads many", &["many", "--threads"]);
    refused(dir, "learn ok.csv --time day -o run --threads 100000", &["100000", "1024"]);
    learn(dir, "ok.csv --memory 1KB", &["1000 ", "--memory"]);
}

#[test]
fn folders_that_cannot_be_used() {
    let dir = workplace();
    let dir = dir.path();
    fs::write(dir.join("file"), "").unwrap();
    fs::create_dir(dir.join("thesis")).unwrap();
    fs::write(dir.join("thesis/thesis.tex"), "years of work").unwrap();
    for (output, parts) in [("file", &["file"][..]), ("file/run", &["file/run"]), ("thesis", &["thesis", "files"])] {
        refused(dir, &format!("learn ok.csv --time day -o {output}"), parts);
        refused(dir, &format!("learn ok.csv --time day -o {output} --resume"), &[output]);
    }
    let small = short("S086", 20);
    done(dir, &format!("learn ok.csv --time day -o done {small}"));
    refused(dir, &format!("learn ok.csv --time day -o done {small}"), &["done", "holds a run", "--resume"]);
    let other = format!("learn ok.csv --time day -o done {small} --resume");
    refused(dir, &format!("{other} --seed 4"), &["seed 0"]);
    refused(dir, &format!("{other} --set fit.steps=30"), &["other settings"]);
    refused(dir, &other.replace("ok.csv", "grow.csv"), &["other data"]);
    refused(dir, &format!("{other} --hold-out 1"), &["held-out times []"]);
    done(dir, &other);
}

#[test]
fn a_folder_held_by_a_living_run() {
    let dir = workplace();
    let dir = dir.path();
    let long = "learn ok.csv --time day -o held --set fit.steps=1000000 --threads 1";
    let mut first = program(dir).args(long.split_whitespace()).stderr(std::process::Stdio::null()).spawn().unwrap();
    while !dir.join("held/run.json").exists() {
        assert!(first.try_wait().unwrap().is_none());
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let said = say(dir, &format!("{long} --resume"));
    first.kill().unwrap();
    first.wait().unwrap();
    assert_eq!(said.code, Some(2));
    assert!(said.err.contains("in use by another run"), "{said:?}");
}

/// More dimensions than samples is a warning: it may be what the user wants to see fail.
#[test]
fn more_dimensions_than_samples_is_a_warning() {
    let dir = workplace();
    let mut text = String::from("day");
    (0..20).for_each(|k| write!(text, ",g{k}").unwrap());
    for i in 0..12 {
        write!(text, "\n{}", i / 4).unwrap();
        (0..20).for_each(|k| write!(text, ",{}", (0.3 * f64::from(i * 20 + k)).sin()).unwrap());
    }
    fs::write(dir.path().join("wide.csv"), text).unwrap();
    let said = done(dir.path(), &format!("learn wide.csv --time day -o wide {}", short("S086", 20)));
    assert!(said.err.contains("warning: There are more dimensions than samples (20 columns, 12 rows)"), "{said:?}");
}

/// The shell hands over any bytes; only the name of the folder is such, and everything works.
#[cfg(unix)]
#[test]
fn names_that_are_not_text() {
    use std::os::unix::ffi::OsStrExt;
    let dir = workplace();
    let name = std::ffi::OsStr::from_bytes(b"run \xff");
    let small = short("S086", 20);
    let words = "learn ok.csv --time day -o".split_whitespace().map(std::ffi::OsStr::new);
    let said = run(dir.path(), words.chain([name]).chain(small.split_whitespace().map(std::ffi::OsStr::new)));
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(dir.path().join(name).join("report.html").is_file());
}

/// A decoder that meets such bytes panics; of that the user hears the sentence and nothing else.
#[test]
fn a_panic_of_a_decoder_is_not_printed() {
    let dir = workplace();
    let dir = dir.path();
    let whole = Path::new(env!("CARGO_MANIFEST_DIR")).join("../io/tests/fixtures/snappy.parquet");
    let mut bytes = fs::read(whole).unwrap();
    // The sign of the place of a column.
    bytes[1432] = 0xff;
    fs::write(dir.join("bad.parquet"), &bytes).unwrap();
    for line in ["learn bad.parquet --time day --features small -o run", "learn bad.parquet --time day -o run"] {
        let said = say(dir, line);
        assert!(said.code == Some(2) && said.err.contains("contradicts itself"), "{said:?}");
        assert!(said.err.starts_with("error: ") && !said.err.contains("panicked"), "{said:?}");
    }
}

/// What could only be a slip is refused before sizes are multiplied.
#[test]
fn sizes_beyond_reason() {
    let dir = workplace();
    let dir = dir.path();
    let huge = 1_u64 << 62;
    for (id, setting) in [
        ("S039", format!("hidden=[{huge},{huge}]")),
        ("S004", format!("hidden=[{huge},{huge}]")),
        ("S039", format!("batch={huge}")),
        ("S004", format!("batch={huge}")),
        ("S039", format!("fine_tune.rollout={huge}")),
        ("S086", format!("network.hidden=[{huge}]")),
        ("S086", format!("batch={huge}")),
    ] {
        let key = setting.split('=').next().unwrap();
        learn(dir, &format!("ok.csv --method {id} --set {setting}"), &[&huge.to_string(), key]);
    }
}
