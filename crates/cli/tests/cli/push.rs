//! `push`: the same columns, the same rows in the same order, only moved.

use crate::ask::{done, rows, say, short, table, workplace};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use thalweg_io::{NpzWriter, OutColumn, OutTable, Request, Rest, Selection, Slot, read, read_rest, write};

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

/// What a file holds besides the coordinates `features`, and where these are.
fn rest(path: &Path, features: &[&str]) -> Rest {
    let features: Vec<String> = features.iter().map(|&f| f.to_owned()).collect();
    read_rest(path, &features, 12, None).unwrap()
}

#[test]
fn coordinates_and_the_weight_keep_their_own_places() {
    let dir = learned();
    let dir = dir.path();
    let mut text = String::from("name,y,day,x,weight,note\n");
    for (i, (_, x, y)) in rows(&[12]).into_iter().enumerate() {
        writeln!(text, "c{i},{y},0,{x},2,n{i}").unwrap();
    }
    fs::write(dir.join("mixed.csv"), text).unwrap();
    done(dir, "push growing --points points.csv --from 0 --to 1 -o plain.csv");
    done(dir, "push growing --points mixed.csv --from 0 --to 1 -o out.csv");
    done(dir, "push growing --points mixed.csv --from 0 --to 1 -o out.parquet");
    done(dir, "push growing --points out.parquet --from 1 --to 1 -o out.tsv");
    let (plain, moved) = (cells(&dir.join("plain.csv"), ','), cells(&dir.join("out.csv"), ','));
    assert_eq!(moved[0], ["name", "y", "day", "x", "weight", "note"]);
    assert_eq!(cells(&dir.join("out.tsv"), '\t')[0], moved[0]);
    assert_eq!(plain[0], ["cell", "day", "x", "y", "batch", "weight"]);
    for (a, b) in plain.iter().zip(&moved).skip(1) {
        assert_eq!((&a[0], &a[1], &a[2], &a[3]), (&b[0], &b[2], &b[3], &b[1]));
        assert_eq!(2.0 * a[5].parse::<f64>().unwrap(), b[4].parse::<f64>().unwrap());
        assert_eq!(b[0].replace('c', "n"), b[5]);
    }
}

#[test]
fn the_arrays_of_an_npz_keep_their_keys_and_their_types() {
    let dir = learned();
    let dir = dir.path();
    let points: Vec<f64> = rows(&[12]).into_iter().flat_map(|(_, x, y)| [x, y]).collect();
    let points = thalweg_core::Points::new(2, points).unwrap();
    let labels = OutColumn::Integers((0..12).map(|i| Some((1 << 53) + i)).collect());
    let flags = OutColumn::Booleans((0..12).map(|i| Some(i % 3 == 0)).collect());
    let table = OutTable::new().points("X", points, &["X_0".into(), "X_1".into()]).unwrap();
    let table = table.column("day", OutColumn::Integers(vec![Some(0); 12])).unwrap();
    let table = table.column("lab", labels.clone()).unwrap().column("flag", flags.clone()).unwrap();
    write(&dir.join("in.npz"), &table).unwrap();
    let said = done(dir, "push growing --points in.npz --from 0 --to 1 -o out.npz");
    assert!(!said.err.contains("warning"), "{said:?}");
    let out = rest(&dir.join("out.npz"), &["X_0", "X_1"]);
    let Some(Slot::Column(name, OutColumn::Numbers(weights))) = out.slots.last() else { panic!("{out:?}") };
    assert_eq!((name.as_str(), weights.len()), ("weight", 12));
    let kept = [
        Slot::Array("X".into(), 0..2),
        Slot::Column("day".into(), OutColumn::Integers(vec![Some(1); 12])),
        Slot::Column("lab".into(), labels),
        Slot::Column("flag".into(), flags),
    ];
    assert_eq!(out.slots[..4], kept);
    assert!(out.slots.len() == 5 && out.left_out.is_empty(), "{out:?}");
    done(dir, "push growing --points points.csv --from 0 --to 1 -o plain.csv");
    assert_eq!(coordinates(&dir.join("out.npz")), coordinates(&dir.join("plain.csv")));
    // Vectors stay vectors, and what has another shape is named.
    let vector = |k: usize| (0..12).map(|i| rows(&[12])[i]).map(|(_, x, y)| [x, y][k]).collect();
    let arrays = NpzWriter::new().f64("y", &[12], vector(1)).unwrap().f64("fate", &[12, 2], vec![0.5; 24]).unwrap();
    arrays.f64("x", &[12], vector(0)).unwrap().write(&dir.join("apart.npz")).unwrap();
    let said = done(dir, "push plain --points apart.npz --from 0 --to 1 -o moved.npz");
    assert!(said.err.contains("warning: ") && said.err.contains("left out: fate."), "{said:?}");
    assert_eq!(rest(&dir.join("moved.npz"), &["x", "y"]).slots, [Slot::Coordinate(1), Slot::Coordinate(0)]);
}

#[test]
fn the_columns_of_a_parquet_file_keep_their_types_and_their_holes() {
    let dir = learned();
    let dir = dir.path();
    let (x, y) = rows(&[12]).into_iter().map(|(_, x, y)| (x, y)).unzip();
    let kept = [
        ("id", OutColumn::Integers((0..12).map(|i| (i != 4).then_some(9_007_199_254_740_993 + i)).collect())),
        ("flag", OutColumn::Booleans((0..12).map(|i| (i != 7).then_some(i % 2 == 0)).collect())),
        (
            "note",
            OutColumn::Texts(
                (0..12).map(|i| (i != 2).then(|| if i == 3 { String::new() } else { format!("n{i}") })).collect(),
            ),
        ),
    ];
    let mut table = OutTable::new().numbers("y", y).unwrap();
    for (name, column) in &kept {
        table = table.column(*name, column.clone()).unwrap();
    }
    write(&dir.join("in.parquet"), &table.numbers("x", x).unwrap()).unwrap();
    let said = done(dir, "push plain --points in.parquet --from 0 --to 1 -o out.parquet");
    assert!(!said.err.contains("warning"), "{said:?}");
    let expected: Vec<Slot> = std::iter::once(Slot::Coordinate(1))
        .chain(kept.map(|(name, column)| Slot::Column(name.into(), column)))
        .chain([Slot::Coordinate(0)])
        .collect();
    assert_eq!(rest(&dir.join("out.parquet"), &["x", "y"]).slots, expected);
    done(dir, "push plain --points in.parquet --from 0 --to 1 -o out.csv");
    let text = cells(&dir.join("out.csv"), ',');
    assert_eq!(text[0], ["y", "id", "flag", "note", "x"]);
    assert_eq!(text[1][1..4], ["9007199254740993", "true", "n0"]);
    assert_eq!((text[5][1].as_str(), text[8][2].as_str(), text[3][3].as_str()), ("", "", ""));
    // A file of pyarrow with a column of dates, which is named.
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../io/tests/fixtures/snappy.parquet");
    fs::copy(file, dir.join("dates.parquet")).unwrap();
    let said = done(dir, "push plain --points dates.parquet --features weight,small --from 0 --to 1 -o dated.csv");
    assert!(said.err.contains("warning: ") && said.err.contains("left out: when."), "{said:?}");
    assert_eq!(cells(&dir.join("dated.csv"), ',').len(), 8);
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
fn rows_of_other_times_are_counted() {
    let dir = workplace();
    let dir = dir.path();
    let said = done(dir, &format!("learn ok.csv --time day -o run {}", short("S086", 20)));
    assert!(said.out.contains("on 3 snapshots of x, y\n"), "{said:?}");
    let said = done(dir, "push run --points ok.csv --from 0 --to 1 -o all.csv");
    assert!(said.err.contains("80 of 120 rows have another day than 0"), "{said:?}");
    table(dir, "first.csv", &[40]);
    assert_eq!(done(dir, "push run --points first.csv --from 0 --to 1 -o some.csv").err, "");
}

#[test]
fn a_column_that_numbers_the_rows_is_doubted() {
    let dir = workplace();
    let dir = dir.path();
    let text = fs::read_to_string(dir.join("ok.csv")).unwrap();
    let numbered = |head: &str| {
        let row = |(i, line): (usize, &str)| if i == 0 { format!("{head},{line}\n") } else { format!("{i},{line}\n") };
        text.lines().enumerate().map(row).collect::<String>()
    };
    for (head, doubted, features) in [("id", true, "id, x, y"), ("", false, "x, y"), ("Unnamed: 0", false, "x, y")] {
        fs::write(dir.join("numbered.csv"), numbered(head)).unwrap();
        let out = format!("run{}", head.len());
        let said = done(dir, &format!("learn numbered.csv --time day -o {out} {}", short("S086", 20)));
        assert_eq!(said.err.contains("The column `id` numbers the rows"), doubted, "{said:?}");
        assert!(said.out.contains(&format!("on 3 snapshots of {features}\n")), "{said:?}");
    }
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

#[test]
fn beyond_the_training_times_it_warns() {
    let dir = learned();
    let dir = dir.path();
    assert_eq!(done(dir, "push plain --points points.csv --from 0 --to 2 -o in.csv").err, "");
    let said = done(dir, "push plain --points points.csv --from 0 --to 3 -o out.csv --json");
    assert!(said.err.starts_with("warning: Beyond the times 0 to 2") && said.err.contains("from 3."), "{said:?}");
    assert!(serde_json::from_str::<serde_json::Value>(&said.out).is_ok());
}

/// One model, followed by its ODE or by an SDE of any noise; a law without score has only its own.
#[test]
fn noise_of_any_size_where_there_is_a_score() {
    let dir = learned();
    let dir = dir.path();
    done(dir, &format!("learn ok.csv --time day -o noisy {}", short("S043", 60)));
    let push = |flags: &str| {
        done(dir, &format!("push noisy --points points.csv --from 0 --to 2 -o out.csv {flags}"));
        coordinates(&dir.join("out.csv"))
    };
    let plain = push("");
    let (one, other, again) = (push("--epsilon 0.1"), push("--epsilon 0.1 --seed 1"), push("--epsilon 0.1 --seed 0"));
    assert!(one != plain && one != other && one == again);
    let exact = push("--epsilon 0");
    assert!(exact.iter().zip(&plain).all(|(a, b)| (a - b).abs() < 1e-3), "{exact:?} {plain:?}");
    for (flags, parts) in [("plain", ["no score", "stochastic-interpolants"]), ("noisy", ["-1", "between 0 and"])] {
        let said = say(dir, &format!("push {flags} --points points.csv --from 0 --to 2 -o none.csv --epsilon=-1"));
        assert_eq!(said.code, Some(2), "{said:?}");
        assert!(parts.iter().all(|part| said.err.contains(part)) && !dir.join("none.csv").exists(), "{said:?}");
    }
}
