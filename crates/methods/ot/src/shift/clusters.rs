//! Groups by k-means.

use thalweg_core::{Context, Points, Result, Stream};

/// Rounds after which an assignment is taken as it is; k-means settles long before.
const ROUNDS: usize = 300;

fn square(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// The row of `among` nearest to `x`, the first of equals.
pub(super) fn nearest(x: &[f64], among: &Points) -> usize {
    let distances = among.rows().map(|y| square(x, y)).enumerate();
    distances.fold((0, f64::INFINITY), |best, d| if d.1 < best.1 { d } else { best }).0
}

/// The group of each row: the best of several runs of Lloyd's iteration from k-means++ starts, with `weights`.
///
/// # Errors
/// Interruption.
pub(super) fn kmeans(ctx: &Context, rows: &Points, weights: &[f64], k: usize, restarts: u64) -> Result<Vec<usize>> {
    let (mut best, mut least) = (Vec::new(), f64::INFINITY);
    for restart in 0..restarts {
        let mut centres = spread(rows, weights, k, &mut Stream::new(ctx.seed(), "shift-clusters", restart));
        let mut labels = Vec::new();
        for _ in 0..ROUNDS {
            ctx.check_stop()?;
            let next: Vec<usize> = rows.rows().map(|x| nearest(x, &centres)).collect();
            if next == labels {
                break;
            }
            labels = next;
            means(rows, weights, &labels, &mut centres);
        }
        let loss: f64 = labels.iter().enumerate().map(|(i, l)| weights[i] * square(rows.row(i), centres.row(*l))).sum();
        if loss < least {
            (best, least) = (labels, loss);
        }
    }
    Ok(best)
}

/// Centres drawn one by one with probability proportional to weight times squared distance from those before.
fn spread(rows: &Points, weights: &[f64], k: usize, stream: &mut Stream) -> Points {
    let mut distances = vec![1.0; rows.len()];
    let mut chosen = Vec::with_capacity(k);
    for step in 0..k {
        let total: f64 = distances.iter().zip(weights).map(|(d, w)| d * w).sum();
        let mut level = stream.uniform() * total;
        let mut pick = rows.len() - 1;
        for (i, (d, w)) in distances.iter().zip(weights).enumerate() {
            level -= d * w;
            if level < 0.0 {
                pick = i;
                break;
            }
        }
        chosen.push(pick);
        for (i, d) in distances.iter_mut().enumerate() {
            let new = square(rows.row(i), rows.row(pick));
            *d = if step == 0 { new } else { d.min(new) };
        }
    }
    rows.select(&chosen)
}

/// The mean of each group; a group that lost all its rows keeps its centre.
fn means(rows: &Points, weights: &[f64], labels: &[usize], centres: &mut Points) {
    let mut masses = vec![0.0; centres.len()];
    let mut sums = Points::zeros(centres.len(), centres.dim());
    for (i, label) in labels.iter().enumerate() {
        masses[*label] += weights[i];
        sums.row_mut(*label).iter_mut().zip(rows.row(i)).for_each(|(s, x)| *s += weights[i] * x);
    }
    for (c, mass) in masses.iter().enumerate().filter(|(_, m)| **m > 0.0) {
        centres.row_mut(c).iter_mut().zip(sums.row(c)).for_each(|(to, s)| *to = s / mass);
    }
}
