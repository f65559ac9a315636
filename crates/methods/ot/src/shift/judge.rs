//! Fitting the maps and judging them.

use super::clusters::kmeans;
use super::{Config, Explanation, Family, Map, affine};
use thalweg_core::{Context, Error, Measure, Points, Result, Stream};
use thalweg_ot::{GroundCost, transport};

/// One explanation for each size, in the order of `config.sizes`.
///
/// # Errors
/// A setting out of range; different dimensions; samples that do not differ; a memory budget below their cost matrix;
/// for affine maps a singular covariance; interruption.
pub fn explain(ctx: &Context, source: &Measure, target: &Measure, config: &Config) -> Result<Vec<Explanation>> {
    config.check(source.len(), source.dim())?;
    let plan = transport(ctx, source, target, GroundCost::SquaredEuclidean)?.plan;
    let whole = plan.cost();
    if whole <= 0.0 {
        return Err(Error::input("The samples are equal, so that there is no shift to explain."));
    }
    // A source of weight 0 goes nowhere and would have no image.
    if source.weights().contains(&0.0) {
        return Err(Error::input("A source point has weight 0.").advise("Leave such points out."));
    }
    let images = plan.barycentric(target.points())?;
    config
        .sizes
        .iter()
        .map(|&size| {
            let map = fit(ctx, source, target, &images, size, config)?;
            let moved = on_source(&map, source, &images)?;
            let remaining = w2_square(ctx, &moved, source.weights(), target)?;
            Ok(Explanation { size, map, images: moved, percent: 100.0 * (whole - remaining) / whole, remaining })
        })
        .collect()
}

fn fit(
    ctx: &Context,
    source: &Measure,
    target: &Measure,
    images: &Points,
    size: usize,
    config: &Config,
) -> Result<Map> {
    let (x, p) = (source.points(), source.probabilities());
    match config.family {
        Family::SparseMean => {
            let shifts: Vec<f64> = affine::mean(target).iter().zip(affine::mean(source)).map(|(y, x)| y - x).collect();
            let features = largest(&shifts.iter().map(|s| s * s).collect::<Vec<_>>(), size);
            Ok(Map::MeanShift { shifts: features.iter().map(|f| shifts[*f]).collect(), features })
        }
        Family::SparseTransport => {
            let mut squares = vec![0.0; x.dim()];
            for ((x, z), p) in x.rows().zip(images.rows()).zip(&p) {
                squares.iter_mut().zip(x.iter().zip(z)).for_each(|(s, (x, z))| *s += p * (z - x) * (z - x));
            }
            let features = largest(&squares, size);
            Ok(Map::Transported { features, source: x.clone(), images: images.clone() })
        }
        Family::Clusters => clusters(ctx, x, images, &p, size, config.restarts),
        Family::Affine => affine::affine(source, target),
    }
}

fn clusters(ctx: &Context, x: &Points, images: &Points, p: &[f64], k: usize, restarts: u64) -> Result<Map> {
    let d = x.dim();
    let pairs =
        Points::new(2 * d, x.rows().zip(images.rows()).flat_map(|(x, z)| x.iter().chain(z).copied()).collect())?;
    let labels = kmeans(ctx, &pairs, p, k, restarts)?;
    let (mut centres, mut shifts, mut masses) = (Points::zeros(k, d), Points::zeros(k, d), vec![0.0; k]);
    for (i, label) in labels.iter().enumerate() {
        masses[*label] += p[i];
        let pair = x.row(i).iter().zip(images.row(i));
        let sums = centres.row_mut(*label).iter_mut().zip(shifts.row_mut(*label));
        sums.zip(pair).for_each(|((c, s), (x, z))| {
            *c += p[i] * x;
            *s += p[i] * (z - x);
        });
    }
    // k-means may leave groups empty where points coincide; such a group is none.
    let kept: Vec<usize> = (0..k).filter(|c| masses[*c] > 0.0).collect();
    for c in &kept {
        centres.row_mut(*c).iter_mut().for_each(|v| *v /= masses[*c]);
        shifts.row_mut(*c).iter_mut().for_each(|v| *v /= masses[*c]);
    }
    let position = |label: &usize| kept.partition_point(|c| c < label);
    Ok(Map::Clusters {
        centres: centres.select(&kept),
        shifts: shifts.select(&kept),
        labels: labels.iter().map(position).collect(),
        masses: kept.iter().map(|c| masses[*c]).collect(),
    })
}

/// The images of the source points themselves: groups as they were found and transported values, not the nearest.
fn on_source(map: &Map, source: &Measure, images: &Points) -> Result<Points> {
    let mut moved = source.points().clone();
    match map {
        Map::Transported { features, .. } => {
            for i in 0..moved.len() {
                features.iter().for_each(|f| moved.row_mut(i)[*f] = images.row(i)[*f]);
            }
            Ok(moved)
        }
        Map::Clusters { labels, shifts, .. } => {
            for (i, label) in labels.iter().enumerate() {
                moved.row_mut(i).iter_mut().zip(shifts.row(*label)).for_each(|(x, s)| *x += s);
            }
            Ok(moved)
        }
        _ => map.apply(&moved),
    }
}

/// The `count` indices with the largest values, largest first.
fn largest(values: &[f64], count: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|i, j| values[*j].total_cmp(&values[*i]));
    order.truncate(count);
    order
}

fn w2_square(ctx: &Context, points: &Points, weights: &[f64], target: &Measure) -> Result<f64> {
    let moved = Measure::new(points.clone(), weights.to_vec())?;
    Ok(transport(ctx, &moved, target, GroundCost::SquaredEuclidean)?.plan.cost())
}

/// The size at which more features or groups stop to pay: the point of the curve furthest above its chord.
///
/// # Errors
/// No explanations.
pub fn knee(explanations: &[Explanation]) -> Result<usize> {
    let (Some(first), Some(last)) = (explanations.first(), explanations.last()) else {
        return Err(Error::input("There are no explanations to choose from."));
    };
    let span = (last.size as f64 - first.size as f64, last.percent - first.percent);
    let height = |e: &Explanation| {
        let along = if span.0 == 0.0 { 0.0 } else { (e.size as f64 - first.size as f64) / span.0 };
        e.percent - first.percent - along * span.1
    };
    let best = explanations.iter().map(|e| (e.size, height(e)));
    Ok(best.fold((first.size, f64::NEG_INFINITY), |b, e| if e.1 > b.1 + 1e-9 { e } else { b }).0)
}

/// A percentage on points that the map was not fitted on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeldOut {
    /// The number of features or groups.
    pub size: usize,
    /// `100 (W2^2(X, Y) - W2^2(T(X), Y)) / (W2^2(X, Y) - floor)` on the halves that were not seen.
    pub percent: f64,
    /// `W2^2` between two halves of the target: what not even the true map can explain.
    pub floor: f64,
}

/// Fits on a random half of each sample and judges on the others.
///
/// # Errors
/// As [`explain`]; fewer than four points on a side; a shift that is not above the noise floor.
pub fn held_out(ctx: &Context, source: &Measure, target: &Measure, config: &Config) -> Result<Vec<HeldOut>> {
    if source.len().min(target.len()) < 4 {
        return Err(Error::input(format!(
            "Halves of {} and {} points are too small to judge on; four points a side are the least.",
            source.len(),
            target.len()
        )));
    }
    let halves = |measure: &Measure, side: u64| -> Result<(Measure, Measure)> {
        let order = Stream::new(ctx.seed(), "shift-halves", side).permutation(measure.len());
        let (seen, unseen) = order.split_at(measure.len() / 2);
        Ok((measure.select(seen)?, measure.select(unseen)?))
    };
    let (x, y) = (halves(source, 0)?, halves(target, 1)?);
    let floor = w2_square(ctx, y.0.points(), y.0.weights(), &y.1)?;
    let whole = w2_square(ctx, x.1.points(), x.1.weights(), &y.1)?;
    if whole <= floor {
        return Err(Error::failed(format!(
            "The shift, {whole:.3e}, is not above the noise of the target, {floor:.3e}."
        ))
        .advise("Give more points; between so few there is no shift to be seen."));
    }
    let judge = |e: Explanation| {
        let remaining = w2_square(ctx, &e.map.apply(x.1.points())?, x.1.weights(), &y.1)?;
        Ok(HeldOut { size: e.size, percent: 100.0 * (whole - remaining) / (whole - floor), floor })
    };
    explain(ctx, &x.0, &y.0, config)?.into_iter().map(judge).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::normal_points;

    #[test]
    fn what_cannot_be_explained_is_refused() {
        let ctx = Context::new(0, 1).unwrap();
        let x = Measure::uniform(normal_points(6, 2, &mut Stream::new(0, "shift-test", 0))).unwrap();
        let refused = |config: &Config| explain(&ctx, &x, &x, config).unwrap_err().to_string();
        assert!(refused(&Config::default()).contains("from 1 to 2"));
        assert!(refused(&Config { sizes: vec![], ..Config::default() }).contains("sizes"));
        assert!(refused(&Config { sizes: vec![1], ..Config::default() }).contains("no shift"));
        let far = Measure::uniform(Points::new(2, vec![5.0; 12]).unwrap()).unwrap();
        let config = Config { family: Family::Affine, sizes: vec![1], ..Config::default() };
        assert!(explain(&ctx, &far, &x, &config).unwrap_err().to_string().contains("singular"));
        assert!(knee(&[]).is_err());
    }
}
