//! Claims of the linear embedding of partial transport.

use super::{Config, barycentre, components, discrepancies, discrepancy, embed, embed_all, interpolate};
use crate::claims::normal_points;
use thalweg_core::{Check, Context, Measure, Measured, Points, Result, Stream};
use thalweg_ot::{GroundCost, partial};

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "exact-from-the-reference",
        claim: "With one of two clouds of unit atoms as the reference the discrepancy is partial transport itself",
        source: "exact solve of partial transport; theorem of the paper",
        run: from_reference,
    },
    Check {
        name: "translation",
        claim: "A cloud moved by 0.3 is at 0.09 a unit of mass, and no two clouds are further than min(t^2, 2 lambda)",
        source: "closed form",
        run: translation,
    },
    Check {
        name: "between-clouds",
        claim: "Between six Gaussian clouds of unequal mass the discrepancy is within 35 % of partial transport on average \
                from a reference of 150 points, and closer from their barycentre",
        source: "exact solves of all pairs, five draws of the clouds",
        run: clouds,
    },
    Check {
        name: "order-of-distances",
        claim: "From one exact solve each, all 105 distances between 15 measures are in the order of those from a solve a pair: \
                rank correlation at least 0.9",
        source: "exact solves of all pairs",
        run: order,
    },
    Check {
        name: "noise-is-ignored",
        claim: "The first component of clouds moved along a line orders them by their place, with as many far noise points \
                as points",
        source: "construction: place of each cloud, correlation at least 0.99",
        run: noise,
    },
    Check {
        name: "interpolation-ends",
        claim: "From a reference of unit atoms the interpolation is the reference at time 0 and the measure at time 1",
        source: "exact partial transport between them is 0",
        run: ends,
    },
];

fn settings(lambda: f64) -> Config {
    Config { lambda, ..Config::default() }
}

fn opt(ctx: &Context, a: &Measure, b: &Measure, lambda: f64) -> Result<f64> {
    Ok(partial(ctx, a, b, GroundCost::SquaredEuclidean, lambda)?.objective)
}

fn shifted(points: &Points, by: &[f64]) -> Result<Points> {
    Points::new(points.dim(), points.rows().flat_map(|x| x.iter().zip(by).map(|(x, b)| x + b)).collect())
}

fn two_clouds(ctx: &Context) -> Result<(Measure, Measure)> {
    let mut stream = Stream::new(ctx.seed(), "partial-embedding-pair", 0);
    let near = Measure::counted(normal_points(60, 2, &mut stream))?;
    let far = Measure::counted(shifted(&normal_points(40, 2, &mut stream), &[0.5, 0.5])?)?;
    Ok((near, far))
}

fn from_reference(ctx: &Context) -> Result<Vec<Measured>> {
    let (a, b) = two_clouds(ctx)?;
    let config = settings(0.5);
    let (own, other) = (embed(ctx, &a, &a, &config)?, embed(ctx, &a, &b, &config)?);
    let truth = opt(ctx, &a, &b, 0.5)?;
    Ok(vec![Measured::near("discrepancy", discrepancy(&own, &other, 0.5)?, truth, 1e-9)])
}

fn translation(ctx: &Context) -> Result<Vec<Measured>> {
    let mut stream = Stream::new(ctx.seed(), "partial-embedding-shift", 0);
    let cloud = Measure::counted(normal_points(50, 2, &mut stream))?;
    let mut figures = Vec::new();
    for (step, lambda, truth) in [(0.3, 10.0, Some(0.09)), (2.0, 0.5, None)] {
        let other = Measure::counted(shifted(cloud.points(), &[step, 0.0])?)?;
        let found = embed(ctx, &cloud, &other, &settings(lambda))?.distance / cloud.mass();
        let what = format!("a unit of mass, moved by {step} at lambda {lambda}");
        let most = f64::min(step * step, 2.0 * lambda);
        figures.push(match truth {
            Some(truth) => Measured::near(what, found, truth, 1e-9),
            None => Measured::at_most(what, found, most + 1e-9),
        });
    }
    Ok(figures)
}

/// Gaussian clouds at random places with masses from 0.8 to 1.2; a draw has its own.
fn gaussians(ctx: &Context, draw: u64, count: u64, points: usize) -> Result<Vec<Measure>> {
    (0..count)
        .map(|k| {
            let mut stream = Stream::new(ctx.seed(), "partial-embedding-clouds", 100 * draw + k);
            let (place, mass) = ([stream.normal(), stream.normal()], 0.8 + 0.4 * stream.uniform());
            let cloud = shifted(&normal_points(points, 2, &mut stream), &place)?;
            Measure::new(cloud, vec![mass / points as f64; points])
        })
        .collect()
}

/// Mean relative error of the discrepancies from a reference.
fn error(ctx: &Context, reference: &Measure, measures: &[Measure], truths: &Points, config: &Config) -> Result<f64> {
    let found = discrepancies(ctx, &embed_all(ctx, reference, measures, config)?, config.lambda)?;
    let count = measures.len();
    let pairs = (0..count).flat_map(|i| (0..i).map(move |j| (i, j)));
    let errors = pairs.map(|(i, j)| (found.row(i)[j] / truths.row(i)[j] - 1.0).abs());
    Ok(errors.sum::<f64>() / (count * (count - 1) / 2) as f64)
}

fn all_pairs(ctx: &Context, measures: &[Measure], lambda: f64) -> Result<Points> {
    let mut truths = Points::zeros(measures.len(), measures.len());
    for i in 0..measures.len() {
        for j in 0..i {
            truths.row_mut(i)[j] = opt(ctx, &measures[i], &measures[j], lambda)?;
        }
    }
    Ok(truths)
}

fn middle(ctx: &Context, points: usize) -> Result<Measure> {
    Measure::uniform(normal_points(points, 2, &mut Stream::new(ctx.seed(), "partial-embedding-reference", 0)))
}

fn clouds(ctx: &Context) -> Result<Vec<Measured>> {
    let (config, reference, draws) = (settings(5.0), middle(ctx, 150)?, 5);
    let (mut generic, mut central) = (0.0, 0.0);
    for draw in 0..draws {
        let measures = gaussians(ctx, draw, 6, 100)?;
        let truths = all_pairs(ctx, &measures, config.lambda)?;
        generic += error(ctx, &reference, &measures, &truths, &config)? / draws as f64;
        let (centre, _) = barycentre(ctx, &reference, &measures, &[1.0; 6], &config)?;
        central += error(ctx, &centre, &measures, &truths, &config)? / draws as f64;
    }
    Ok(vec![
        Measured::at_most("mean relative error from a generic reference", generic, 0.35),
        Measured::at_most("error from the barycentre, of that", central / generic, 1.0),
    ])
}

/// The rank of each number.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|i, j| values[*i].total_cmp(&values[*j]));
    let mut ranks = vec![0.0; values.len()];
    order.iter().enumerate().for_each(|(rank, i)| ranks[*i] = rank as f64);
    ranks
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let (ma, mb) = (mean(a), mean(b));
    let product =
        |x: &[f64], mx: f64, y: &[f64], my: f64| -> f64 { x.iter().zip(y).map(|(x, y)| (x - mx) * (y - my)).sum() };
    product(a, ma, b, mb) / (product(a, ma, a, ma) * product(b, mb, b, mb)).sqrt()
}

fn order(ctx: &Context) -> Result<Vec<Measured>> {
    let (measures, config) = (gaussians(ctx, 0, 15, 60)?, settings(5.0));
    let (truths, reference) = (all_pairs(ctx, &measures, config.lambda)?, middle(ctx, 60)?);
    let embeddings = embed_all(ctx, &reference, &measures, &config)?;
    let found = discrepancies(ctx, &embeddings, config.lambda)?;
    let below = |all: &Points| (0..15).flat_map(|i| all.row(i)[..i].to_vec()).collect::<Vec<f64>>();
    let (found, truth) = (below(&found), below(&truths));
    Ok(vec![Measured::at_least(
        "rank correlation with exact distances",
        correlation(&ranks(&found), &ranks(&truth)),
        0.9,
    )])
}

fn noise(ctx: &Context) -> Result<Vec<Measured>> {
    let mut stream = Stream::new(ctx.seed(), "partial-embedding-noise", 0);
    let (mut places, mut measures) = (Vec::new(), Vec::new());
    for _ in 0..12 {
        let place = 2.0 * stream.uniform() - 1.0;
        let mut cloud: Vec<f64> =
            (0..40).flat_map(|_| [place + 0.2 * stream.normal(), 0.2 * stream.normal()]).collect();
        cloud.extend((0..40).flat_map(|_| [40.0 * stream.uniform() - 20.0, 20.0 + 20.0 * stream.uniform()]));
        places.push(place);
        measures.push(Measure::counted(Points::new(2, cloud)?)?);
    }
    let reference = Points::new(2, (0..80).map(|_| 0.3 * stream.normal()).collect())?;
    let embeddings = embed_all(ctx, &Measure::counted(reference)?, &measures, &settings(3.0))?;
    let scores: Vec<f64> = components(&embeddings, 1)?.scores.values().to_vec();
    Ok(vec![Measured::at_least("|correlation| of score and place", correlation(&scores, &places).abs(), 0.99)])
}

fn ends(ctx: &Context) -> Result<Vec<Measured>> {
    let (a, b) = two_clouds(ctx)?;
    let embedding = embed(ctx, &a, &b, &settings(0.5))?;
    let far = |time: f64, from: &Measure| opt(ctx, &interpolate(&a, &embedding, &b, time)?, from, 10.0);
    Ok(vec![
        Measured::at_most("distance from the reference at time 0", far(0.0, &a)?, 1e-9),
        Measured::at_most("distance from the measure at time 1", far(1.0, &b)?, 1e-9),
    ])
}
