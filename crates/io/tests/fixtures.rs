//! Files as anndata and pyarrow write them (`fixtures/make.py` says how), against the closed forms they hold.

#![cfg(any(feature = "h5ad", feature = "parquet"))]

use std::path::PathBuf;

use thalweg_io::{Request, Table, read};

const DAYS: [f64; 7] = [0.0, 0.0, 2.0, 2.0, 5.0, 5.0, 5.0];

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn ask(name: &str, time: Option<&str>, features: &str) -> thalweg_core::Result<Table> {
    let request = Request { time: time.map(str::to_owned), features: features.parse()?, ..Request::default() };
    read(&path(name), &request, Some(4 << 20))
}

fn refused(name: &str, time: Option<&str>, features: &str) -> String {
    ask(name, time, features).unwrap_err().to_string()
}

fn grid(columns: usize, cell: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    (0..7).flat_map(|i| (0..columns).map(|j| cell(i as f64, j as f64)).collect::<Vec<_>>()).collect()
}

#[cfg(feature = "h5ad")]
mod h5ad {
    use super::*;

    fn x() -> Vec<f64> {
        grid(4, |i, j| if (i + j) % 3.0 == 0.0 { i + j / 8.0 } else { 0.0 })
    }

    fn pca() -> Vec<f64> {
        grid(2, |i, j| (i + 1.0) / (j + 2.0))
    }

    #[test]
    fn x_is_the_same_in_every_storage() {
        for name in ["dense", "csr", "csc", "half", "half_csr", "gzip", "lzf", "chunked"] {
            let table = ask(&format!("{name}.h5ad"), Some("day"), "X").unwrap();
            assert_eq!(table.points.values(), x(), "{name}");
            assert_eq!(table.times.as_deref().unwrap(), DAYS, "{name}");
            assert_eq!(table.index.as_deref().unwrap()[6], "cell6", "{name}");
            assert_eq!(table.snapshots().unwrap().times(), [0.0, 2.0, 5.0], "{name}");
        }
        for name in ["dense", "csr", "csc", "half", "half_csr", "chunked"] {
            let table = ask(&format!("{name}.h5ad"), Some("day"), "gene3,gene0").unwrap();
            assert_eq!(table.features, ["gene3", "gene0"], "{name}");
            let expected: Vec<f64> = x().chunks(4).flat_map(|row| [row[3], row[0]]).collect();
            assert_eq!(table.points.values(), expected, "{name}");
            assert_eq!(ask(&format!("{name}.h5ad"), None, "obsm:X_pca").unwrap().points.values(), pca(), "{name}");
        }
        assert_eq!(ask("dense.h5ad", None, "gene1:gene3").unwrap().points.dim(), 3);
    }

    #[test]
    fn obsm_is_an_array_a_frame_or_sparse() {
        let table = ask("obsm.h5ad", Some("day"), "obsm:X_pca").unwrap();
        assert_eq!(
            (table.features.as_slice(), table.points.values()),
            (["X_pca_0".to_owned(), "X_pca_1".to_owned()].as_slice(), pca().as_slice())
        );
        let doubled: Vec<f64> = pca().iter().map(|v| f64::from(*v as f32 * 2.0)).collect();
        assert_eq!(ask("obsm.h5ad", None, "obsm:X_umap").unwrap().points.values(), doubled);
        let frame = ask("obsm.h5ad", None, "obsm:frame").unwrap();
        assert_eq!(
            (frame.features.as_slice(), frame.points.values()),
            (["one".to_owned(), "two".to_owned()].as_slice(), pca().as_slice())
        );
        assert_eq!(ask("obsm.h5ad", None, "obsm:sparse").unwrap().points.values(), pca());
        let chosen = ask("obsm.h5ad", Some("day"), "all").unwrap();
        assert_eq!(chosen.points.values(), pca());
        assert!(chosen.warnings[0].contains("obsm:X_pca"));
        let said = refused("obsm.h5ad", Some("day"), "obsm:X_pcb");
        assert!(said.contains("`X_pcb`") && said.contains("Did you mean `X_pca`") && said.contains("X_umap"), "{said}");
        assert!(refused("obsm.h5ad", Some("day"), "X").contains("no X"));
    }

    #[test]
    fn a_time_is_read_from_any_kind_of_column() {
        for column in ["day", "day_text", "day_cat", "day_num_cat"] {
            assert_eq!(ask("obs.h5ad", Some(column), "weight").unwrap().times.unwrap(), DAYS, "{column}");
        }
        let hours: Vec<f64> = DAYS.iter().map(|d| d * 24.0).collect();
        assert_eq!(ask("obs.h5ad", Some("hours"), "weight").unwrap().times.unwrap(), hours);
        let all = ask("obs.h5ad", Some("nullable_full"), "flag,nullable_flag,small,count").unwrap();
        assert_eq!(all.points.values(), grid(4, |i, j| [f64::from(u8::from(i > 3.0)), 1.0, i / 4.0, i][j as usize]));
        assert_eq!(all.times.unwrap(), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let said = refused("obs.h5ad", Some("day_words"), "weight");
        assert!(said.contains("Row 0") && said.contains("`day 0`") && said.contains("`day_words`"), "{said}");
        for (column, row) in [("nullable", 3), ("missing_cat", 0), ("hole", 2)] {
            let said = refused("obs.h5ad", Some(column), "weight");
            assert!(
                said.contains(&format!("Row {row} ")) && said.contains("missing") && said.contains(column),
                "{said}"
            );
        }
        let said = refused("obs.h5ad", Some("dya"), "weight");
        assert!(said.contains("no obs column `dya`") && said.contains("Did you mean `day`"), "{said}");
        assert!(refused("obs.h5ad", Some("day"), "all").contains("--features"));
        assert!(refused("obs.h5ad", Some("day"), "day,weight").contains("`day` is both"));
    }

    #[test]
    fn weights_and_labels_come_along() {
        let request = Request {
            time: Some("day".into()),
            features: "small".parse().unwrap(),
            weights: Some("weight".into()),
            labels: Some("cluster".into()),
        };
        let table = read(&path("obs.h5ad"), &request, None).unwrap();
        assert_eq!(table.weights.unwrap(), [0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0]);
        assert_eq!(table.labels.unwrap().join(""), "babcabc");
    }

    #[test]
    fn other_hdf5_and_small_budgets_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let cut = dir.path().join("cut.h5ad");
        let bytes = std::fs::read(path("dense.h5ad")).unwrap();
        std::fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
        let said = read(&cut, &Request { features: "X".parse().unwrap(), ..Request::default() }, None)
            .unwrap_err()
            .to_string();
        assert!(said.contains("truncated or corrupt"), "{said}");
        let request = Request { features: "X".parse().unwrap(), ..Request::default() };
        let said = read(&path("dense.h5ad"), &request, Some(300)).unwrap_err().to_string();
        assert!(said.contains("budget is 300 bytes"), "{said}");
    }
}

#[cfg(feature = "parquet")]
mod parquet {
    use super::*;

    use thalweg_io::{OutColumn, Slot, read_rest};

    #[test]
    fn the_rest_keeps_the_types_that_pyarrow_wrote() {
        let rest = read_rest(&path("snappy.parquet"), &["hours".into(), "weight".into()], 7, None).unwrap();
        let integers = |v: [i64; 7]| OutColumn::Integers(v.map(Some).to_vec());
        assert_eq!(rest.column("day"), Some(&integers([0, 0, 2, 2, 5, 5, 5])));
        assert_eq!(rest.column("count"), Some(&integers([0, 1, 2, 3, 4, 5, 6])));
        let flags = [false, false, false, false, true, true, true].map(Some).to_vec();
        assert_eq!(rest.column("flag"), Some(&OutColumn::Booleans(flags)));
        assert_eq!(rest.column("nullable_flag"), Some(&OutColumn::Booleans(vec![Some(true); 7])));
        let words = ["b", "a", "b", "c", "a", "b", "c"].map(|t| Some(t.to_owned())).to_vec();
        assert_eq!(rest.column("cluster"), Some(&OutColumn::Texts(words)));
        assert_eq!(rest.left_out, ["when"]);
        let place = |slot: &Slot| rest.slots.iter().position(|s| s == slot);
        assert_eq!(place(&Slot::Coordinate(0)), Some(1), "hours come after the day");
        let holes = read_rest(&path("holes.parquet"), &["day".into()], 7, None).unwrap();
        let nullable = [Some(1), Some(2), Some(3), None, Some(5), Some(6), Some(7)];
        assert_eq!(holes.column("nullable"), Some(&OutColumn::Integers(nullable.to_vec())));
    }

    #[test]
    fn halves_and_decimals_are_numbers() {
        let table = ask("numbers.parquet", Some("day"), "all").unwrap();
        assert_eq!(table.features, ["half", "price"]);
        assert_eq!(table.points.values(), grid(2, |i, j| [i / 4.0, (i - 100.0) / 100.0][j as usize]));
        assert!(table.warnings.iter().any(|w| w.ends_with("not features: nothing.")), "{:?}", table.warnings);
        let rest = read_rest(&path("numbers.parquet"), &["half".into()], 7, None).unwrap();
        assert_eq!(
            rest.column("price").unwrap().to_numbers().unwrap(),
            (0..7).map(|i| f64::from(i - 100) / 100.0).collect::<Vec<_>>()
        );
    }

    #[test]
    fn brotli_is_refused_by_its_name() {
        let said = refused("brotli.parquet", None, "day");
        assert!(said.contains("compressed with Brotli") && !said.contains("corrupt"), "{said}");
    }

    #[test]
    fn every_codec_reads_the_same() {
        for codec in ["snappy", "gzip", "zstd", "lz4", "none"] {
            let name = format!("{codec}.parquet");
            let mut request = Request {
                time: Some("day".into()),
                features: "weight,flag,small,count,nullable_full".parse().unwrap(),
                ..Request::default()
            };
            request.labels = Some("cluster".into());
            let table = read(&path(&name), &request, Some(8 << 20)).unwrap();
            let weight = |i: f64| 0.5 + i / 4.0;
            assert_eq!(
                table.points.values(),
                grid(5, |i, j| [weight(i), f64::from(u8::from(i > 3.0)), i / 4.0, i, i][j as usize]),
                "{codec}"
            );
            assert_eq!(table.times.unwrap(), DAYS);
            assert_eq!(table.labels.unwrap().join(""), "babcabc");
            assert_eq!(table.index.unwrap()[3], "cell3");
            assert_eq!(ask(&name, Some("day_text"), "weight").unwrap().times.unwrap(), DAYS);
            let all = ask(&name, Some("day"), "all").unwrap();
            assert!(
                !all.features.iter().any(|f| ["when", "cluster", "day", "__index_level_0__"].contains(&f.as_str())),
                "{:?}",
                all.features
            );
            assert!(all.warnings[0].contains("cluster") && all.warnings[0].contains("when"), "{:?}", all.warnings);
        }
    }

    #[test]
    fn holes_dates_and_text_are_refused() {
        assert_eq!(ask("holes.parquet", Some("day"), "small").unwrap().points.values(), grid(1, |i, _| i / 4.0));
        let said = refused("holes.parquet", Some("day"), "hole");
        assert!(said.contains("Row 2 ") && said.contains("`hole`"), "{said}");
        let said = refused("holes.parquet", Some("nullable"), "small");
        assert!(said.contains("Row 3 ") && said.contains("`nullable`"), "{said}");
        assert!(refused("none.parquet", Some("when"), "weight").contains("`when`"));
        let said = refused("none.parquet", Some("cluster"), "weight");
        assert!(said.contains("Row 0") && said.contains("`b`"), "{said}");
    }
}
