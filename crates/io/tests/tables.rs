//! Tables through the public interface: what is written reads back to the same bits, and what is wrong is refused
//! with a sentence that names it.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use thalweg_core::Points;
use thalweg_io::{
    NpzWriter, OutTable, Request, Selection, Values, number_columns, read, read_npz, write, write_atomically,
};

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn file(folder: &TempDir, name: &str, content: &str) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    path
}

fn request(time: Option<&str>, features: &str) -> Request {
    Request { time: time.map(str::to_owned), features: features.parse().unwrap(), ..Request::default() }
}

fn refused(path: &Path, request: &Request) -> String {
    read(path, request, None).unwrap_err().to_string()
}

#[test]
fn a_csv_is_read_by_name_and_by_default() {
    let dir = folder();
    let path = file(
        &dir,
        "a.csv",
        "\u{feff},day,x,\"the y\",kind,w\nc1,0,1.5,-2e3,\"a, b\",1\nc2,1,2.5,4,b,2\nc3,1,3,5,b,0.5\n",
    );
    let mut r = request(Some("day"), "all");
    r.weights = Some("w".into());
    r.labels = Some("kind".into());
    let table = read(&path, &r, None).unwrap();
    assert_eq!(table.features, ["x", "the y"]);
    assert_eq!(table.points.values(), [1.5, -2000.0, 2.5, 4.0, 3.0, 5.0]);
    assert_eq!(table.times.as_deref().unwrap(), [0.0, 1.0, 1.0]);
    assert_eq!(table.weights.as_deref().unwrap(), [1.0, 2.0, 0.5]);
    assert_eq!(table.labels.as_deref().unwrap()[0], "a, b");
    assert_eq!(table.index.as_deref().unwrap(), ["c1", "c2", "c3"]);
    assert!(table.warnings.is_empty());
    let snapshots = table.snapshots().unwrap();
    assert_eq!(snapshots.times(), [0.0, 1.0]);
    assert_eq!(snapshots.get(1).measure.mass(), 2.5);

    let skipped = read(&path, &request(Some("day"), "all"), None).unwrap();
    assert_eq!(skipped.features, ["x", "the y", "w"]);
    assert!(skipped.warnings[0].contains("kind"));
    assert_eq!(read(&path, &request(None, "w,x:the y"), None).unwrap().features, ["w", "x", "the y"]);
    assert!(table.snapshots().is_ok() && read(&path, &request(None, "x"), None).unwrap().snapshots().is_err());
}

#[test]
fn a_bad_csv_is_refused_with_row_column_and_value() {
    let dir = folder();
    for (content, asked, says) in [
        ("t,x\n0,1\n1,abc\n", "all", vec!["Row 1", "`abc`", "`x`"]),
        ("t,x\n0,1\n1,\n", "all", vec!["Row 1", "missing", "`x`"]),
        ("t,x\n0,1\n1,inf\n", "all", vec!["Row 1", "inf", "`x`"]),
        ("t,x\nday 2,1\n1,2\n", "all", vec!["Row 0", "`day 2`", "`t`"]),
        ("t,x\n,1\n1,2\n", "all", vec!["Row 0", "missing", "`t`", "every time"]),
        ("t,x\n0,1\n1,2,3\n", "all", vec!["Line 3", "3 cells", "header has 2"]),
        ("t,x,x\n0,1,2\n", "all", vec!["Two columns", "`x`"]),
        ("t,x\n", "all", vec!["no rows"]),
        ("t,name\n0,a\n", "all", vec!["no numeric column"]),
        ("t,height\n0,1\n", "heigth", vec!["`heigth`", "Did you mean `height`"]),
        ("t,x\n0,1\n", "x,x", vec!["selected twice"]),
        ("t,x\n0,1\n", "t,x", vec!["both --time and one of the features"]),
        ("t,x\n0,1\n", "obsm:X_pca", vec!["only h5ad"]),
    ] {
        let said = refused(&file(&dir, "a.csv", content), &request(Some("t"), asked));
        assert!(said.contains("a.csv"), "{said}");
        for part in says {
            assert!(said.contains(part), "{content:?} should say {part}, but says: {said}");
        }
    }
    let mut weighted = request(Some("t"), "x");
    weighted.weights = Some("w".into());
    let said = refused(&file(&dir, "w.csv", "t,x,w\n0,1,1\n1,2,-3\n"), &weighted);
    assert!(said.contains("Row 1") && said.contains("-3") && said.contains("`w`"), "{said}");
    let latin1 = dir.path().join("latin1.csv");
    fs::write(&latin1, b"t,x\n0,\xe9\n").unwrap();
    assert!(refused(&latin1, &request(Some("t"), "x")).contains("UTF-8"));
}

#[test]
fn files_that_cannot_be_tables_are_refused() {
    let dir = folder();
    let any = Request::default();
    assert!(refused(&dir.path().join("no.csv"), &any).contains("does not exist"));
    assert!(refused(&file(&dir, "a.xlsx", "x"), &any).contains(".csv, .tsv, .npy, .npz, .parquet and .h5ad"));
    assert!(refused(&file(&dir, "plain", "x"), &any).contains("no extension"));
    assert!(refused(&file(&dir, "e.csv", ""), &any).contains("is empty"));
    let sub = dir.path().join("folder.csv");
    fs::create_dir(&sub).unwrap();
    assert!(refused(&sub, &any).contains("is a folder"));
    for name in ["a.npz", "a.npy"] {
        let said = refused(&file(&dir, name, "t,x\n0,1\n"), &any);
        assert!(said.contains("corrupt"), "{said}");
    }
}

#[test]
fn more_dimensions_than_rows_is_a_warning() {
    let dir = folder();
    let table = read(&file(&dir, "a.csv", "a,b,c\n1,2,3\n4,5,6\n"), &Request::default(), None).unwrap();
    assert!(table.warnings[0].contains("3 columns, 2 rows"), "{:?}", table.warnings);
}

fn out() -> OutTable {
    let points = Points::new(2, vec![0.1, 1.0 / 3.0, -1e-300, 1e300, f64::MIN_POSITIVE, -0.0]).unwrap();
    OutTable::new()
        .texts("index", vec!["c,1".into(), "c\"2\"".into(), "naïve".into()])
        .unwrap()
        .points("X", points, &["u".into(), "v".into()])
        .unwrap()
        .numbers("weight", vec![1.0, 0.5, 2.0])
        .unwrap()
        .numbers("t", vec![0.0, 0.1, 0.3])
        .unwrap()
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|v| v.to_bits()).collect()
}

#[test]
fn what_is_written_reads_back_to_the_same_bits() {
    let dir = folder();
    let mut formats = vec!["csv", "tsv", "npz"];
    if cfg!(feature = "parquet") {
        formats.push("parquet");
    }
    for extension in formats {
        let path = dir.path().join(format!("a.{extension}"));
        write(&path, &out()).unwrap();
        let mut r = request(Some("t"), if extension == "npz" { "X" } else { "u,v" });
        r.weights = Some("weight".into());
        r.labels = Some("index".into());
        let table = read(&path, &r, None).unwrap();
        assert_eq!(table.features, ["u", "v"], "{extension}");
        let expected = [0.1, 1.0 / 3.0, -1e-300, 1e300, f64::MIN_POSITIVE, -0.0];
        assert_eq!(bits(table.points.values()), bits(&expected), "{extension}");
        assert_eq!(table.times.unwrap(), [0.0, 0.1, 0.3]);
        assert_eq!(table.weights.unwrap(), [1.0, 0.5, 2.0]);
        assert_eq!(table.labels.unwrap(), ["c,1", "c\"2\"", "naïve"]);
    }
    let path = dir.path().join("a.npy");
    assert!(write(&path, &out()).unwrap_err().to_string().contains("`index` holds text"));
    let plain = OutTable::new().numbers("a", vec![1.0, 2.0]).unwrap().numbers("b", vec![3.0, 4.0]).unwrap();
    write(&path, &plain).unwrap();
    let table = read(&path, &request(Some("x0"), "all"), None).unwrap();
    assert_eq!(
        (table.points.values(), table.features.as_slice()),
        ([3.0, 4.0].as_slice(), ["x1".to_owned()].as_slice())
    );
    assert!(write(&dir.path().join("a.h5ad"), &plain).unwrap_err().to_string().contains("only read"));
}

#[test]
fn the_arrays_of_an_npz_are_chosen_by_name_or_by_shape() {
    let dir = folder();
    let path = dir.path().join("a.npz");
    let arrays = NpzWriter::new()
        .f32("xy", &[3, 2], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
        .unwrap()
        .f64("fate", &[2, 2], vec![0.0; 4])
        .unwrap()
        .f64("day", &[3], vec![0.0, 1.0, 1.0])
        .unwrap()
        .f64("score", &[3], vec![7.0, 8.0, 9.0])
        .unwrap()
        .texts("stage", vec!["0".into(), "1".into(), "day 2".into()])
        .unwrap();
    arrays.write(&path).unwrap();
    let bytes = fs::read(&path).unwrap();
    arrays.write(&path).unwrap();
    assert_eq!(bytes, fs::read(&path).unwrap(), "no clock enters the file");

    let table = read(&path, &request(Some("day"), "all"), None).unwrap();
    assert_eq!(table.features, ["xy_0", "xy_1"]);
    assert_eq!(table.points.values(), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let joined = read(&path, &request(Some("day"), "score,xy"), None).unwrap();
    assert_eq!(joined.points.row(1), [8.0, 3.0, 4.0]);
    assert!(refused(&path, &request(None, "all")).contains("xy, fate"));
    assert!(refused(&path, &request(Some("days"), "xy")).contains("Did you mean `day`"));
    assert!(refused(&path, &request(Some("day"), "X")).contains("no array `X`"));
    assert!(refused(&path, &request(Some("fate"), "xy")).contains("[2, 2]"));
    assert!(refused(&path, &request(Some("day"), "fate")).contains("3 entries"));
    assert!(refused(&path, &request(Some("stage"), "xy")).contains("`day 2`"));

    let mut npz = read_npz(&path, None).unwrap();
    assert_eq!(npz.names().collect::<Vec<_>>(), ["xy", "fate", "day", "score", "stage"]);
    assert_eq!(npz.get("xy").unwrap().shape, [3, 2]);
    assert_eq!(npz.take("stage").unwrap().values, Values::Texts(vec!["0".into(), "1".into(), "day 2".into()]));
    assert!(npz.take("stage").is_err());
    let broke = read_npz(&path, Some(30)).unwrap_err().to_string();
    assert!(broke.contains("the array `xy` needs 48 bytes") && broke.contains("30 bytes"), "{broke}");
}

#[test]
fn a_column_by_its_own_name_x_is_found_in_a_table() {
    let dir = folder();
    let table = read(&file(&dir, "a.csv", "X,y\n1,2\n"), &request(None, "X"), None).unwrap();
    assert_eq!(table.features, ["X"]);
    assert_eq!(Selection::default(), Selection::All);
}

#[test]
fn a_failed_write_leaves_the_old_file_and_nothing_else() {
    let dir = folder();
    let path = file(&dir, "a.csv", "old");
    let failed = write_atomically(&path, |f| {
        use std::io::Write;
        f.write_all(&[0; 1 << 20]).unwrap();
        Err(thalweg_core::Error::failed("It broke half way."))
    });
    assert!(failed.is_err());
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    assert!(
        write_atomically(&dir.path().join("none/a.csv"), |_| Ok(()))
            .unwrap_err()
            .to_string()
            .contains("does not exist")
    );
    assert!(write_atomically(dir.path(), |_| Ok(())).unwrap_err().to_string().contains("is a folder"));
}

#[test]
fn a_table_to_write_has_equal_columns_with_different_names() {
    let short = OutTable::new().numbers("a", vec![1.0]).unwrap().numbers("b", vec![]).unwrap_err().to_string();
    assert!(short.contains("`b` has 0 rows") && short.contains("has 1"));
    let table = OutTable::new().numbers("a", vec![1.0]).unwrap();
    assert!(table.clone().numbers("a", vec![1.0]).unwrap_err().to_string().contains("`a`"));
    let points = Points::zeros(1, 2);
    assert!(table.points("X", points, &["a".into()]).unwrap_err().to_string().contains("1 feature names"));
}

#[test]
fn the_columns_of_numbers_are_named_without_reading_them() {
    let dir = folder();
    let path = file(&dir, "a.csv", "name,Time,kind,x\na,0,,1\nb,1,good,2\n");
    assert_eq!(number_columns(&path, None).unwrap(), ["Time", "x"]);
    let points = Points::new(2, vec![1.0, 2.0, 3.0, 4.0]).unwrap();
    let names = ["u".to_owned(), "v".to_owned()];
    let table = OutTable::new().numbers("time", vec![0.0, 1.0]).unwrap().points("X", points, &names).unwrap();
    let named = |name: &str| {
        write(&dir.path().join(name), &table).unwrap();
        number_columns(&dir.path().join(name), None).unwrap()
    };
    assert_eq!(named("a.tsv"), ["time", "u", "v"]);
    assert_eq!(named("a.npz"), ["time"]);
    if cfg!(feature = "parquet") {
        assert_eq!(named("a.parquet"), ["time", "u", "v"]);
    }
    assert!(number_columns(&dir.path().join("none.csv"), None).is_err());
}
