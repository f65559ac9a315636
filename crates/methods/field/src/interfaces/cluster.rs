//! Groups of numbers of least scatter.

use thalweg_core::{Error, Result};

/// Bins over which the best groups are found before the values themselves refine them.
const BINS: usize = 512;

/// The `groups - 1` boundaries, increasing, between groups of `values` whose squared distances from their means sum to the
/// least: exact on a histogram of 512 bins, then by Lloyd's rounds on the values. O(n log n).
///
/// # Errors
/// Fewer different values than groups. The values must be finite.
pub fn boundaries(values: &[f64], groups: usize) -> Result<Vec<f64>> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let different = 1 + sorted.windows(2).filter(|w| w[0] != w[1]).count();
    if groups < 2 || sorted.is_empty() || different < groups {
        return Err(Error::input(format!("{different} different values cannot be {groups} groups.")));
    }
    let mut sums = vec![0.0; sorted.len() + 1];
    for (k, v) in sorted.iter().enumerate() {
        sums[k + 1] = sums[k] + v;
    }
    let mut ends = coarse(&sorted, groups);
    for _ in 0..200 {
        let mean = |k: usize| (sums[ends[k + 1]] - sums[ends[k]]) / (ends[k + 1] - ends[k]) as f64;
        let means: Vec<f64> = (0..groups).map(mean).collect();
        let mut next = ends.clone();
        for k in 1..groups {
            let middle = 0.5 * (means[k - 1] + means[k]);
            // No group may lose its last value.
            next[k] = sorted.partition_point(|v| *v <= middle).clamp(next[k - 1] + 1, sorted.len() - (groups - k));
        }
        if next == ends {
            break;
        }
        ends = next;
    }
    let mean = |k: usize| (sums[ends[k + 1]] - sums[ends[k]]) / (ends[k + 1] - ends[k]) as f64;
    Ok((1..groups).map(|k| 0.5 * (mean(k - 1) + mean(k))).collect())
}

/// Where the best groups of a histogram begin and end among the sorted values: `groups + 1` places.
fn coarse(sorted: &[f64], groups: usize) -> Vec<usize> {
    let (low, high) = (sorted[0], sorted[sorted.len() - 1]);
    // Places at which bins begin, empty ones left out.
    let mut places: Vec<usize> =
        (0..BINS).map(|b| sorted.partition_point(|v| *v < low + (high - low) * b as f64 / BINS as f64)).collect();
    places.push(sorted.len());
    places.dedup();
    let bins = places.len() - 1;
    if bins < groups {
        // Values in fewer bins than groups: begin with even counts.
        return (0..=groups).map(|k| k * sorted.len() / groups).collect();
    }
    let mut moments = vec![[0.0; 3]; bins + 1];
    for b in 0..bins {
        let part = &sorted[places[b]..places[b + 1]];
        let sum: f64 = part.iter().sum();
        let squares: f64 = part.iter().map(|v| v * v).sum();
        let before = moments[b];
        moments[b + 1] = [before[0] + part.len() as f64, before[1] + sum, before[2] + squares];
    }
    let scatter = |from: usize, to: usize| {
        let [n, s, q] = [0, 1, 2].map(|k| moments[to][k] - moments[from][k]);
        q - s * s / n
    };
    // best[k][b]: the least scatter of the first b bins in k + 1 groups, and where the last of them begins.
    let mut best = vec![vec![(f64::INFINITY, 0); bins + 1]; groups];
    for b in 1..=bins {
        best[0][b] = (scatter(0, b), 0);
    }
    for k in 1..groups {
        for b in k + 1..=bins {
            let choice = (k..b).map(|from| (best[k - 1][from].0 + scatter(from, b), from));
            best[k][b] = choice.min_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or((f64::INFINITY, 0));
        }
    }
    let (mut ends, mut b) = (vec![sorted.len()], bins);
    for k in (0..groups).rev() {
        b = best[k][b].1;
        ends.push(places[b]);
    }
    ends.reverse();
    ends
}
