//! `push`: the same columns, the same rows in the same order, only moved.

use crate::ask::{done, rows, say, short, workplace};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use thalweg_io::{Request, Selection, read};

/// A workplace with the runs `plain` and `growing`, and points with names around them.
fn learned() -> tempfile::TempDir {
    let dir = workplace();
    done(dir.path(), &format!("learn ok.csv --time day -o plain {}", short("S086", 60)));
    done(dir.path(), &format!("learn grow.csv --time day -o growing {}", short("S039", 60)));
    let mut text = String::from("cell,day,x,y,batch\n");
    for (i, (_, x, y)) in rows(&[12]).into_iter().enumerate() {
        writeln!(text, "c{i},0,{x},{y},{:03}", i % 3).unwrap();
    }
    fs::write(dir.path().join("points.csv"), text).unwrap();
    dir
}

fn cells(path: &Path, separator: char) -> Vec<Vec<String>> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| line.split(separator).map(str::to_owned).collect()).collect()
}

fn coordinates(path: &Path) -> Vec<f64> {
    let request = Request { features: Selection::Columns(vec!["x".into(), "y".into()]), ..Request::default() };
    let request = match path.extension().unwrap().to_str().unwrap() {
        "npy" | "npz" => Request::default(),
        _ => request,
    };
    read(path, &request, None).unwrap().points.into_values()
}

#[test]
fn columns_and_rows_stay_what_they_were() {
    let dir = learned();
    let dir = dir.path();
    done(dir, "push plain --points points.csv --from 0 --to 1 -o moved.csv");
    let (before, after) = (cells(&dir.join("points.csv"), ','), cells(&dir.join("moved.csv"), ','));
    assert_eq!(before[0], after[0]);
    for (a, b) in before.iter().zip(&after).skip(1) {
        assert_eq!((&a[0], &a[4], "1"), (&b[0], &b[4], b[1].as_str()), "names stay, the day is that of the move");
        assert!(a[2] != b[2]);
    }
    assert_eq!(before.len(), after.len());
    // Row by row: points in reverse arrive in reverse.
    let mut lines: Vec<_> = fs::read_to_string(dir.join("points.csv")).unwrap().lines().map(str::to_owned).collect();
    lines[1..].reverse();
    fs::write(dir.join("reverse.csv"), lines.join("\n")).unwrap();
    done(dir, "push plain --points reverse.csv --from 0 --to 1 -o back.csv");
    let mut back = cells(&dir.join("back.csv"), ',');
    back[1..].reverse();
    for (a, b) in after.iter().zip(&back).skip(1) {
        assert_eq!(a[0], b[0]);
        // Other neighbours share a block of the integration, and with it the step.
        let near = |k: usize| (a[k].parse::<f64>().unwrap() - b[k].parse::<f64>().unwrap()).abs() < 1e-3;
        assert!(near(2) && near(3), "{a:?} {b:?}");
    }
}

#[test]
fn every_format_in_and_out_says_the_same() {
    let dir = learned();
    let dir = dir.path();
    done(dir, "push plain --points points.csv --from 0 --to 1 -o moved.csv");
    let expected = coordinates(&dir.join("moved.csv"));
    // To the time at which they are: a copy in every format.
    for format in ["csv", "tsv", "npz", "npy", "parquet"] {
        done(dir, &format!("push plain --points points.csv --from 0 --to 0 -o copy.{format}"));
        for other in ["csv", "tsv", "npz", "npy", "parquet"] {
            let out = format!("{format}.{other}");
            done(dir, &format!("push plain --points copy.{format} --from 0 --to 1 -o {out}"));
            assert_eq!(coordinates(&dir.join(&out)), expected, "{out}");
        }
    }
    let kept = cells(&dir.join("parquet.tsv"), '\t');
    assert_eq!(kept, cells(&dir.join("moved.csv"), ','));
}

#[test]
fn growth_is_a_weight_that_multiplies() {
    let dir = learned();
    let dir = dir.path();
    let weights = |name: &str| -> Vec<f64> {
        let table = cells(&dir.join(name), ',');
        let place = table[0].iter().position(|n| n == "weight").unwrap();
        table[1..].iter().map(|row| row[place].parse().unwrap()).collect()
    };
    done(dir, "push growing --points points.csv --from 0 --to 2 -o whole.csv");
    done(dir, "push growing --points points.csv --from 0 --to 1 -o half.csv");
    done(dir, "push growing --points half.csv --from 1 --to 2 -o rest.csv");
    let (whole, rest) = (weights("whole.csv"), weights("rest.csv"));
    assert_eq!(whole.len(), 12);
    for (a, b) in whole.iter().zip(&rest) {
        // Two integrations at a relative tolerance of 1e-4 each.
        assert!((a / b - 1.0).abs() < 5e-3 && *a > 0.0, "{a} {b}");
    }
    assert!(!fs::read_to_string(dir.join("whole.csv")).unwrap().lines().next().unwrap().contains("weight,"));
}

#[test]
fn what_cannot_be_pushed_is_refused_before_anything_is_written() {
    let dir = learned();
    let dir = dir.path();
    fs::write(dir.join("other.csv"), "a,b\n1,2\n").unwrap();
    fs::write(dir.join("hole.csv"), "x,y\n1,nan\n").unwrap();
    fs::write(dir.join("words.csv"), "x,y,weight\n1,2,heavy\n").unwrap();
    for (line, part) in [
        ("--points other.csv --from 0 --to 1 -o out.csv", "`x`"),
        ("--points hole.csv --from 0 --to 1 -o out.csv", "NaN"),
        ("--points words.csv --from 0 --to 1 -o out.csv", "weight"),
        ("--points points.csv --from 0 --to 9 -o out.csv", "Time 9"),
        ("--points points.csv --from nan --to 1 -o out.csv", "NaN"),
        ("--points points.csv --from 0 --to 1 -o out.h5ad", "out.h5ad"),
        ("--points points.csv --from 0 --to 1 -o out.xyz", ".xyz"),
        ("--points points.csv --from 0 --to 1 -o none/out.csv", "none"),
        ("--points points.csv --from 0 --to 1 -o points.csv", "points.csv"),
        ("--points points.csv --features x --from 0 --to 1 -o out.csv", "1 coordinates"),
    ] {
        let before = crate::ask::files(dir);
        let said = say(dir, &format!("push growing {line}"));
        assert_eq!(said.code, Some(2), "{line}: {said:?}");
        assert!(said.err.contains(part) && said.err.contains("\n  try: "), "{line}: {said:?}");
        assert!(crate::ask::files(dir) == before, "{line} left something behind");
    }
}
