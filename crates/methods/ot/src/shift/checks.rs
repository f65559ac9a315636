//! Claims of shift explanations.

use super::{Config, Family, explain, held_out, knee};
use crate::claims::normal_points;
use thalweg_core::{Check, Context, Measure, Measured, Points, Result, Stream};

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "constant-shift",
        claim: "When every row moves by (3, 2, 1, 0, 0), k features explain 64.2857, 92.857 and 100 % for k = 1, 2, 3, and the \
                knee is 2",
        source: "closed form: the share of the squared shift in the chosen features",
        run: constant,
    },
    Check {
        name: "independent-samples",
        claim: "Between independent samples of 400 with that shift they explain 59.7, 86.3 and 91.6 %, and with the noise floor \
                taken off on held-out points 100 % for k = 3",
        source: "figures of an independent program, within 3; the true map is known, within 6",
        run: independent,
    },
    Check {
        name: "opposite-groups",
        claim: "When two groups move in opposite directions, one group explains nothing and two explain at least 95 %",
        source: "construction",
        run: opposite,
    },
    Check {
        name: "affine-moments",
        claim: "The affine map gives the source exactly the mean and covariance of the target",
        source: "closed form of optimal transport between Gaussians",
        run: moments,
    },
    Check {
        name: "features-by-transport",
        claim: "Where two features move with equal means, transport finds them and mean shifts do not",
        source: "construction: the features are stretched, not shifted",
        run: stretched,
    },
];

fn shifted(points: &Points, by: &[f64]) -> Result<Points> {
    Points::new(points.dim(), points.rows().flat_map(|x| x.iter().zip(by).map(|(x, b)| x + b)).collect())
}

const SHIFT: [f64; 5] = [3.0, 2.0, 1.0, 0.0, 0.0];

fn constant(ctx: &Context) -> Result<Vec<Measured>> {
    let x = normal_points(60, 5, &mut Stream::new(ctx.seed(), "shift-constant", 0));
    let (source, target) = (Measure::uniform(x.clone())?, Measure::uniform(shifted(&x, &SHIFT)?)?);
    let found = explain(ctx, &source, &target, &Config::default())?;
    let mut figures: Vec<Measured> = found
        .iter()
        .zip([900.0 / 14.0, 1300.0 / 14.0, 100.0])
        .map(|(e, truth)| Measured::near(format!("percent explained by {} features", e.size), e.percent, truth, 1e-9))
        .collect();
    figures.push(Measured::near("knee", knee(&found)? as f64, 2.0, 0.0));
    Ok(figures)
}

fn independent(ctx: &Context) -> Result<Vec<Measured>> {
    let mut stream = Stream::new(ctx.seed(), "shift-independent", 0);
    let (x, y) = (normal_points(400, 5, &mut stream), shifted(&normal_points(400, 5, &mut stream), &SHIFT)?);
    let (source, target) = (Measure::uniform(x)?, Measure::uniform(y)?);
    let found = explain(ctx, &source, &target, &Config::default())?;
    let mut figures: Vec<Measured> = found
        .iter()
        .zip([59.7, 86.3, 91.6])
        .map(|(e, figure)| Measured::near(format!("percent explained by {} features", e.size), e.percent, figure, 3.0))
        .collect();
    let fresh = held_out(ctx, &source, &target, &Config::default())?;
    figures.push(Measured::near(
        "percent above the floor on held-out points, 3 features",
        fresh[2].percent,
        100.0,
        6.0,
    ));
    Ok(figures)
}

/// Two groups far apart along the first axis, moved up and down along the second, in independent samples.
fn opposite(ctx: &Context) -> Result<Vec<Measured>> {
    let mut stream = Stream::new(ctx.seed(), "shift-groups", 0);
    let mut sample = |lift: f64| -> Result<Measure> {
        let mut points = normal_points(200, 2, &mut stream);
        for i in 0..200 {
            let side = if i < 100 { -1.0 } else { 1.0 };
            let x = points.row_mut(i);
            (x[0], x[1]) = (0.3 * x[0] + 5.0 * side, 0.3 * x[1] + lift * side);
        }
        Measure::uniform(points)
    };
    let (source, target) = (sample(0.0)?, sample(2.0)?);
    let config = Config { family: Family::Clusters, sizes: vec![1, 2], ..Config::default() };
    let found = explain(ctx, &source, &target, &config)?;
    Ok(vec![
        Measured::near("percent explained by one group", found[0].percent, 0.0, 3.0),
        Measured::at_least("percent explained by two groups", found[1].percent, 95.0),
    ])
}

fn moments(ctx: &Context) -> Result<Vec<Measured>> {
    let mut stream = Stream::new(ctx.seed(), "shift-affine", 0);
    let x = normal_points(100, 3, &mut stream);
    let mut y = normal_points(80, 3, &mut stream);
    for i in 0..80 {
        let v = y.row_mut(i);
        (v[0], v[1]) = (2.0 + 1.5 * v[0] + 0.5 * v[1], 0.3 * v[1] - v[2]);
    }
    let (source, target) = (Measure::uniform(x)?, Measure::uniform(y.clone())?);
    let config = Config { family: Family::Affine, sizes: vec![1], ..Config::default() };
    let images = explain(ctx, &source, &target, &config)?.remove(0).images;
    let second = |points: &Points| -> Vec<f64> {
        let mean = |k: usize| points.rows().map(|x| x[k]).sum::<f64>() / points.len() as f64;
        let means = [mean(0), mean(1), mean(2)];
        let product =
            |e: usize| points.rows().map(|x| (x[e / 3] - means[e / 3]) * (x[e % 3] - means[e % 3])).sum::<f64>();
        means.into_iter().chain((0..9).map(|e| product(e) / points.len() as f64)).collect()
    };
    let error = second(&images).iter().zip(second(&y)).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    Ok(vec![Measured::at_most("largest error of a mean or covariance", error, 1e-10)])
}

fn stretched(ctx: &Context) -> Result<Vec<Measured>> {
    let mut stream = Stream::new(ctx.seed(), "shift-stretch", 0);
    let (x, mut y) = (normal_points(300, 4, &mut stream), normal_points(300, 4, &mut stream));
    (0..300).for_each(|i| y.row_mut(i)[1..3].iter_mut().for_each(|v| *v *= 4.0));
    let (source, target) = (Measure::uniform(x)?, Measure::uniform(y)?);
    let percent = |family| -> Result<(f64, f64)> {
        let found = explain(ctx, &source, &target, &Config { family, sizes: vec![2], ..Config::default() })?.remove(0);
        let right = found.map.terms().iter().filter(|t| t.index == 1 || t.index == 2).count();
        Ok((found.percent, right as f64))
    };
    let (mean, _) = percent(Family::SparseMean)?;
    let (moved, right) = percent(Family::SparseTransport)?;
    Ok(vec![
        Measured::near("stretched features among the two chosen", right, 2.0, 0.0),
        Measured::at_least("percent explained by transport", moved, 80.0),
        Measured::at_most("percent explained by mean shifts", mean, 20.0),
    ])
}
