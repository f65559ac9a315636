//! How the program behaves: exit codes, interruption, closed pipes, JSON, progress, divergence, a full disk.

use crate::ask::{Said, done, program, say, short, workplace};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

fn json(said: &Said) -> Value {
    serde_json::from_str(&said.out).unwrap_or_else(|e| panic!("{e}: {said:?}"))
}

#[test]
fn json_is_json_on_stdout() {
    let dir = workplace();
    let dir = dir.path();
    let learned = json(&done(dir, &format!("learn ok.csv --time day -o run --json {}", short("S086", 20))));
    assert_eq!((learned["run"].as_str(), learned["method"].as_str()), (Some("run"), Some("flow-matching")));
    let pushed = json(&done(dir, "push run --points ok.csv --from 0 --to 1 -o out.csv --json"));
    assert_eq!(pushed["rows"], 120);
    let methods = json(&done(dir, "methods --json"));
    assert_eq!(methods.as_array().unwrap().iter().filter(|m| m["learns"] == true).count(), 5);
    assert_eq!(json(&done(dir, "methods S030 --json"))["learns"], false);
    assert_eq!(json(&done(dir, "methods S039 --json"))["id"], "S039");
}

#[test]
fn an_interrupted_demo_says_so() {
    let dir = workplace();
    let dir = dir.path();
    let mut child = program(dir).args(["demo", "-o", "demo", "--threads", "1"]).stdout(Stdio::null()).spawn().unwrap();
    wait_for(&dir.join("demo/events"), &mut child);
    assert!(interrupt(&mut child) == Some(130));
    assert_eq!(state(&dir.join("demo")), "interrupted");
    assert_eq!(say(dir, "demo -o demo").code, Some(2));
}

fn wait_for(path: &Path, child: &mut Child) {
    let start = Instant::now();
    while !path.exists() {
        assert!(child.try_wait().unwrap().is_none(), "it ended before {} was there", path.display());
        assert!(start.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Sends Ctrl-C and gives the exit code, which must come within a second.
fn interrupt(child: &mut Child) -> Option<i32> {
    let sent = Instant::now();
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let code = child.wait().unwrap().code();
    assert!(sent.elapsed() < Duration::from_secs(1), "it took {:?}", sent.elapsed());
    code
}

fn state(run: &Path) -> String {
    let record: Value = serde_json::from_slice(&fs::read(run.join("run.json")).unwrap()).unwrap();
    record["outcome"]["state"].as_str().unwrap().to_owned()
}

/// In every phase: coupling and early training, the middle of training, a later round.
#[cfg(unix)]
#[test]
fn ctrl_c_stops_at_a_safe_point_and_the_run_can_be_resumed() {
    let dir = workplace();
    let dir = dir.path();
    for (id, marker) in [("S039", "run.json"), ("S086", "events"), ("S083", "events/round-2.jsonl")] {
        let line = format!("learn grow.csv --time day {}", short(id, 3000));
        done(dir, &format!("{line} -o whole-{id}"));
        let words = format!("{line} -o cut-{id}");
        let mut child =
            program(dir).args(words.split_whitespace()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        wait_for(&dir.join(format!("cut-{id}")).join(marker), &mut child);
        let code = interrupt(&mut child);
        let said = std::io::read_to_string(child.stderr.take().unwrap()).unwrap();
        assert!(code == Some(130) && said.contains("--resume"), "{id}: {code:?} {said}");
        assert_eq!(state(&dir.join(format!("cut-{id}"))), "interrupted");
        done(dir, &format!("{words} --resume"));
        let model = |run: &str| fs::read(dir.join(format!("{run}-{id}/model.safetensors"))).unwrap();
        assert!(model("cut") == model("whole"), "{id}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let dir = workplace();
    for line in ["methods", "methods S086", "completions bash", "man", "--help"] {
        let mut child = program(dir.path())
            .args(line.split_whitespace())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let said: Said = child.wait_with_output().unwrap().into();
        assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{line}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_result_that_cannot_be_written_is_an_error() {
    let dir = workplace();
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let said: Said = program(dir.path()).arg("methods").stdout(full).output().unwrap().into();
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("stdout"), "{said:?}");
}

#[test]
fn progress_is_for_terminals() {
    let dir = workplace();
    let dir = dir.path();
    let line = format!("learn ok.csv --time day {}", short("S086", 3000));
    let quiet = done(dir, &format!("{line} -o quiet"));
    assert_eq!(quiet.err, "", "nothing on stderr that is no terminal");
    let shown = format!("{} {line} -o shown", env!("CARGO_BIN_EXE_thalweg"));
    match Command::new("script")
        .args(["-qec", &shown, "/dev/null"])
        .env("TERM", "xterm")
        .current_dir(dir)
        .stdin(Stdio::null())
        .output()
    {
        Ok(o) => {
            let text = String::from_utf8_lossy(&o.stdout);
            assert!(o.status.success() && text.contains("\u{1b}[") && text.contains("/3000"), "{text}");
        }
        Err(e) => eprintln!("Skipped: a terminal needs the program script, which did not start: {e}."),
    }
}

#[test]
fn completions_and_man_pages_come_out() {
    let dir = workplace();
    let verbs = ["learn", "demo", "push", "match", "report", "methods", "verify", "cite", "completions", "man"];
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = done(dir.path(), &format!("completions {shell}")).out;
        for word in verbs.iter().chain(&["hold-out", "resume"]) {
            assert!(script.contains(word), "{shell} does not complete {word}");
        }
    }
    let page = done(dir.path(), "man").out;
    assert!(page.starts_with(".ie") && verbs.iter().all(|v| page.contains(v)));
    assert!(done(dir.path(), "man learn").out.contains("hold\\-out"));
    assert_eq!(say(dir.path(), "completions tcsh").code, Some(2));
    assert_eq!(say(dir.path(), "").code, Some(2));
}

/// Whatever diverges, the last good parameters are the model, and the exit code, the page and the record say so.
#[test]
fn divergence_stops_with_the_step_and_advice() {
    let dir = workplace();
    let dir = dir.path();
    for id in ["S004", "S039", "S043", "S083", "S086"] {
        let line = format!("learn grow.csv --time day --method {id} -o {id} --set fit.steps=300 --threads 1");
        let said = say(dir, &format!("{line} --set fit.learning_rate=1e6"));
        assert_eq!(said.code, Some(1), "{id}: {said:?}");
        diverged(dir, id, &said);
    }
    let late =
        format!("learn grow.csv --time day -o late {} --set fine_tune.fit.learning_rate=1e6", short("S039", 100));
    let said = say(dir, &late);
    diverged(dir, "late", &said);
    let kept = fs::read_dir(dir.join("late/checkpoints")).unwrap().flatten();
    assert!(kept.map(|f| f.file_name()).any(|name| name.to_string_lossy().starts_with("regression")));
}

/// The sentence is for people and on stderr, also where stdout is for machines; a learning rate is advised that works.
#[test]
fn a_training_that_does_not_converge_says_so_on_stderr() {
    let dir = workplace();
    let dir = dir.path();
    let line = format!("learn ok.csv --time day --json {}", short("S086", 300));
    let said = say(dir, &format!("{line} -o bad --set fit.learning_rate=1e6"));
    assert_eq!((said.code, json(&said)["report"]["status"]["outcome"].as_str()), (Some(1), Some("diverged")));
    assert!(said.err.starts_with("error: Training diverged at step"), "{said:?}");
    done(dir, &format!("{line} -o good --set fit.learning_rate=1e-3"));
    let said = say(dir, &format!("{line} -o slow --set fit.steps=100000000 --set fit.max_seconds=0.2"));
    assert_eq!((said.code, json(&said)["report"]["status"]["outcome"].as_str()), (Some(1), Some("exhausted")));
    assert!(said.err.starts_with("error: Not converged: ") && said.err.contains("allow about"), "{said:?}");
}

fn diverged(dir: &Path, run: &str, said: &Said) {
    assert_eq!(said.code, Some(1), "{run}: {said:?}");
    // The advice is a rate that works, and not a tenth of one that is a million times too large.
    let rate =
        said.err.split_once("Try a learning rate of ").and_then(|(_, rest)| rest.split(' ').next()?.parse().ok());
    assert!(said.err.starts_with("error: Training diverged at step") && rate == Some(1e-3), "{said:?}");
    assert!(!said.out.contains("diverged") && said.out.contains("W1 model"), "{said:?}");
    let record: Value = serde_json::from_slice(&fs::read(dir.join(run).join("run.json")).unwrap()).unwrap();
    assert_eq!(
        (record["outcome"]["state"].as_str(), record["report"]["status"]["outcome"].as_str()),
        (Some("failed"), Some("diverged"))
    );
    assert!(record["outcome"]["reason"].as_str().unwrap().contains("diverged at step"));
    done(dir, &format!("report {run}"));
    done(dir, &format!("push {run} --points ok.csv --from 0 --to 1 -o {run}.csv"));
}

/// A file system of `kib`, as long as it lives; none where this user may not mount one.
#[cfg(target_os = "linux")]
struct Small(tempfile::TempDir);

#[cfg(target_os = "linux")]
impl Small {
    fn new(kib: u32) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let size = format!("size={kib}k");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(dir.path()).output();
        mounted.is_ok_and(|o| o.status.success()).then_some(Self(dir))
    }
}

#[cfg(target_os = "linux")]
impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

/// At every size the run ends with a sentence and no file is half there: what there is can be read, and with more room
/// the run goes on.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_nothing_half_written() {
    let dir = workplace();
    for kib in [4, 16, 32, 64, 96, 160] {
        let Some(small) = Small::new(kib) else {
            eprintln!("Skipped: a small file system can only be mounted by root.");
            return;
        };
        let root = small.0.path().join("run");
        let line = format!("learn ok.csv --time day -o {} {}", root.display(), short("S086", 40));
        let said = say(dir.path(), &line);
        if said.code != Some(0) {
            assert_eq!(said.code, Some(1), "{kib} KiB: {said:?}");
            assert!(said.err.contains("No space left"), "{kib} KiB: {said:?}");
        }
        for (path, bytes) in crate::ask::files(small.0.path()) {
            let name = path.file_name().unwrap().to_str().unwrap();
            assert!(name == ".lock" || !name.starts_with('.'), "{kib} KiB left {name}");
            if name.ends_with(".json") {
                serde_json::from_slice::<Value>(&bytes).unwrap();
            }
        }
        let room = Command::new("mount").args(["-o", "remount,size=4m"]).arg(small.0.path()).status().unwrap();
        assert!(room.success());
        done(dir.path(), &format!("{line} --resume"));
    }
}

/// Waits until the program listens for Ctrl-C, which it does before it begins to work: the mask of signals that it catches.
#[cfg(target_os = "linux")]
fn wait_for_ears(child: &mut Child) {
    let (status, start) = (format!("/proc/{}/status", child.id()), Instant::now());
    let listens = || {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let mask = text.lines().find_map(|l| l.strip_prefix("SigCgt:")).unwrap_or("0").trim().to_owned();
        u64::from_str_radix(&mask, 16).is_ok_and(|mask| mask & 2 != 0)
    };
    while !listens() {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it listened");
        assert!(start.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Laws that would take minutes: after Ctrl-C what was done is written, and the exit code and a sentence say so.
#[cfg(target_os = "linux")]
#[test]
fn a_simulation_that_is_interrupted_writes_what_was_done() {
    let dir = workplace();
    let dir = dir.path();
    for (k, line) in [
        "simulate lorenz63 -n 40000 --points-per-period 0.0001 --ensemble 20",
        "simulate lorenz63 -n 200000 --points-per-period 0.5 --sde 0.1",
        "simulate doublegyre --ftle 5000 -n 1000",
        "simulate klein-gordon -n 2000 --set time=1e6",
        "simulate ginzburg-landau -n 400 --set every=4000",
        "simulate random-advection-diffusion -n 900 --set every=1000000",
        "simulate state-dependent-diffusion -n 2000 --set time=1e5",
        "simulate surface-flux -n 400 --set days=40000",
    ]
    .into_iter()
    .enumerate()
    {
        let words = format!("{line} --threads 1 -o {k}.csv");
        let mut child =
            program(dir).args(words.split_whitespace()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        wait_for_ears(&mut child);
        std::thread::sleep(Duration::from_millis(150));
        assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
        let code = child.wait().unwrap().code();
        let said = std::io::read_to_string(child.stderr.take().unwrap()).unwrap();
        assert!(
            code == Some(130) && said.contains("was interrupted; what was done until then is kept"),
            "{line}: {code:?} {said}"
        );
        assert!(fs::read_to_string(dir.join(format!("{k}.csv"))).unwrap().starts_with("time,"), "{line}");
    }
    let mut child = program(dir);
    let child = child.args("simulate surface-flux --days 40000 --every 100 --threads 1 -o maps.nc".split_whitespace());
    let mut child = child.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_for_ears(&mut child);
    std::thread::sleep(Duration::from_millis(150));
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let grids = thalweg_io::read_grids(&dir.join("maps.nc"), None).unwrap();
    assert!(grids.shape(grids.find("br").unwrap())[1] >= 1);
}
