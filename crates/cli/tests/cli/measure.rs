//! `measure`: series of known systems, and what is refused.

use crate::ask::{done, say};
use std::fs;

#[test]
fn the_measures_are_listed_with_their_settings() {
    let dir = tempfile::tempdir().unwrap();
    let list = done(dir.path(), "measure --list").out;
    assert!(list.contains("lyapunov") && list.contains("theiler=null") && list.contains("Rosenstein"), "{list}");
    let json: serde_json::Value = serde_json::from_str(&done(dir.path(), "measure --list --json").out).unwrap();
    assert!(json.as_array().unwrap().iter().any(|q| q["name"] == "state-divergence" && q["compares"] == true));
}

#[test]
fn a_simulated_map_has_its_exponent_and_dimension() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    done(dir, "simulate henon -n 10000 --discard 100 -o h.csv");
    let line = "measure h.csv --time time --what lyapunov,dimension --set theiler=5 -o figures.csv";
    let shown = done(dir, line).out;
    assert!(shown.contains("10000 rows of x, y, 1 apart"), "{shown}");
    let json: serde_json::Value = serde_json::from_str(&done(dir, &format!("{line} --json --threads 1")).out).unwrap();
    let value = |name: &str| json[name][0]["value"].as_f64().unwrap();
    assert!((value("lyapunov") - 0.419).abs() < 0.05 && (value("dimension") - 1.22).abs() < 0.06, "{json}");
    let table = fs::read_to_string(dir.join("figures.csv")).unwrap();
    assert!(table.starts_with("measure,figure,value,error,unit\nlyapunov,largest Lyapunov exponent,0."), "{table}");
    // The same bytes with one thread and with two.
    done(dir, &format!("{line} --threads 2"));
    assert_eq!(table, fs::read_to_string(dir.join("figures.csv")).unwrap());
    done(dir, "measure h.csv --column x --what lyapunov,embedding -o all.json");
    let all: serde_json::Value = serde_json::from_str(&fs::read_to_string(dir.join("all.json")).unwrap()).unwrap();
    assert_eq!(all["embedding"]["figures"][0]["value"], 2.0, "{}", all["embedding"]["figures"]);
    assert_eq!(all["lyapunov"]["curves"][0]["axes"][0], "time");
    let same = done(dir, "measure h.csv --column x,y --what state-divergence,valid-time --against h.csv --json").out;
    let same: serde_json::Value = serde_json::from_str(&same).unwrap();
    assert_eq!(same["valid-time"][0]["value"], 10000.0);
}

#[test]
fn what_cannot_be_measured_is_refused_with_the_mend() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    fs::write(dir.join("a.csv"), "t,x\n0,1\n1,2\n3,3\n").unwrap();
    for (line, part) in [
        ("measure a.csv --what chaos", "lyapunov"),
        ("measure a.csv", "--what"),
        ("measure --what lyapunov", "FILE"),
        ("measure a.csv --what entropy --time t", "evenly spaced"),
        ("measure a.csv --what entropy --set bins", "has no value"),
        ("measure a.csv --what entropy --set order=1 --set dim=2", "None of the measures"),
        ("measure a.csv --what entropy --set bins=many", "cannot be read"),
        ("measure a.csv --what smape", "--against"),
        ("measure a.csv --what lyapunov --column x", "3 points"),
        ("measure a.csv --what entropy --dt 0", "positive"),
        ("measure a.csv --what entropy -o a.xyz", "xyz"),
    ] {
        let said = say(dir, line);
        assert!(said.code == Some(2) && said.err.contains(part), "{line}: {said:?}");
    }
}
