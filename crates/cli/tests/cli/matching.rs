//! `thalweg match` on small tables with known answers.

use crate::ask::{Said, done, files, say};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use thalweg_io::{OutTable, Request, Selection};

/// A source `a.csv` with a name for each row, and the target `b.csv`: the same shifted by (3, -1), in reverse order and
/// with its columns exchanged.
fn clouds() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let at = |i: usize| ((0.618_034 * (i + 1) as f64).fract(), (0.414_214 * (i + 1) as f64).fract());
    let (mut a, mut b) = (String::from("cell,x,y,w\n"), String::from("w,y,x\n"));
    for i in 0..20 {
        let (x, y) = at(i);
        a.push_str(&format!("c{i},{x},{y},{}\n", 1 + i % 3));
        let (x, y) = at(19 - i);
        b.push_str(&format!("{},{},{}\n", 1 + (19 - i) % 3, y - 1.0, x + 3.0));
    }
    fs::write(dir.path().join("a.csv"), a).unwrap();
    fs::write(dir.path().join("b.csv"), b).unwrap();
    dir
}

fn json(said: &Said) -> Value {
    serde_json::from_str(&said.out).unwrap()
}

fn plan(path: &Path) -> Vec<[f64; 4]> {
    let columns = ["source", "target", "mass", "cost"].map(str::to_owned).to_vec();
    let request = Request { features: Selection::Columns(columns), ..Request::default() };
    let table = thalweg_io::read(path, &request, None).unwrap();
    table.points.rows().map(|r| [r[0], r[1], r[2], r[3]]).collect()
}

#[test]
fn a_shifted_table_is_matched_row_by_row() {
    let dir = clouds();
    let dir = dir.path();
    let said = done(dir, "match a.csv b.csv --features x,y --weights w -o out --threads 1");
    assert!(said.err.is_empty() && said.out.contains("converged"), "{said:?}");
    let entries = plan(&dir.join("out/plan.parquet"));
    assert_eq!(entries, plan(&dir.join("out/plan.npz")));
    assert_eq!(entries.len(), 20);
    for (i, [source, target, mass, cost]) in entries.iter().enumerate() {
        assert_eq!((*source, *target), (i as f64, 19.0 - i as f64));
        let weight = (1 + i % 3) as f64 / 39.0;
        assert!((mass - weight).abs() < 1e-15 && (cost - 10.0).abs() < 1e-12, "{mass} {cost}");
    }
    // The projection has the rows and columns of the source.
    let before = fs::read_to_string(dir.join("a.csv")).unwrap();
    let after = fs::read_to_string(dir.join("out/projection.csv")).unwrap();
    assert_eq!(after.lines().next(), before.lines().next());
    for (b, a) in before.lines().zip(after.lines()).skip(1) {
        let (b, a): (Vec<&str>, Vec<&str>) = (b.split(',').collect(), a.split(',').collect());
        assert_eq!((a[0], a[3]), (b[0], b[3]));
        let moved = |k: usize| a[k].parse::<f64>().unwrap() - b[k].parse::<f64>().unwrap();
        assert!((moved(1) - 3.0).abs() < 1e-12 && (moved(2) + 1.0).abs() < 1e-12);
    }
    let record: Value = serde_json::from_slice(&fs::read(dir.join("out/match.json")).unwrap()).unwrap();
    assert_eq!(record["report"]["status"]["outcome"], "converged");
    assert!((record["cost"].as_f64().unwrap() - 10.0).abs() < 1e-12 && record["gap"].as_f64().unwrap().abs() < 1e-12);
    assert!(record["command"].as_array().unwrap().iter().any(|w| w == "--weights"));
    assert!(!cfg!(target_os = "linux") || record["peak_memory"].as_u64().unwrap() > 1 << 20);
}

#[test]
fn every_format_gives_the_same_plan_whatever_the_threads() {
    let dir = clouds();
    let dir = dir.path();
    let table =
        |name: &str| thalweg_io::read(&dir.join(name), &"x,y".parse::<Selection>().map(ask).unwrap(), None).unwrap();
    fn ask(features: Selection) -> Request {
        Request { features, ..Request::default() }
    }
    let (a, b) = (table("a.csv"), table("b.csv"));
    for (name, points) in [("a", &a.points), ("b", &b.points)] {
        let named = OutTable::new().points("points", points.clone(), &["x".into(), "y".into()]).unwrap();
        for extension in ["npz", "npy", "parquet", "tsv"] {
            thalweg_io::write(&dir.join(format!("{name}.{extension}")), &named).unwrap();
        }
    }
    let flags = "--method entropic --epsilon 0.1 --features x,y";
    done(dir, &format!("match a.csv b.csv {flags} -o whole --threads 1"));
    let truth = plan(&dir.join("whole/plan.npz"));
    assert_eq!(truth.len(), 400);
    for (k, (one, other)) in
        [("tsv", "parquet"), ("parquet", "csv"), ("npz", "npy"), ("npy", "npz"), ("npy", "tsv")].iter().enumerate()
    {
        let threads = 1 + k % 2;
        let flags = if *one == "npz" || *one == "npy" { flags.replace("--features x,y", "") } else { flags.to_owned() };
        done(dir, &format!("match a.{one} b.{other} {flags} -o {one}-{other} --threads {threads}"));
        assert_eq!(plan(&dir.join(format!("{one}-{other}/plan.npz"))), truth, "{one} {other}");
        assert!(dir.join(format!("{one}-{other}/projection.{one}")).is_file());
    }
    let bytes = |run: &str| -> BTreeMap<_, _> {
        files(&dir.join(run)).into_iter().filter(|(path, _)| path.extension().is_some_and(|e| e == "npz")).collect()
    };
    done(dir, &format!("match a.csv b.csv {flags} -o two --threads 2"));
    assert_eq!(bytes("whole"), bytes("two"));
}

#[test]
fn refusals_name_what_is_wrong_before_any_work() {
    let dir = clouds();
    let dir = dir.path();
    let write = |name: &str, text: &str| fs::write(dir.join(name), text).unwrap();
    write("other.csv", "x,z,w\n1,2,1\n3,4,1\n");
    write("hole.csv", "x,y,w\n1,2,1\n3,,1\n");
    write("negative.csv", "x,y,w\n1,2,-1\n");
    write("none.csv", "x,y,w\n1,2,0\n");
    write("zero.csv", "x,y,w\n0,0,1\n");
    done(dir, "match a.csv b.csv --features x,y -o taken");
    for (line, wanted) in [
        ("match a.csv other.csv --weights w", "a.csv has the column `y`, and other.csv has not"),
        ("match other.csv a.csv --features x,z", "z"),
        ("match a.csv b.csv --features x,q", "q"),
        (
            "match a.csv hole.csv --weights w",
            "hole.csv: Row 1 (counted from 0) has a missing value (NaN) in column `y`",
        ),
        ("match a.csv negative.csv --weights w", "negative.csv: Row 0 (counted from 0) has the weight -1"),
        ("match a.csv none.csv --weights w", "none.csv: The weights sum to 0"),
        ("match a.csv zero.csv --weights w --cost cosine", "zero.csv: Row 0 (counted from 0) is zero"),
        ("match a.csv b.csv --weights mass", "mass"),
        ("match a.csv b.csv --features x,y --memory 1MB", "Raise --memory to at least"),
        ("match a.csv b.csv --features x,y --epsilon 0.1", "--epsilon means nothing to the method exact"),
        ("match a.csv b.csv --features x,y --method entropic --epsilon -1", "--epsilon is -1"),
        ("match a.csv b.csv --features x,y --method entropic --epsilon 1 --epsilon-absolute 1", "cannot be used with"),
        ("match a.csv b.csv --features x,y --method entropic --rho 1", "--rho means nothing"),
        ("match a.csv b.csv --features x,y --top-k 0", "--top-k is 0"),
        ("match a.csv b.csv --features x,y --rank 4", "--rank means nothing to the method exact"),
        ("match a.csv b.csv --features x,y --method low-rank --rank 21", "The rank is 21, but it must be 1 to 20"),
        ("match a.csv b.csv --features x,y --method low-rank --cost euclidean", "--cost is euclidean"),
        ("match a.csv b.csv --features x,y --method low-rank --epsilon 1", "--epsilon means nothing"),
        ("match a.csv b.csv --features x,y --method partial", "needs the mass that moves"),
        ("match a.csv b.csv --features x,y --method partial --mass 1.5", "no more can move than either has"),
        ("match a.csv b.csv --features x,y --mass 0.5", "--mass means nothing"),
        ("match a.csv b.csv --features x,y --alpha 0.5", "--alpha means nothing"),
        ("match a.csv b.csv --features x,y --method gromov --alpha 0", "--alpha is 0"),
        ("match a.csv b.csv --features x --target-features y --method gromov --alpha 0.5", "no column in common"),
        ("match a.csv b.csv --features x --target-features y", "a.csv has the column `x`, and b.csv has not"),
        ("match a.csv b.csv --features x,y --method gromov --memory 20MB", "Raise --memory to at least"),
        ("match a.csv b.csv --features x,y --rows pixels", "--rows pixels means nothing"),
        ("match a.csv b.csv --features x,y --method semi-discrete --rows pixels", "a.csv: The points are no pixels"),
        (
            "match a.csv b.csv --features x,y --method semi-discrete --rows pixels --epsilon 1",
            "--epsilon means nothing",
        ),
        (
            "match a.csv b.csv --features x,y --method semi-discrete --rows pixels --cost euclidean",
            "--cost is euclidean",
        ),
        ("match a.csv b.csv --features x,y --method semi-discrete --cost cityblock", "city-block"),
        ("match a.csv b.csv --features x,y --cost manhattan", "cityblock"),
        ("match a.csv gone.csv --features x,y", "gone.csv does not exist"),
        ("match a.csv b.csv --features x,y --tolerance 0", "--tolerance is 0"),
    ] {
        let said = say(dir, &format!("{line} -o new"));
        assert!(said.code == Some(2) && said.err.contains(wanted), "{line}: {said:?}");
        assert!(!dir.join("new").exists(), "{line}");
    }
    let said = say(dir, "match a.csv b.csv --features x,y -o taken");
    assert!(said.code == Some(2) && said.err.contains("already holds a match"), "{said:?}");
}

#[test]
fn tables_of_different_columns_are_matched_by_their_relations() {
    let dir = clouds();
    let dir = dir.path();
    // The same cloud in three columns of other names, turned and moved.
    let mut rows = String::from("u,v,w\n");
    for line in fs::read_to_string(dir.join("a.csv")).unwrap().lines().skip(1) {
        let cells: Vec<f64> = line.split(',').skip(1).take(2).map(|c| c.parse().unwrap()).collect();
        rows.push_str(&format!("{},{},7\n", 0.6 * cells[0] - 0.8 * cells[1], 0.8 * cells[0] + 0.6 * cells[1]));
    }
    fs::write(dir.join("c.csv"), rows).unwrap();
    let flags = "--features x,y --target-features u,v,w --method gromov --cost euclidean";
    let said = done(dir, &format!("match a.csv c.csv {flags} -o out"));
    assert!(said.out.contains("in 2 and 3 dimensions") && said.out.contains("a local optimum"), "{said:?}");
    let entries = plan(&dir.join("out/plan.parquet"));
    let mass: f64 = entries.iter().map(|e| e[2]).sum();
    assert!((mass - 1.0).abs() < 1e-12);
    // The projection has the names and weights of the source and the coordinates of the target.
    let projection = fs::read_to_string(dir.join("out/projection.csv")).unwrap();
    assert_eq!(projection.lines().next(), Some("cell,u,v,w"));
    let page = fs::read_to_string(dir.join("out/report.html")).unwrap();
    assert!(page.contains("Gromov-Wasserstein transport") && !page.contains("NaN"));
}

/// What is written is never in memory: the kept entries of this plan would take twice the budget as a table.
#[test]
#[cfg(target_os = "linux")]
fn a_plan_goes_to_the_disk_within_the_budget() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    for (name, shift) in [("a.csv", 0.0), ("b.csv", 0.3)] {
        let rows: String = (0..3000).map(|i| format!("{}\n", shift + (0.618_034 * f64::from(i)).fract())).collect();
        fs::write(dir.join(name), format!("x\n{rows}")).unwrap();
    }
    let said = done(
        dir,
        "match a.csv b.csv --method entropic --epsilon 1 --top-k 1500 --memory 200MB --threads 1 --json -o out",
    );
    let record = json(&said);
    assert_eq!(record["plan"]["entries"], 4_500_000);
    assert!(record["plan"]["left_out"].as_f64().unwrap() > 0.01);
    assert_eq!(record["storage"]["form"], "held");
    let peak = record["peak_memory"].as_u64().unwrap();
    assert!(peak < 200_000_000, "{peak} bytes");
    let length = fs::metadata(dir.join("out/plan.npz")).unwrap().len();
    assert!(length > 10_000_000, "{length}");
}

#[test]
fn mass_goes_along_the_edges_of_a_network() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    // A way of one direction around four nodes, and one that nothing leads back from.
    fs::write(dir.join("net.csv"), "from,to,time\na,b,1\nb,c,2\nc,d,3\nd,a,4\nd,e,1\n").unwrap();
    fs::write(dir.join("a.csv"), "place,x\na,0\nc,1\n").unwrap();
    fs::write(dir.join("b.csv"), "place,x\nb,5\ne,6\n").unwrap();
    let flags = "--cost graph --graph net.csv --node place --features x";
    let said = done(dir, &format!("match a.csv b.csv {flags} --json -o out"));
    // From a to b 1 and from c to e 4, against 7 and 8 the other way.
    assert!((json(&said)["cost"].as_f64().unwrap() - 2.5).abs() < 1e-12, "{}", said.out);
    done(dir, &format!("match a.csv b.csv {flags} --method entropic -o spread"));
    fs::write(dir.join("e.csv"), "place,x\ne,0\ne,1\n").unwrap();
    for (line, wanted) in [
        (format!("match e.csv b.csv {flags}"), "No plan avoids the forbidden pairs"),
        (format!("match a.csv b.csv {}", flags.replace("place", "town")), "has no column `town`"),
        (format!("match a.csv b.csv {}", flags.replace("--cost graph", "")), "--graph means nothing to the cost"),
        ("match a.csv b.csv --features x --cost graph".to_owned(), "Give --graph and --node"),
        ("match a.csv b.csv --features x --cost elastic".to_owned(), "Give it with --gamma"),
    ] {
        let said = say(dir, &format!("{line} -o new"));
        assert!(said.code == Some(2) && said.err.contains(wanted), "{line}: {said:?}");
    }
    done(dir, "match a.csv b.csv --features x --cost elastic --gamma 0.5 -o elastic");
}

/// All pairs would take three times the budget.
#[test]
#[cfg(target_os = "linux")]
fn a_plan_of_low_rank_is_found_and_written_without_pairs() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    for (name, shift) in [("a.csv", 0.0), ("b.csv", 2.0)] {
        let at =
            |i: u32| format!("{},{}\n", shift + (0.618_034 * f64::from(i)).fract(), (0.414_214 * f64::from(i)).fract());
        fs::write(dir.join(name), format!("x,y\n{}", (0..6000).map(at).collect::<String>())).unwrap();
    }
    let flags = "--method low-rank --rank 8 --tolerance 0.01 --memory 100MB --threads 1";
    let said = done(dir, &format!("match a.csv b.csv {flags} --json -o out"));
    let record = json(&said);
    assert!((record["cost"].as_f64().unwrap() / 4.0 - 1.0).abs() < 0.02, "{}", record["cost"]);
    assert_eq!((&record["plan"]["rank"], &record["plan"]["entries"]), (&8.into(), &0.into()));
    assert_eq!((&record["storage"]["form"], &record["storage"]["dense"]), (&"factors".into(), &288_000_000.into()));
    let peak = record["peak_memory"].as_u64().unwrap();
    assert!(peak < 100_000_000, "{peak} bytes");
    let mut factors = thalweg_io::read_npz(&dir.join("out/factors.npz"), None).unwrap();
    assert_eq!(factors.take("left").unwrap().numbers().unwrap().len(), 8 * 6000);
    let said = done(dir, &format!("match a.csv b.csv {flags} --top-k 2 -o entries"));
    assert!(said.out.contains("factors of rank 8; dense it needs 274.7 MiB"), "{}", said.out);
    assert!(said.out.contains("12000 entries"), "{}", said.out);
}

#[test]
fn what_does_not_converge_is_written_and_exits_with_1() {
    let dir = clouds();
    let dir = dir.path();
    let flags = "--features x,y --method entropic --epsilon 0.001 --max-iterations 3 --json";
    let said = say(dir, &format!("match a.csv b.csv {flags} -o short"));
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.err.starts_with("error: Not converged (out of iterations): The marginal error is"), "{said:?}");
    let record = json(&said);
    assert_eq!(record["report"]["status"]["budget"], "iterations");
    assert!(record["report"]["advice"].as_str().unwrap().contains("--max-iterations"));
    assert!(dir.join("short/plan.parquet").is_file());
}
