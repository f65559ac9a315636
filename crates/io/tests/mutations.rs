//! Damaged files: whatever the bytes are, a reader answers with a table or a sentence. No panic, no hang, and no
//! allocation beyond the budget. Valid files of every format are mutated at random under fixed seeds; more cases by
//! `PROPTEST_CASES=100000 cargo test -p thalweg-io --all-features --test mutations`.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};
use tempfile::TempDir;
use thalweg_core::Points;
use thalweg_io::{NpzWriter, OutTable, Request, Selection, read, read_npz, read_rest, write};

/// What the readers may use.
const BUDGET: u64 = 2 << 20;
/// What they may use beside it: buffers of fixed size, chunk caches, the metadata of the file.
const ASIDE: usize = 4 << 20;

thread_local! {
    static NOW: Cell<usize> = const { Cell::new(0) };
    static PEAK: Cell<usize> = const { Cell::new(0) };
}

/// Counts what each thread holds.
struct Counting;

fn count(add: usize, remove: usize) {
    // A thread that is ending has no counters left, and nothing to measure.
    let _ = NOW.try_with(|now| {
        now.set((now.get() + add).saturating_sub(remove));
        let _ = PEAK.try_with(|peak| peak.set(peak.get().max(now.get())));
    });
}

// SAFETY: every call goes to the system's allocator unchanged; the counters are plain cells that allocate nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 0);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 0);
        // SAFETY: the caller keeps the contract of `alloc_zeroed`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(0, layout.size());
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // Old and new stand side by side while the content moves.
        count(size, 0);
        count(0, layout.size());
        // SAFETY: the caller keeps the contract of `realloc`.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[derive(Clone, Debug)]
enum Edit {
    Set(usize, u8),
    Flip(usize, u8),
    Fill(usize, usize, u8),
    Number(usize, u64),
    Cut(usize),
    Copy(usize, usize, usize),
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let place = 0_usize..1 << 20;
    let telling = prop_oneof![Just(u64::MAX), Just(1 << 40), Just(1 << 31), Just(1 << 62), any::<u64>()];
    let edit = prop_oneof![
        4 => (place.clone(), any::<u8>()).prop_map(|(i, b)| Edit::Set(i, b)),
        4 => (place.clone(), 0_u8..8).prop_map(|(i, b)| Edit::Flip(i, b)),
        1 => (place.clone(), 1_usize..64, any::<u8>()).prop_map(|(i, n, b)| Edit::Fill(i, n, b)),
        2 => (place.clone(), telling).prop_map(|(i, v)| Edit::Number(i, v)),
        1 => place.clone().prop_map(Edit::Cut),
        1 => (place.clone(), place, 1_usize..128).prop_map(|(i, j, n)| Edit::Copy(i, j, n)),
    ];
    proptest::collection::vec(edit, 1..6)
}

fn put(bytes: &mut [u8], at: usize, new: &[u8]) {
    let n = bytes.len().max(1);
    for (slot, b) in bytes.iter_mut().skip(at % n).zip(new) {
        *slot = *b;
    }
}

fn apply(bytes: &mut Vec<u8>, edits: &[Edit]) {
    for edit in edits {
        let n = bytes.len().max(1);
        match *edit {
            Edit::Set(i, b) => put(bytes, i, &[b]),
            Edit::Fill(i, len, b) => put(bytes, i, &vec![b; len]),
            Edit::Number(i, v) => put(bytes, i, &v.to_le_bytes()),
            Edit::Flip(i, bit) => {
                if let Some(slot) = bytes.get_mut(i % n) {
                    *slot ^= 1 << bit;
                }
            }
            Edit::Cut(i) => bytes.truncate(i % n),
            Edit::Copy(from, to, len) => {
                let part: Vec<u8> = bytes.iter().copied().skip(from % n).take(len).collect();
                put(bytes, to, &part);
            }
        }
    }
}

/// A valid file, and what to ask of it.
struct Seed {
    name: String,
    bytes: Vec<u8>,
    requests: Vec<Request>,
}

fn request(time: Option<&str>, features: Selection) -> Request {
    Request { time: time.map(str::to_owned), features, ..Request::default() }
}

fn full(features: &str) -> Request {
    Request {
        time: Some("day".into()),
        features: features.parse().unwrap(),
        weights: Some("weight".into()),
        labels: Some("cluster".into()),
    }
}

fn seed(path: &Path, requests: Vec<Request>) -> Seed {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    Seed { name, bytes: fs::read(path).unwrap(), requests }
}

fn written(dir: &TempDir, name: &str) -> Seed {
    let n = 20;
    let column = |scale: f64| (0..n).map(|i| f64::from(i / 5) * scale).collect::<Vec<_>>();
    let mut table = OutTable::new();
    if !name.ends_with(".npy") {
        table = table.texts("cluster", (0..n).map(|i| format!("\"c\", {i}")).collect()).unwrap();
    }
    let points = Points::new(3, (0..3 * n).map(|i| f64::from(i).sqrt()).collect()).unwrap();
    let table = table.points("X", points, &["a".into(), "b".into(), "c".into()]).unwrap();
    let table = table.numbers("day", column(1.0)).unwrap().numbers("weight", column(0.5)).unwrap();
    let path = dir.path().join(name);
    write(&path, &table).unwrap();
    seed(&path, vec![full("a:c"), full("X"), request(None, Selection::All), request(Some("x3"), Selection::All)])
}

fn fixture(name: &str, requests: Vec<Request>) -> Seed {
    seed(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name), requests)
}

/// Reads `cases` damaged copies of each file for each of three fixed seeds.
fn survive(seeds: &[Seed], cases: u32) {
    // A reader may catch a panic of a decoder it stands on; the backtrace of that is not what is measured here.
    std::panic::set_hook(Box::new(|_| {}));
    let dir = tempfile::tempdir().unwrap();
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|c| c.parse().ok()).unwrap_or(cases);
    let mut failure = None;
    for (seed, number) in seeds.iter().flat_map(|s| [0, 1, 2].map(|k| (s, k))) {
        let path = dir.path().join(&seed.name);
        let config = ProptestConfig {
            cases,
            rng_seed: RngSeed::Fixed(number),
            failure_persistence: None,
            ..ProptestConfig::default()
        };
        let outcome = TestRunner::new(config).run(&edits(), |edits| {
            let mut bytes = seed.bytes.clone();
            apply(&mut bytes, &edits);
            fs::write(&path, &bytes).unwrap();
            for request in &seed.requests {
                let before = NOW.get();
                PEAK.set(before);
                let answer = read(&path, request, Some(BUDGET));
                let used = PEAK.get().saturating_sub(before);
                prop_assert!(used <= BUDGET as usize + ASIDE, "{used} bytes were used for {request:?}: {answer:?}");
                if let Err(error) = answer {
                    prop_assert!(error.message().ends_with('.'), "no sentence: {error}");
                }
            }
            let before = NOW.get();
            PEAK.set(before);
            let rest = read_rest(&path, &["a".into(), "c".into()], 20, Some(BUDGET));
            let used = PEAK.get().saturating_sub(before);
            prop_assert!(used <= BUDGET as usize + ASIDE, "{used} bytes were used for the rest: {:?}", rest.err());
            if seed.name.ends_with(".npz") {
                let _ = read_npz(&path, Some(BUDGET));
            }
            Ok(())
        });
        if let Err(error) = outcome {
            failure.get_or_insert(format!("{} with seed {number}: {error}", seed.name));
        }
    }
    assert_eq!(failure, None);
}

#[test]
fn damaged_text_is_answered() {
    let dir = tempfile::tempdir().unwrap();
    survive(&[written(&dir, "a.csv"), written(&dir, "a.tsv")], 300);
}

#[test]
fn damaged_arrays_are_answered() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("b.npz");
    let arrays =
        NpzWriter::new().f32("X", &[4, 2], vec![0.5; 8]).unwrap().f64("day", &[4], vec![0.0, 0.0, 1.0, 1.0]).unwrap();
    arrays.write(&path).unwrap();
    let small = seed(&path, vec![request(Some("day"), Selection::X), request(Some("day"), Selection::All)]);
    survive(&[written(&dir, "a.npz"), small, written(&dir, "a.npy")], 300);
}

#[cfg(feature = "parquet")]
#[test]
fn damaged_parquet_is_answered() {
    let dir = tempfile::tempdir().unwrap();
    let mut seeds = vec![written(&dir, "a.parquet")];
    for codec in ["snappy", "gzip", "zstd", "lz4", "none"] {
        seeds.push(fixture(&format!("{codec}.parquet"), vec![full("all"), full("small,count")]));
    }
    seeds.push(fixture("holes.parquet", vec![request(Some("day"), "hole,nullable,small".parse().unwrap())]));
    survive(&seeds, 150);
}

#[cfg(feature = "h5ad")]
#[test]
fn damaged_h5ad_is_answered() {
    let day = |features: &str| request(Some("day"), features.parse().unwrap());
    let mut seeds = vec![
        fixture(
            "obs.h5ad",
            vec![full("small,nullable_full"), request(Some("day_cat"), "day_num_cat,nullable".parse().unwrap())],
        ),
        fixture("obsm.h5ad", vec![day("obsm:frame"), day("obsm:sparse"), day("all")]),
    ];
    for name in ["dense", "csr", "csc", "chunked", "gzip", "lzf"] {
        seeds.push(fixture(&format!("{name}.h5ad"), vec![day("X"), day("gene0,gene2")]));
    }
    survive(&seeds, 100);
}

/// A hundred bytes that claim terabytes are refused at once.
#[test]
fn giant_claims_are_refused_before_they_are_allocated() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.npy");
    let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000, 1000000), }";
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    fs::write(&path, bytes).unwrap();
    PEAK.set(NOW.get());
    let before = NOW.get();
    let said = read(&path, &Request::default(), None).unwrap_err().to_string();
    assert!(said.contains("8000000000"), "{said}");
    assert!(PEAK.get() - before < 1 << 20);
}

/// A megabyte of zeros deflates to a kilobyte: the budget stops what the size of the file would let pass.
#[test]
fn a_bomb_is_stopped_by_the_budget() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bomb.npz");
    NpzWriter::new().f64("X", &[1 << 19, 1], vec![0.0; 1 << 19]).unwrap().write(&path).unwrap();
    assert!(fs::metadata(&path).unwrap().len() < 1 << 16);
    let before = NOW.get();
    PEAK.set(before);
    let said = read(&path, &Request::default(), Some(BUDGET)).unwrap_err().to_string();
    assert!(said.contains("`X` needs 4.0 MiB") && said.contains("2.0 MiB"), "{said}");
    assert!(PEAK.get() - before < 1 << 20);
}
