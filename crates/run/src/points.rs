//! The points a page shows: a bounded sample of what was observed, kept beside the model.

use crate::folder::RunFolder;
use std::path::Path;
use thalweg_core::{Context, Error, Points, Result, Snapshots, Stream};
use thalweg_io::{NpzWriter, read_npz};

const FILE: &str = "points.npz";
/// Most points kept of a snapshot: enough for a picture, small enough for a run folder of any data.
const MOST: usize = 20_000;

/// A sample of the observed points, snapshots in time order.
#[derive(Clone, Debug, PartialEq)]
pub struct Observed {
    /// `n x d`.
    pub points: Points,
    /// Time of each row.
    pub times: Vec<f64>,
    /// Weight of each row.
    pub weights: Vec<f64>,
    /// Times that were left out of training.
    pub held_out: Vec<f64>,
}

/// Writes the sample into a run folder.
pub fn save(folder: &RunFolder, snapshots: &Snapshots, held_out: &[f64], ctx: &Context) -> Result<()> {
    let (mut values, mut times, mut weights) = (Vec::new(), Vec::new(), Vec::new());
    for (k, snapshot) in snapshots.items().iter().enumerate() {
        let measure = &snapshot.measure;
        let mut rows: Vec<usize> = (0..measure.len()).collect();
        if rows.len() > MOST {
            rows = Stream::new(ctx.seed(), "picture", k as u64).permutation(measure.len());
            rows.truncate(MOST);
        }
        for i in rows {
            values.extend_from_slice(measure.points().row(i));
            times.push(snapshot.time);
            weights.push(measure.weights()[i]);
        }
    }
    let n = times.len();
    NpzWriter::new()
        .f64("points", &[n, snapshots.dim()], values)?
        .f64("times", &[n], times)?
        .f64("weights", &[n], weights)?
        .f64("held_out", &[held_out.len()], held_out.to_vec())?
        .write(&folder.root().join(FILE))
}

/// Reads the sample of the run in `root`.
///
/// # Errors
/// The file is missing or damaged.
pub fn load(root: &Path) -> Result<Observed> {
    let path = root.join(FILE);
    let mut arrays = read_npz(&path, None)?;
    let mut take = |name: &str| -> Result<(Vec<usize>, Vec<f64>)> {
        let array = arrays.take(name)?;
        Ok((array.shape.clone(), array.numbers()?))
    };
    let (shape, values) = take("points")?;
    let (times, weights, held_out) = (take("times")?.1, take("weights")?.1, take("held_out")?.1);
    let points = Points::new(shape.get(1).copied().unwrap_or(0), values)?;
    let broken = |why: &str| {
        Error::input(format!("{} is damaged: {why}.", path.display()))
            .advise("Repeat the command of the run with --resume, which writes it again.")
    };
    if points.is_empty() || points.len() != times.len() || points.len() != weights.len() {
        return Err(broken("its arrays are empty or have different lengths"));
    }
    points.check_finite().map_err(|e| e.within(path.display()))?;
    if !times.is_sorted() || !times.iter().chain(&weights).all(|v| v.is_finite()) {
        return Err(broken("its times do not increase, or a number is not finite"));
    }
    Ok(Observed { points, times, weights, held_out })
}
