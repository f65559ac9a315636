//! Known answers of velocity-growth matching.

use crate::velocity_growth::{Config, LEARNER};
use serde_json::json;
use thalweg_core::{Check, Context, Measure, Measured, Points, Result, Snapshot, Snapshots, Stream, VectorField};
use thalweg_nn::{Model, Workspace};
use thalweg_ot::metrics;
use thalweg_solve::{Integrate, integrate};

pub(crate) const CHECKS: &[Check] = &[
    Check {
        name: "two-clusters",
        claim: "Two clusters of 300 cells shift by (0, 1) while one triples: growth log 1 and log 3, drift (0, 1), mass 2.",
        source: "closed form: the rates of the construction",
        run: two_clusters,
    },
    Check {
        name: "balanced",
        claim: "Between equally many cells there is no growth, and the end cloud is that of the second snapshot.",
        source: "closed form: zero growth; sampling floor: two draws of the same law",
        run: balanced,
    },
    Check {
        name: "mass-between-observations",
        claim: "Exponential growth at rate 0.8 seen at times 0, 0.5, 2 (irregular) is reproduced at every observed time.",
        source: "closed form: exp(0.8 t)",
        run: irregular_growth,
    },
];

/// Spread of a cluster. Small beside the way it moves: with a finite `rho` growth explains part of any move, by about
/// `2 x·δ / rho` across a cluster that moves by `δ`.
const SPREAD: f64 = 0.1;

/// Normal clouds of `counts[c]` points around `centres[c]`.
fn clusters(centres: &[[f64; 2]], counts: &[usize], stream: &mut Stream) -> Result<Points> {
    let mut values = Vec::new();
    for (centre, count) in centres.iter().zip(counts) {
        for _ in 0..*count {
            values.extend(centre.iter().map(|c| c + SPREAD * stream.normal()));
        }
    }
    Points::new(2, values)
}

fn snapshots(clouds: Vec<(f64, Points)>) -> Result<Snapshots> {
    let items = clouds
        .into_iter()
        .map(|(time, points)| Ok(Snapshot { time, measure: Measure::counted(points)? }))
        .collect::<Result<_>>()?;
    Snapshots::new(items, vec!["x".into(), "y".into()])
}

fn learned(snapshots: &Snapshots, ctx: &Context) -> Result<Model> {
    Ok((LEARNER.learn)(snapshots, &json!(Config::default()), &Workspace::none(), ctx)?.model)
}

/// End points and log-weights of `start` moved over `span`.
fn moved(model: &Model, start: &Points, span: (f64, f64), ctx: &Context) -> Result<(Points, Vec<f64>)> {
    let path = integrate(model, start, None, span, &Integrate::adaptive(1e-5), ctx)?;
    let end = path.states.into_iter().next_back().unwrap_or_else(|| start.clone());
    Ok((end, path.log_weights.into_iter().next_back().unwrap_or_default()))
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = values.len() as f64;
    values.sum::<f64>() / n
}

fn two_clusters(ctx: &Context) -> Result<Vec<Measured>> {
    let mut stream = Stream::new(ctx.seed(), "check", 0);
    let before = clusters(&[[-2.0, 0.0], [2.0, 0.0]], &[300, 300], &mut stream)?;
    let after = clusters(&[[-2.0, 1.0], [2.0, 1.0]], &[300, 900], &mut stream)?;
    let model = learned(&snapshots(vec![(0.0, before.clone()), (1.0, after)])?, ctx)?;
    let (end, log_weights) = moved(&model, &before, (0.0, 1.0), ctx)?;
    let shift = |k: usize| mean((0..600).map(|i| end.row(i)[k] - before.row(i)[k]));
    Ok(vec![
        Measured::near("integrated growth of the left cluster", mean(log_weights[..300].iter().copied()), 0.0, 0.1),
        Measured::near(
            "integrated growth of the right cluster",
            mean(log_weights[300..].iter().copied()),
            3_f64.ln(),
            0.1,
        ),
        Measured::near("mean drift in x", shift(0), 0.0, 0.05),
        Measured::near("mean drift in y", shift(1), 1.0, 0.05),
        Measured::near("total mass ratio", mean(log_weights.iter().map(|w| w.exp())), 2.0, 0.06),
    ])
}

fn balanced(ctx: &Context) -> Result<Vec<Measured>> {
    let mut stream = Stream::new(ctx.seed(), "check", 1);
    let mut draw = |y: f64| clusters(&[[-1.0, y], [1.5, 2.0 * y]], &[250, 250], &mut stream);
    let (before, after, again) = (draw(0.0)?, draw(1.0)?, draw(1.0)?);
    let model = learned(&snapshots(vec![(0.0, before.clone()), (1.0, after.clone())])?, ctx)?;
    let (end, log_weights) = moved(&model, &before, (0.0, 1.0), ctx)?;
    let largest = log_weights.iter().fold(0.0_f64, |m, w| m.max(w.abs()));
    let after = Measure::uniform(after)?;
    let reached = metrics::w1(ctx, &Measure::uniform(end)?, &after)?;
    let floor = metrics::w1(ctx, &Measure::uniform(again)?, &after)?;
    Ok(vec![
        Measured::at_most("mean absolute integrated growth", mean(log_weights.iter().map(|w| w.abs())), 0.05),
        Measured::at_most("largest absolute integrated growth", largest, 0.25),
        Measured::at_most("W1 to the second snapshot over W1 between two draws of it", reached / floor, 1.5),
    ])
}

fn irregular_growth(ctx: &Context) -> Result<Vec<Measured>> {
    let mut stream = Stream::new(ctx.seed(), "check", 2);
    let times = [0.0, 0.5, 2.0];
    let mut clouds = Vec::new();
    for t in times {
        let count = (300.0 * f64::exp(0.8 * t)).round() as usize;
        clouds.push((t, clusters(&[[t, 0.5 * t]], &[count], &mut stream)?));
    }
    let start = clouds[0].1.clone();
    let model = learned(&snapshots(clouds)?, ctx)?;
    let mut figures = Vec::new();
    for t in &times[1..] {
        let (_, log_weights) = moved(&model, &start, (0.0, *t), ctx)?;
        let ratio = mean(log_weights.iter().map(|w| w.exp())) / f64::exp(0.8 * t);
        figures.push(Measured::near(format!("predicted over true mass at time {t}"), ratio, 1.0, 0.05));
    }
    let mut growth = vec![0.0];
    model.growth(1.0, &[1.0, 0.5], &mut growth);
    figures.push(Measured::near("growth rate in the middle of the cloud at time 1", growth[0], 0.8, 0.08));
    Ok(figures)
}
