//! `kill -9` at any moment, then `--resume`: the folder that an uninterrupted run leaves, file for file.
//!
//! Moments are drawn from a fixed seed over the whole run (coupling, training, checkpoints, evaluation, page). More of
//! them with `THALWEG_KILLS=100 cargo test -p thalweg-cli --release --test cli kill`.

use crate::ask::{done, files, program, short, table};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};
use thalweg_core::Stream;

/// The JSON without figures of time and without the name of the folder.
fn timeless(value: Value) -> Value {
    match value {
        Value::Object(entries) => {
            let kept = entries.into_iter().filter(|(key, _)| key != "seconds" && key != "wall");
            Value::Object(kept.map(|(key, v)| (key, timeless(v))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(timeless).collect()),
        other => other,
    }
}

/// What of a file must be equal.
fn essence(path: &Path, bytes: &[u8], run: &str) -> Value {
    let name = path.to_str().unwrap();
    let text = || String::from_utf8_lossy(bytes).replace(run, "RUN");
    if name == "run.json" {
        timeless(serde_json::from_str(&text()).unwrap())
    } else if name.ends_with(".jsonl") {
        text().lines().map(|line| timeless(serde_json::from_str(line).unwrap())).collect()
    } else if name.contains("tfevents") {
        tensorboard(bytes)
    } else if name.starts_with("checkpoints") {
        checkpoint(bytes)
    } else if name == "report.html" {
        page(&text())
    } else {
        json!(bytes)
    }
}

/// The messages of TFRecord frames without the wall time with which each begins.
fn tensorboard(mut bytes: &[u8]) -> Value {
    let mut messages = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<8>() {
        let length = u64::from_le_bytes(*length) as usize;
        messages.push(json!(&rest[4 + 9..4 + length]));
        bytes = &rest[4 + length + 4..];
    }
    messages.into()
}

/// Header and arrays without the seconds in the counters, the checksum over them, and the clock in the history.
fn checkpoint(bytes: &[u8]) -> Value {
    let (length, rest) = bytes.split_first_chunk::<8>().unwrap();
    let (header, body) = rest.split_at(u64::from_le_bytes(*length) as usize);
    let mut header: Value = serde_json::from_slice(header).unwrap();
    let inner: Value = serde_json::from_str(header["__metadata__"]["thalweg"].as_str().unwrap()).unwrap();
    header["__metadata__"] = timeless(inner["content"].clone());
    let place = |k: usize| header["history"]["data_offsets"][k].as_u64().unwrap() as usize;
    let mut body = body.to_vec();
    // Rows of seven numbers, the last two of which are seconds and wall time.
    for row in body[place(0)..place(1)].chunks_exact_mut(56) {
        row[40..].fill(0);
    }
    json!([header, body])
}

/// The words of the page without the seconds it shows.
fn page(text: &str) -> Value {
    let mut kept: Vec<&str> = Vec::new();
    for word in text.split(|c: char| c.is_whitespace() || "<>,{}".contains(c)) {
        if word == "s" && kept.last().is_some_and(|number| number.parse::<f64>().is_ok()) {
            kept.pop();
        } else if !word.starts_with("\"seconds\":") {
            kept.push(word);
        }
    }
    kept.into()
}

fn compare(dir: &Path, whole: &str, cut: &str) {
    let (a, b) = (files(&dir.join(whole)), files(&dir.join(cut)));
    assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>(), "{cut}");
    for (path, bytes) in &a {
        let same = essence(path, bytes, whole) == essence(path, &b[path], cut);
        assert!(same, "{} of {cut} is not that of an uninterrupted run", path.display());
    }
}

#[test]
fn a_killed_run_resumes_to_the_same_folder() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    table(dir, "grow.csv", &[60, 90, 120, 150]);
    let rounds = std::env::var("THALWEG_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(5);
    for (id, more) in [
        (
            "S039",
            "--set fit.checkpoint_every=20 --set fine_tune.fit.checkpoint_every=2 --set fine_tune.fit.log_every=2",
        ),
        ("S083", "--set rounds=3 --set fit.checkpoint_every=20 --set fit.log_every=30"),
        ("S086", "--set fit.checkpoint_every=40 --set fit.log_every=50"),
    ] {
        let line = format!("learn grow.csv --time day --hold-out 1 {} {more}", short(id, 120));
        let whole = format!("{id}-whole");
        let start = Instant::now();
        done(dir, &format!("{line} -o {whole}"));
        let length = start.elapsed();
        for round in 0..rounds {
            let cut = format!("{id}-cut{round:03}");
            killed(dir, &format!("{line} -o {cut}"), &cut, length, Stream::new(0, id, round));
            compare(dir, &whole, &cut);
        }
    }
}

/// Kills the run up to three times, each after a random part of `length`, then lets it finish.
fn killed(dir: &Path, line: &str, run: &str, length: Duration, mut moments: Stream) {
    for _ in 0..3 {
        let resume = if dir.join(run).exists() { " --resume" } else { "" };
        let words = format!("{line}{resume}");
        let mut child =
            program(dir).args(words.split_whitespace()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(length.mul_f64(moments.uniform()));
        child.kill().unwrap();
        if child.wait().unwrap().success() {
            return;
        }
    }
    let resume = if dir.join(run).exists() { " --resume" } else { "" };
    done(dir, &format!("{line}{resume}"));
    fs::metadata(dir.join(run).join("report.html")).unwrap();
}
