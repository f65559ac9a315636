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
    fs::write(dir.join("a.csv"), "t,x\n0,1\n1,2\n2,3\n").unwrap();
    fs::write(dir.join("still.csv"), "t,x\n1,1\n1,2\n1,3\n").unwrap();
    fs::write(dir.join("falling.csv"), "t,x\n3,1\n2,2\n1,3\n").unwrap();
    let long = (0..20).map(|k| format!("{k},{}\n", k * k % 7));
    fs::write(dir.join("long.csv"), format!("t,x\n{}", long.collect::<String>())).unwrap();
    fs::write(dir.join("uneven.csv"), "t,x\n0,1\n1,2\n3,3\n").unwrap();
    for (line, part) in [
        ("measure a.csv --what chaos", "lyapunov"),
        ("measure a.csv", "--what"),
        ("measure --what lyapunov", "FILE"),
        ("measure uneven.csv --what entropy --time t", "evenly spaced"),
        ("measure uneven.csv --what entropy", "1 of 4 rows that are 1 apart are missing"),
        ("measure a.csv --what entropy --set bins", "has no value"),
        ("measure a.csv --what entropy --set order=1 --set dim=2", "None of the measures"),
        ("measure a.csv --what entropy --set bins=many", "The setting bins: "),
        ("measure a.csv --what entropy --set bins=-1", "a whole number from 0 on"),
        ("measure a.csv --what entropy --set kind=reny", "The nearest is renyi;"),
        ("measure a.csv --what entropyy", "The nearest is entropy;"),
        ("measure a.csv --what lyapunov --set dimm=3", "The nearest is dim;"),
        ("measure still.csv --what entropy", "must increase"),
        ("measure falling.csv --what entropy", "must increase"),
        ("measure a.csv --what state-divergence --against long.csv", "equal lengths"),
        ("measure long.csv --what state-divergence --against long.csv --set smoothing=1", "Take at most 10 bins"),
        ("measure a.csv --what smape", "--against"),
        ("measure a.csv --what lyapunov --column x", "3 points"),
        ("measure a.csv --what entropy --dt 0", "positive"),
        ("measure a.csv --what entropy -o a.xyz", "xyz"),
    ] {
        let said = say(dir, line);
        assert!(said.code == Some(2) && said.err.contains(part), "{line}: {said:?}");
    }
}

#[test]
fn a_column_of_times_is_the_time_and_trajectories_are_measured_one_by_one() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let json =
        |line: &str| -> serde_json::Value { serde_json::from_str(&done(dir, &format!("{line} --json")).out).unwrap() };
    for file in ["l.parquet", "l.csv", "l.npz"] {
        done(dir, &format!("simulate lorenz63 -n 3000 --points-per-period 25 -o {file}"));
        let line = format!("measure {file} --what lyapunov");
        let shown = done(dir, &line).out;
        assert!(
            shown.contains("3000 rows of")
                && shown.contains("x, y, z, 0.060032 apart")
                && shown.contains("by the column time"),
            "{shown}"
        );
        assert_eq!(json(&line), json(&format!("{line} --time time")));
        // The exponent of the catalogue, 0.906, in units of time and not of rows.
        assert!((json(&line)["lyapunov"][0]["value"].as_f64().unwrap() - 0.906).abs() < 0.15, "{}", json(&line));
    }
    done(dir, "simulate henon -n 500 --ensemble 3 -o three.csv");
    let rows = fs::read_to_string(dir.join("three.csv")).unwrap();
    let first = rows
        .lines()
        .filter_map(|row| row.replace(",trajectory", ",0").split_once(",0,").map(|(t, x)| format!("{t},{x}\n")));
    fs::write(dir.join("one.csv"), first.collect::<String>()).unwrap();
    let shown = done(dir, "measure three.csv --what entropy,lyapunov").out;
    assert!(shown.contains("3 trajectories, each 500 rows of x, y, 1 apart by the column time"), "{shown}");
    let (three, one) = (json("measure three.csv --what lyapunov"), json("measure one.csv --what lyapunov"));
    let (three, one) = (three["lyapunov"].as_array().unwrap(), one["lyapunov"].as_array().unwrap());
    assert_eq!(three.len(), 3 * one.len());
    assert!(three[0]["name"].as_str().unwrap().ends_with(", trajectory 0") && three[0]["value"] == one[0]["value"]);
    // What is named stays what it was named.
    let shown = done(dir, "measure one.csv --what entropy --column time,x").out;
    assert!(shown.contains("500 rows of time, x, 1 apart\n"), "{shown}");
    let shown = done(dir, "measure one.csv --what entropy --dt 0.5").out;
    assert!(shown.contains("500 rows of x, y, 0.5 apart\n"), "{shown}");
    let said = say(dir, "measure three.csv --what state-divergence --against one.csv");
    assert!(said.code == Some(2) && said.err.contains("3 trajectories"), "{said:?}");
}
