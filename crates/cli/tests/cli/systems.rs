//! `systems` and `simulate`: known laws, and those of one's own.

use crate::ask::{done, say};
use std::fs;
use thalweg_io::{Request, Selection, read};

#[test]
fn the_catalogue_is_listed_by_tag_and_shown_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let all = done(dir, "systems").out;
    assert_eq!(all.lines().filter(|l| !l.starts_with("law")).count(), 162);
    let some = done(dir, "systems --tag flow --tag conservative").out;
    assert!(some.lines().count() > 10 && some.lines().all(|l| l.starts_with("flow") && l.contains("conservative")));
    let shown = done(dir, "systems lorenz63").out;
    assert!(shown.contains("x' = sigma*(y-x)") && shown.contains("J. Atmos. Sci."), "{shown}");
    let json: serde_json::Value = serde_json::from_str(&done(dir, "systems henon --json").out).unwrap();
    assert_eq!((json["kind"].as_str(), json["parameters"]["b"].as_f64()), (Some("map"), Some(0.3)));
    let missed = say(dir, "systems lorens63");
    assert!(missed.code == Some(2) && missed.err.contains("Lorenz63"), "{missed:?}");
    let missed = say(dir, "systems --tag quiet");
    assert!(missed.code == Some(2) && missed.err.contains("chaotic"), "{missed:?}");
}

#[test]
fn a_trajectory_is_written_and_the_same_twice() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let line = "simulate lorenz63 --n 50 --points-per-period 20 --set rho=30 --ensemble 3 --noise 0.05 --seed 4";
    done(dir, &format!("{line} -o a.csv --threads 1"));
    done(dir, &format!("{line} -o b.csv --threads 2"));
    let text = fs::read_to_string(dir.join("a.csv")).unwrap();
    assert_eq!(text, fs::read_to_string(dir.join("b.csv")).unwrap());
    assert_eq!(text.lines().next(), Some("time,trajectory,x,y,z"));
    assert_eq!(text.lines().count(), 151);
    // The logistic map by hand.
    done(dir, "simulate logistic -n 4 --set r=4 --start 0.25 -o map.csv");
    let request = Request { features: Selection::Columns(vec!["x".into()]), ..Request::default() };
    let orbit = read(&dir.join("map.csv"), &request, None).unwrap().points.into_values();
    assert_eq!(orbit, [0.25, 0.75, 0.75, 0.75]);
}

#[test]
fn what_cannot_be_followed_is_refused_with_the_mend() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    fs::write(
        dir.join("mine.txt"),
        "flow swing | a v | k=2 | v; -k*sin(a)*b | 1 0 | 6.5\nflow burst | x | | x^2 | 1 | 1\n",
    )
    .unwrap();
    for (line, part) in [
        ("simulate lorenz63 --set rgo=3 -o a.csv", "rho"),
        ("simulate lorenz63 --set rho -o a.csv", "--set rho=28"),
        ("simulate lorens63 -o a.csv", "Lorenz63"),
        ("simulate lorenz63 --sde -1 -o a.csv", "-1"),
        ("simulate lorenz63 --sde x=0.1*q -o a.csv", "^"),
        ("simulate lorenz63 --sde 0.1 --step 1 -o a.csv", "stability limit"),
        ("simulate henon --sde 0.1 -o a.csv", "map"),
        ("simulate lorenz63 --drive y=2* -o a.csv", "^"),
        ("simulate lorenz63 --gaps 1 -o a.csv", "below 1"),
        ("simulate lorenz63 --gaps 0.9 --gap-length 2 -o a.csv", "9.0 points"),
        ("simulate lorenz63 --sweep rho=1:2:1 -o a.csv", "2 to"),
        ("simulate lorenz63 --sweep rho=1,2 --set rho=3 -o a.csv", "both set and swept"),
        ("simulate lorenz63 -o a.csv --report a.txt", ".html"),
        ("simulate lorenz63 -n 0 -o a.csv", "at least 1"),
        ("simulate lorenz63 --dt -1 -o a.csv", "positive"),
        ("simulate lorenz63 --noise -1 -o a.csv", "not negative"),
        ("simulate lorenz63 --start 1,2 -o a.csv", "which has 3"),
        ("simulate lorenz63 -n 100000000 --memory 1GiB -o a.csv", "memory budget"),
        ("simulate lorenz63 -o a.h5ad", "only read"),
        ("simulate swing --file mine.txt -o a.csv", "^"),
    ] {
        let said = say(dir, line);
        assert!(said.code == Some(2) && said.err.contains(part), "{line}: {said:?}");
        assert!(!dir.join("a.csv").exists());
    }
    // 1 / (1 - t) leaves the finite range: what was seen is kept, and the exit code says so.
    let said = say(dir, "simulate burst --file mine.txt --points-per-period 10 -n 20 -o burst.csv");
    assert!(said.code == Some(1) && said.err.contains("finite range"), "{said:?}");
    let kept = fs::read_to_string(dir.join("burst.csv")).unwrap().lines().count();
    assert!((9..=13).contains(&kept), "{kept} lines");
}

#[test]
fn noise_drives_sweeps_and_gaps_leave_their_columns_and_a_page() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let line = "simulate lorenz63 -n 200 --sweep rho=20:28:2 --sde 0.1 --drive x=cos(t) --gaps 0.5 --ensemble 2";
    done(dir, &format!("{line} -o a.csv --report page.html --threads 1"));
    done(dir, &format!("{line} -o b.csv --threads 2"));
    let text = fs::read_to_string(dir.join("a.csv")).unwrap();
    assert_eq!(text, fs::read_to_string(dir.join("b.csv")).unwrap());
    assert_eq!(text.lines().next(), Some("time,rho,trajectory,x,y,z"));
    // 800 points, half of them missed: within five standard errors.
    assert!((330..470).contains(&text.lines().count()), "{}", text.lines().count());
    let page = fs::read_to_string(dir.join("page.html")).unwrap();
    assert!(page.contains("Phase portraits") && !page.contains("{{"));
}

#[test]
fn a_folder_has_the_table_the_record_and_the_page_and_its_figures_are_exported() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let said = done(dir, "simulate rossler -n 4000 --exponents -o run").out;
    assert!(said.contains("exponent 1"), "{said}");
    let record: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(dir.join("run/simulation.json")).unwrap()).unwrap();
    let table = record["files"][0].as_str().unwrap();
    assert!(dir.join("run").join(table).is_file() && record["rows"] == 4000);
    let page = fs::read(dir.join("run/report.html")).unwrap();
    done(dir, "report run");
    assert_eq!(page, fs::read(dir.join("run/report.html")).unwrap());
    let figures = done(dir, "report run --export svg").out;
    for name in ["portraits", "courses", "spectra", "returns", "exponents"] {
        assert!(figures.contains(&format!("{name}.svg")), "{figures}");
    }
    let again = say(dir, "simulate rossler -n 10 -o run");
    assert!(again.code == Some(2) && again.err.contains("already holds"), "{again:?}");
}
