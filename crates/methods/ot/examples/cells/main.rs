//! Cells measured twice, aligned without being told which is which: Gromov-Wasserstein, InfoOT and unbalanced COOT.
//!
//! `cargo run --release -p thalweg-match --example cells -- DATA` reads `DATA/snareseq_gw/snareseq.npz`: 1,047 cells, each
//! with expression (`rna`) and chromatin (`atac`) features in the same order, and their four lines. The order only scores.
//!
//! Relations are the published ones (SCOT, Demetci et al., JCB 2022): rows of unit length, the graph of the 50 nearest by
//! correlation, lengths of paths in steps. Chromatin is carried to expression by the mean partner. FOSCTTM is the mean
//! over cells of the fraction of cells of the other kind that lie closer than the cell itself, from both sides; transfer is
//! the share of cells whose line is that of most of the five nearest.
#![allow(clippy::print_stdout, reason = "an example speaks on the standard output")]

mod graph;
mod score;

use std::path::PathBuf;
use std::time::Instant;
use thalweg_core::{Context, Error, Measure, Points, Result};
use thalweg_match::{Matrix, coot, info};
use thalweg_ot::gromov::{Coupled, EntropicGromov, Gromov, QuadraticLoss, Scheme, Spaces};
use thalweg_ot::{CostMatrix, Sinkhorn};

/// Both kinds of features, rows of unit length, and the line of each cell.
struct Cells {
    atac: Points,
    rna: Points,
    lines: Vec<f64>,
}

fn read(folder: PathBuf) -> Result<Cells> {
    let mut arrays = thalweg_io::read_npz(&folder.join("snareseq_gw/snareseq.npz"), None)?;
    let mut rows = |name: &str| {
        let array = arrays.take(name)?;
        let dim = array.shape.last().copied().unwrap_or(1);
        Ok::<_, Error>((dim, array.numbers()?))
    };
    let mut features = |name: &str| {
        let (dim, values) = rows(name)?;
        let mut points = Points::new(dim, values)?;
        for i in 0..points.len() {
            let norm = points.row(i).iter().map(|v| v * v).sum::<f64>().sqrt();
            points.row_mut(i).iter_mut().for_each(|v| *v /= norm);
        }
        Ok::<_, Error>(points)
    };
    Ok(Cells { atac: features("atac")?, rna: features("rna")?, lines: rows("rna_type")?.1 })
}

fn main() -> Result<()> {
    let folder = std::env::args().nth(1).ok_or_else(|| Error::input("Give the folder of the data as an argument."))?;
    let cells = read(folder.into())?;
    let ctx = Context::new(0, 0)?;
    println!("| method | seconds | rounds | objective | FOSCTTM | transfer, % |\n|---|---|---|---|---|---|");
    let (first, second) = (graph::relations(&cells.atac, 50)?, graph::relations(&cells.rna, 50)?);
    tell("exact Gromov-Wasserstein", &cells, exact(&ctx, &first, &second)?)?;
    most_information(&ctx, &cells)?;
    samples_and_features(&ctx, &cells)?;
    for epsilon in [5e-3, 5e-4] {
        let found = entropic(&ctx, &first, &second, epsilon)?;
        tell(&format!("entropic Gromov-Wasserstein, epsilon {epsilon}"), &cells, found)?;
    }
    Ok(())
}

/// What is posed to both solvers: equal weights, nothing known between the spaces.
fn pose<R>(first: &CostMatrix, second: &CostMatrix, solve: impl FnOnce(&Spaces<'_>) -> Result<R>) -> Result<R> {
    let weights = vec![1.0 / first.rows() as f64; first.rows()];
    solve(&Spaces { p: &weights, q: &weights, first, second, between: None, alpha: 1.0 })
}

fn entropic(ctx: &Context, first: &CostMatrix, second: &CostMatrix, epsilon: f64) -> Result<Coupled> {
    let solver = EntropicGromov {
        loss: QuadraticLoss::Square,
        scheme: Scheme::ProjectedGradient,
        inner: Sinkhorn { tolerance: 1e-7, max_iterations: 1000, ..Sinkhorn::balanced(epsilon) },
        // The norm of the plan of a permutation is 0.03.
        tolerance: 1e-6,
        max_iterations: 1000,
    };
    pose(first, second, |spaces| solver.solve(ctx, spaces, None))
}

fn exact(ctx: &Context, first: &CostMatrix, second: &CostMatrix) -> Result<Coupled> {
    let solver = Gromov { loss: QuadraticLoss::Square, relative: 1e-9, absolute: 1e-9, max_iterations: 1000 };
    pose(first, second, |spaces| solver.solve(ctx, spaces, None))
}

fn tell(name: &str, cells: &Cells, found: Coupled) -> Result<()> {
    let plan = Matrix::new(cells.atac.len(), cells.rna.len(), found.plan)?;
    let seconds = found.report.seconds;
    line(name, seconds, found.report.iterations, &format!("{:.6}", found.value), cells, &plan)
}

fn line(name: &str, seconds: f64, rounds: usize, objective: &str, cells: &Cells, plan: &Matrix) -> Result<()> {
    let carried = plan.barycentric(&cells.rna)?;
    let (closer, transfer) =
        (score::foscttm(&carried, &cells.rna), score::transfer(&carried, &cells.rna, &cells.lines));
    println!("| {name} | {seconds:.2} | {rounds} | {objective} | {closer:.4} | {:.1} |", 100.0 * transfer);
    Ok(())
}

/// Information by kernels on the features themselves, at the published settings.
fn most_information(ctx: &Context, cells: &Cells) -> Result<()> {
    let (x, y) = (Measure::uniform(cells.atac.clone())?, Measure::uniform(cells.rna.clone())?);
    let start = Instant::now();
    let found = info::align(ctx, &x, &y, None, &info::Config::default())?;
    let (seconds, nats) = (start.elapsed().as_secs_f64(), format!("{:.4} nats", found.information));
    line("InfoOT", seconds, found.report.iterations, &nats, cells, &found.plan)
}

/// Samples and features at once; each table is scaled to a mean square of one.
fn samples_and_features(ctx: &Context, cells: &Cells) -> Result<()> {
    let scaled = |points: &Points| {
        let mean = points.values().iter().map(|v| v * v).sum::<f64>() / points.values().len() as f64;
        Points::new(points.dim(), points.values().iter().map(|v| v / mean.sqrt()).collect())
    };
    let (x, y) = (scaled(&cells.atac)?, scaled(&cells.rna)?);
    let problem = coot::Problem::new(&x, &y);
    for rho in [10.0, 1.0] {
        let config = coot::Config { rho_source: rho, rho_target: rho, epsilon: 0.01, ..coot::Config::default() };
        let start = Instant::now();
        let found = coot::solve(ctx, &problem, &config)?;
        let (seconds, objective) = (start.elapsed().as_secs_f64(), format!("{:.4}", found.objective));
        let name = format!("unbalanced COOT, rho {rho}, epsilon 0.01");
        line(&name, seconds, found.report.iterations, &objective, cells, &found.samples)?;
    }
    Ok(())
}
