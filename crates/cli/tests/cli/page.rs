//! What the page says about a run is true.

use crate::ask::{done, program, say, short, workplace};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

fn page(run: &Path) -> String {
    fs::read_to_string(run.join("report.html")).unwrap()
}

fn record(run: &Path) -> Value {
    serde_json::from_slice(&fs::read(run.join("run.json")).unwrap()).unwrap()
}

/// The text of the element that begins with `open`.
fn text(page: &str, open: &str) -> String {
    let inside = page.split_once(open).unwrap().1.split_once("</").unwrap().0;
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
        .iter()
        .fold(inside.to_owned(), |text, (escaped, plain)| text.replace(escaped, plain))
}

/// The program stands in the command by its path, so a shell finds it.
#[cfg(unix)]
#[test]
fn the_command_on_the_page_can_be_run_as_it_stands() {
    let dir = workplace();
    let dir = dir.path();
    fs::write(dir.join("it's a table.csv"), fs::read_to_string(dir.join("ok.csv")).unwrap().replace("x,y", "x,y z"))
        .unwrap();
    let words =
        ["learn", "--time", "day", "it's a table.csv", "-o", "a run", "--features", "x,y z", "--method", "S086"];
    let settings = ["--set", "network.hidden=[8, 8]", "--set", "fit.steps=20", "--set", "fit.schedule.warmup=2"];
    let said = program(dir).args(words).args(settings).output().unwrap();
    assert!(said.status.success(), "{said:?}");
    let run = dir.join("a run");
    let html = page(&run);
    assert!(text(&html, "<title>").starts_with("it's a table.csv, day 0 to 2"), "{}", text(&html, "<title>"));
    let model = fs::read(run.join("model.safetensors")).unwrap();
    fs::remove_dir_all(&run).unwrap();
    let command = text(&html, "<pre id=\"command\" tabindex=\"0\">");
    let again = Command::new("sh").args(["-c", &command]).current_dir(dir).stdin(Stdio::null()).output().unwrap();
    assert!(again.status.success(), "{command}: {again:?}");
    assert!(fs::read(run.join("model.safetensors")).unwrap() == model);
}

/// A repeated command with `--resume` finds everything done: the page must not say that learning took no time.
#[test]
fn resuming_a_finished_run_leaves_its_seconds() {
    let dir = workplace();
    let dir = dir.path();
    let line = format!("learn ok.csv --time day -o run {}", short("S086", 400));
    done(dir, &line);
    let first = record(&dir.join("run"));
    done(dir, &format!("{line} --resume"));
    let again = record(&dir.join("run"));
    assert!(first["seconds"].as_f64().unwrap() > 0.0);
    assert_eq!((&again["seconds"], &again["report"]), (&first["seconds"], &first["report"]));
}

/// With another budget of time the model is another, and so is the command that makes it; its seconds are those of both.
#[test]
fn resuming_with_more_time_is_another_command() {
    let dir = workplace();
    let dir = dir.path();
    let line = format!("learn ok.csv --time day -o run {}", short("S086", 400));
    assert_eq!(say(dir, &format!("{line} --set fit.max_seconds=1e-6")).code, Some(1));
    let first = record(&dir.join("run"));
    done(dir, &format!("{line} --set fit.max_seconds=100 --resume"));
    let again = record(&dir.join("run"));
    assert!(again["seconds"].as_f64() > first["seconds"].as_f64(), "{first} {again}");
    assert!(text(&page(&dir.join("run")), "<pre id=\"command\" tabindex=\"0\">").ends_with("fit.max_seconds=100"));
}
