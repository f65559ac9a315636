//! What the targets do with bytes: give them to a reader under a name that it believes in. Whatever comes back is right,
//! as long as something does: a panic, a hang or memory beyond the budget is what is looked for.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tempfile::TempDir;
use thalweg_core::{Context, Measure, Points, Snapshot, Snapshots, VectorField};
use thalweg_io::{Request, Selection, read, read_grids, read_npz, read_rest};
use thalweg_nn::{Law, Layer, Model};
use thalweg_run::matching::{Cloud, Entries, Options, Problem};
use thalweg_run::routing::{self, Demand, Network, Rule};
use thalweg_run::{Config, Destination, Existing};

/// Memory that a reader may use.
const BUDGET: Option<u64> = Some(64 << 20);

/// A folder that lives as long as the process.
fn workplace() -> &'static Path {
    static PLACE: OnceLock<TempDir> = OnceLock::new();
    PLACE.get_or_init(|| tempfile::tempdir().expect("a temporary folder")).path()
}

fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = workplace().join(name);
    fs::write(&path, bytes).expect("a file that can be written");
    path
}

/// Reads a table of the format `ending`, with and without a time, and what is left of it.
pub fn table(bytes: &[u8], ending: &str) {
    let path = file(&format!("table.{ending}"), bytes);
    let mut rows = 2;
    for (time, features) in [(None, Selection::All), (Some("day"), Selection::X), (Some("day"), Selection::All)] {
        let request = Request { time: time.map(str::to_owned), features, ..Request::default() };
        rows = read(&path, &request, BUDGET).map_or(rows, |table| table.points.len());
    }
    let _ = read_rest(&path, &["x".to_owned()], rows, BUDGET);
    if ending == "npz" {
        let _ = read_npz(&path, BUDGET);
    }
}

/// Reads bytes as grids of NetCDF or HDF5.
pub fn grids(bytes: &[u8]) {
    let _ = read_grids(&file("grids.nc", bytes), BUDGET);
}

/// Reads bytes as a network and as trips, and routes the one through the other.
pub fn tntp(bytes: &[u8]) {
    let path = file("table.tntp", bytes);
    let Ok(network) = Network::read(&path, BUDGET) else { return };
    let trips = "<END OF METADATA>\nOrigin 1\n2 : 3.5; 3 : 1;\nOrigin 2\n1 : 1e9;\n";
    for path in [path, file("trips.tntp", trips.as_bytes())] {
        let Ok(demand) = Demand::read(&path, &network, BUDGET) else { continue };
        for method in [Rule::Equilibrium, Rule::MinCongestion, Rule::MinCost] {
            let options = routing::Options { method, max_iterations: 3, ..routing::Options::default() };
            let _ = routing::run(&network, &demand, &options, &context());
        }
    }
}

/// Reads a configuration and asks every method whether it would learn with it.
pub fn config(bytes: &[u8]) {
    let Ok(config) = Config::read(&file("config.toml", bytes)) else { return };
    let _ = config.check();
    for method in thalweg_run::registry::learners() {
        let settings = serde_json::Value::Object(config.settings.clone());
        let _ = (method.validate)(&settings, &snapshots());
        let _ = (method.weigh)(&settings, &snapshots(), 2);
    }
}

/// Reads a model, and a law as the header of one has it: behind the checksum, which no mutation passes.
pub fn model(bytes: &[u8]) {
    let _ = Model::from_bytes(bytes.to_vec());
    let Ok(law) = serde_json::from_slice::<Law>(bytes) else { return };
    let heads = [Some(&law.velocity), law.growth.as_ref(), law.score.as_ref()];
    // Sizes whose product overflows are refused by the model, which asks before it multiplies.
    let sane = |layer: &Layer| match layer {
        Layer::Linear { inputs, outputs } => inputs.max(outputs) < &4096,
        Layer::LayerNorm { dim: size } | Layer::TimeFeatures { frequencies: size, .. } => size < &4096,
        Layer::Act { .. } => true,
        Layer::Residual { .. } => false,
    };
    if heads.into_iter().flatten().any(|h| !h.spec.layers.iter().all(sane)) {
        let _ = Model::new(law, vec![0.1; 64]);
        return;
    }
    let ends = heads.into_iter().flatten().filter_map(|h| h.offset.checked_add(h.spec.layout().ok()?.len));
    let count = ends.max().unwrap_or(0).min(1 << 16);
    let Ok(model) = Model::new(law, vec![0.1; count]) else { return };
    let (x, mut out) = (vec![0.5; model.dim()], vec![0.0; model.dim()]);
    model.velocity(0.5, &x, &mut out);
    model.growth(0.5, &x, &mut out[..1]);
    model.divergence(0.5, &x, &mut out[..1]);
}

/// Reads systems, their equations and, of small ones, a first step.
pub fn systems(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for record in thalweg_systems::read(text).unwrap_or_default() {
        let Ok(flow) = thalweg_systems::System::new(&record).and_then(|system| system.flow()) else { continue };
        let d = record.start.len();
        let (mut rates, mut jacobian) = (vec![0.0; d], vec![0.0; d * d]);
        flow.velocity(0.0, &record.start, &mut rates);
        flow.jacobian(0.0, &record.start, &mut jacobian);
    }
}

/// Puts the bytes in the place of one file of a finished run, which the first byte chooses, and reads and draws the run.
pub fn run(bytes: &[u8]) {
    const FILES: [&str; 5] = ["run.json", "metrics.json", "points.npz", "model.safetensors", "events/velocity.jsonl"];
    static WHOLE: OnceLock<PathBuf> = OnceLock::new();
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let root = WHOLE.get_or_init(learned);
    let path = root.join(FILES[usize::from(*choice) % FILES.len()]);
    let kept = fs::read(&path).expect("a file of the run");
    fs::write(&path, bytes).expect("a file that can be written");
    let _ = thalweg_run::open(root);
    let _ = thalweg_report::scene_of(root, &context());
    fs::write(&path, kept).expect("a file that can be written");
}

/// Puts the bytes in the place of one file of a match, which the first byte chooses, and reads its plan and draws it.
pub fn plan(bytes: &[u8]) {
    const FILES: [&str; 3] = ["plan.npz", "picture.npz", "match.json"];
    static WHOLE: OnceLock<PathBuf> = OnceLock::new();
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let root = WHOLE.get_or_init(matched);
    let path = root.join(FILES[usize::from(*choice) % FILES.len()]);
    let kept = fs::read(&path).expect("a file of the match");
    fs::write(&path, bytes).expect("a file that can be written");
    if let Ok(entries) = Entries::load(root, (16, 16), BUDGET) {
        assert!(entries.source.iter().chain(&entries.target).all(|row| *row < 16), "a row that is not there");
    }
    let _ = thalweg_report::scene_of(root, &context());
    let _ = thalweg_report::MatchScene::of(root).and_then(|scene| thalweg_report::match_html(&scene));
    fs::write(&path, kept).expect("a file that can be written");
}

/// The folder of a match of 16 points to 16.
fn matched() -> PathBuf {
    let root = workplace().join("match");
    let cloud = |name: &str, shift: f64| {
        let values = (0..32).map(|i| shift + (0.7 * f64::from(i)).sin()).collect();
        Cloud::of(name, Points::new(2, values).expect("points"), None, None)
    };
    let options = Options { method: Problem::Entropic, ..Options::default() };
    thalweg_run::matching::run(&cloud("a", 0.0), cloud("b", 1.0), &options, &[], Some(&root), &context())
        .expect("a match");
    root
}

fn context() -> Context {
    Context::new(0, 1).expect("a thread")
}

fn snapshots() -> Snapshots {
    let at = |time: f64| {
        let points = Points::new(2, (0..16).map(|i| time + (0.7 * f64::from(i)).sin()).collect());
        Snapshot { time, measure: Measure::counted(points.expect("points")).expect("a measure") }
    };
    Snapshots::new(vec![at(0.0), at(1.0)], vec!["x".into(), "y".into()]).expect("snapshots")
}

/// The folder of a run that took one step.
fn learned() -> PathBuf {
    let root = workplace().join("run");
    let mut config = Config { method: Some("flow-matching".into()), ..Config::default() };
    for setting in ["fit.steps=1", "fit.schedule.warmup=0", "fit.log_every=1", "batch=4", "network.hidden=[4]"] {
        config.set(setting).expect("a setting");
    }
    let destination = Destination { root: &root, existing: Existing::Refuse };
    let command = ["thalweg".into(), "learn".into(), "table.csv".into()];
    thalweg_run::learn(&snapshots(), &config, &command, &[], Some(destination), &context()).expect("a run");
    root
}
