//! Damaged run folders and configurations: whatever the bytes are, the program answers with a sentence and an exit code
//! of its own, within a bounded address space and a bounded time. Every mutation comes from a fixed seed; more of them
//! with `THALWEG_DAMAGE=2000`.

use crate::ask::{Said, done, short, workplace};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use thalweg_core::Stream;

/// Changes a few bytes: sets, flips, zeroes, telling numbers, a cut, a copy.
fn mutate(bytes: &mut Vec<u8>, stream: &mut Stream) {
    let mut below = |n: usize| ((stream.uniform() * n as f64) as usize).min(n.saturating_sub(1));
    for _ in 0..1 + below(4) {
        let n = bytes.len();
        if n == 0 {
            return;
        }
        let at = below(n);
        match below(6) {
            0 => bytes[at] = below(256) as u8,
            1 => bytes[at] ^= 1 << below(8),
            2 => bytes[at] = b"0123456789{}[],:\"-e.nulltrue"[below(28)],
            3 => bytes.truncate(at),
            4 => {
                let telling = [u64::MAX, 1 << 31, 1 << 40, 1 << 62][below(4)].to_le_bytes();
                bytes[at..].iter_mut().zip(telling).for_each(|(slot, b)| *slot = b);
            }
            _ => {
                let part: Vec<u8> = bytes[below(n)..].iter().copied().take(1 + below(40)).collect();
                drop(bytes.splice(at..at, part));
            }
        }
    }
}

/// Runs a line within 4 GiB of address space and 20 s.
fn bounded(dir: &Path, line: &str) -> Said {
    let words = format!("ulimit -v 4194304; exec timeout 20 {} {line} --threads 1", env!("CARGO_BIN_EXE_thalweg"));
    let words = if line.starts_with("report") { words.replace(" --threads 1", "") } else { words };
    Command::new("sh").args(["-c", &words]).current_dir(dir).stdin(Stdio::null()).output().unwrap().into()
}

fn answered(said: &Said, what: &str) {
    assert!(matches!(said.code, Some(0..=2)), "{what}: {said:?}");
    assert!(said.code != Some(2) || said.err.contains("error: "), "{what}: {said:?}");
}

#[cfg(unix)]
#[test]
fn damaged_runs_are_answered() {
    let cases = std::env::var("THALWEG_DAMAGE").ok().and_then(|n| n.parse().ok()).unwrap_or(12);
    let dir = workplace();
    let dir = dir.path();
    let learn = format!("learn grow.csv --time day -o run {} --set fit.checkpoint_every=5", short("S039", 10));
    done(dir, &learn);
    let checkpoint = fs::read_dir(dir.join("run/checkpoints")).unwrap().flatten().map(|f| f.path()).max().unwrap();
    let checkpoint = checkpoint.strip_prefix(dir).unwrap().to_str().unwrap().to_owned();
    let resume = learn.replace(" --threads 1", "") + " --resume";
    for (file, lines) in [
        ("run/run.json", &["report run", resume.as_str()][..]),
        ("run/metrics.json", &["report run"]),
        ("run/points.npz", &["report run"]),
        ("run/model.safetensors", &["report run", "push run --points ok.csv --from 0 --to 1 -o out.csv"]),
        ("run/events/regression.jsonl", &["report run"]),
        (checkpoint.as_str(), &[resume.as_str()]),
    ] {
        let path = dir.join(file);
        let whole = fs::read(&path).unwrap();
        for case in 0..cases {
            let mut bytes = whole.clone();
            mutate(&mut bytes, &mut Stream::new(1, file, case));
            for line in lines {
                fs::write(&path, &bytes).unwrap();
                answered(&bounded(dir, line), &format!("{line} with case {case} of {file}"));
            }
        }
        fs::write(&path, &whole).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn damaged_configurations_are_answered() {
    let cases = std::env::var("THALWEG_DAMAGE").ok().and_then(|n| n.parse().ok()).unwrap_or(40);
    let dir = workplace();
    let dir = dir.path();
    let toml = "time = \"day\"\nmethod = \"S086\"\nhold_out = [1.0]\nseed = 3\n[evaluation]\npoints = 50\n\
                [settings]\nbatch = 16\n[settings.fit]\nsteps = 8\nschedule = { kind = \"constant\" }\n\
                [settings.network]\nhidden = [8, 8]\n";
    let json = r#"{"time":"day","method":"S086","hold_out":[1.0],"settings":{"fit":{"steps":8,"schedule":{"kind":"constant"}},"batch":16,"network":{"hidden":[8]}}}"#;
    for (name, whole) in [("c.toml", toml), ("c.json", json)] {
        for case in 0..cases {
            let mut bytes = whole.as_bytes().to_vec();
            mutate(&mut bytes, &mut Stream::new(2, name, case));
            fs::write(dir.join(name), &bytes).unwrap();
            let _ = fs::remove_dir_all(dir.join("run"));
            // What survives may ask for a long training: the clock is then what stops it.
            let line = format!("learn ok.csv --config {name} --set fit.max_seconds=1 -o run");
            answered(&bounded(dir, &line), &format!("case {case} of {name}: {}", String::from_utf8_lossy(&bytes)));
        }
    }
}
