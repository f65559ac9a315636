//! Claims of InfoOT.

use super::{Aligned, Config, Kernel, align, gradient, information};
use crate::Matrix;
use crate::claims::normal_points;
use thalweg_core::{Check, Context, Measure, Measured, Result, Stream};
use thalweg_ot::{GroundCost, Sinkhorn};

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "information-and-gradient",
        claim: "The product plan has no information, and the gradient is that of the information",
        source: "definition; finite differences",
        run: derivative,
    },
    Check {
        name: "clusters-across-spaces",
        claim: "Of three clusters in the plane and three in space the far one is matched with the far one and the near two with the \
                near two, in either order, which no information tells apart: at least 99.9 % of the mass goes to one partner each, \
                all different, and no pairing of whole clusters has more information, near 0.79",
        source: "construction; brute force over the six pairings; figure of an independent program, within 0.05",
        run: clusters,
    },
    Check {
        name: "symmetric-clusters",
        claim: "Two equal clusters are matched with two, one with one, although the product plan is stationary there",
        source: "construction",
        run: symmetric,
    },
    Check {
        name: "translated-clusters",
        claim: "With a Euclidean cost, clusters that moved by (2, 1) keep at least 99.9 % of their mass together where entropic \
                transport at the same epsilon mixes more than a tenth",
        source: "construction",
        run: translated,
    },
    Check {
        name: "unseen-points",
        claim: "Points that were not seen are sent to the partner of their cluster, all of them",
        source: "construction",
        run: unseen,
    },
    Check {
        name: "labels",
        claim: "The plan that sends two classes to two far clusters has an information of ln 2 with labels, however much the \
                classes overlap, and less without",
        source: "closed form: with labels the joint density is twice the product within a class and 0 across",
        run: labels,
    },
];

/// Twenty points about each centre.
fn around(centres: &[&[f64]], spread: f64, stream: &mut Stream) -> Result<Measure> {
    let dim = centres[0].len();
    let mut points = normal_points(20 * centres.len(), dim, stream);
    for i in 0..points.len() {
        points.row_mut(i).iter_mut().zip(centres[i / 20]).for_each(|(v, c)| *v = c + spread * *v);
    }
    Measure::uniform(points)
}

const PLANE: [&[f64]; 3] = [&[0.0, 0.0], &[3.0, 0.0], &[0.0, 8.0]];
const SPACE: [&[f64]; 3] = [&[0.0, 0.0, 0.0], &[0.0, 4.0, 0.0], &[10.0, 0.0, 0.0]];

/// Mass from one cluster of the source to one of the target.
fn between(plan: &Matrix, from: usize, to: usize) -> f64 {
    (20 * from..20 * from + 20).map(|i| plan.row(i)[20 * to..20 * to + 20].iter().sum::<f64>()).sum()
}

/// Mass that stays in clusters of equal number.
fn together(plan: &Matrix) -> f64 {
    (0..plan.rows() / 20).map(|k| between(plan, k, k)).sum()
}

/// The cluster of the target to which most mass of each cluster of the source goes.
fn partners(plan: &Matrix) -> Vec<usize> {
    let clusters = plan.rows() / 20;
    let best = |k: usize| (1..clusters).fold(0, |b, l| if between(plan, k, l) > between(plan, k, b) { l } else { b });
    (0..clusters).map(best).collect()
}

fn derivative(ctx: &Context) -> Result<Vec<Measured>> {
    let mut stream = Stream::new(ctx.seed(), "info-gradient", 0);
    let (x, y) =
        (Measure::uniform(normal_points(8, 2, &mut stream))?, Measure::uniform(normal_points(6, 3, &mut stream))?);
    let (kx, ky) = (Kernel::new(ctx, &x, 0.5, None)?, Kernel::new(ctx, &y, 0.5, None)?);
    let product = Matrix::outer(x.weights(), y.weights());
    let nothing = information(ctx, &product, &kx, &ky)?;
    let rough = product.map(|p| p * (0.5 + stream.uniform()));
    // The densities are those of the weights, which the gradient holds fixed as the information does.
    let slope = gradient(ctx, &rough, &kx, &ky)?;
    let mut error = 0.0_f64;
    for e in 0..48 {
        let moved = |h: f64| {
            let mut values = rough.values().to_vec();
            values[e] += h;
            information(ctx, &Matrix::new(8, 6, values)?, &kx, &ky)
        };
        error = error.max(((moved(1e-6)? - moved(-1e-6)?) / 2e-6 - slope.values()[e]).abs());
    }
    Ok(vec![
        Measured::at_most("|information| of the product plan", nothing.abs(), 1e-12),
        Measured::at_most("largest error of the gradient", error, 1e-5),
    ])
}

fn clouds(ctx: &Context) -> Result<(Measure, Measure)> {
    let mut stream = Stream::new(ctx.seed(), "info-clusters", 0);
    Ok((around(&PLANE, 0.3, &mut stream)?, around(&SPACE, 0.4, &mut stream)?))
}

fn across(ctx: &Context) -> Result<Aligned> {
    let (x, y) = clouds(ctx)?;
    align(ctx, &x, &y, None, &Config::default())
}

/// The information of the most informative of the six plans that send whole clusters to whole clusters.
fn best_pairing(ctx: &Context) -> Result<f64> {
    let (x, y) = clouds(ctx)?;
    let (x, y) = (Kernel::new(ctx, &x, 0.5, None)?, Kernel::new(ctx, &y, 0.5, None)?);
    let mut best = 0.0_f64;
    for to in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let share = |e: usize| if to[e / 60 / 20] == e % 60 / 20 { 1.0 / 1200.0 } else { 0.0 };
        best = best.max(information(ctx, &Matrix::new(60, 60, (0..3600).map(share).collect())?, &x, &y)?);
    }
    Ok(best)
}

/// How many different partners the clusters of the source have, and the mass that goes to them.
fn paired(plan: &Matrix) -> (f64, f64) {
    let partners = partners(plan);
    let different = partners.iter().collect::<std::collections::BTreeSet<_>>().len();
    (different as f64, partners.iter().enumerate().map(|(k, l)| between(plan, k, *l)).sum())
}

fn clusters(ctx: &Context) -> Result<Vec<Measured>> {
    let found = across(ctx)?;
    let (different, mass) = paired(&found.plan);
    Ok(vec![
        Measured::at_least("different partners of three clusters", different, 3.0),
        Measured::near("partner of the far cluster, number 2", partners(&found.plan)[2] as f64, 2.0, 0.0),
        Measured::at_least("mass that goes to the partner", mass, 0.999),
        Measured::near("information, nats", found.information, 0.79, 0.05),
        Measured::at_least(
            "information beyond the best pairing of clusters, nats",
            found.information - best_pairing(ctx)?,
            0.0,
        ),
    ])
}

fn symmetric(ctx: &Context) -> Result<Vec<Measured>> {
    let mut stream = Stream::new(ctx.seed(), "info-symmetric", 0);
    let (x, y) = (around(&[&[0.0, 0.0], &[4.0, 0.0]], 0.1, &mut stream)?, around(&[&[0.0], &[9.0]], 0.1, &mut stream)?);
    let (different, mass) = paired(&align(ctx, &x, &y, None, &Config::default())?.plan);
    Ok(vec![
        Measured::at_least("different partners of two clusters", different, 2.0),
        Measured::at_least("mass that goes to the partner", mass, 0.999),
    ])
}

fn translated(ctx: &Context) -> Result<Vec<Measured>> {
    let mut stream = Stream::new(ctx.seed(), "info-translated", 0);
    let moved: Vec<Vec<f64>> = PLANE.iter().map(|c| vec![c[0] + 2.0, c[1] + 1.0]).collect();
    let moved: Vec<&[f64]> = moved.iter().map(Vec::as_slice).collect();
    let (x, y) = (around(&PLANE, 0.3, &mut stream)?, around(&moved, 0.3, &mut stream)?);
    let found = align(ctx, &x, &y, None, &Config::fused())?;
    let cost = GroundCost::Euclidean.matrix(x.points(), y.points())?;
    let solved = Sinkhorn::balanced(1.0).solve_matrix(x.weights(), y.weights(), &cost, None)?;
    let plain = Matrix::of_potentials(x.weights(), y.weights(), &cost, &solved);
    Ok(vec![
        Measured::at_least("mass that stays together", together(&found.plan), 0.999),
        Measured::at_most("the same with entropic transport", together(&plain), 0.9),
    ])
}

fn unseen(ctx: &Context) -> Result<Vec<Measured>> {
    let found = across(ctx)?;
    let fresh = around(&PLANE, 0.3, &mut Stream::new(ctx.seed(), "info-unseen", 0))?;
    let scores = found.scores(ctx, fresh.points())?;
    let best = |row: &[f64]| (1..row.len()).fold(0, |b, j| if row[j] > row[b] { j } else { b });
    let partners = partners(&found.plan);
    let right = (0..60).filter(|i| best(scores.row(*i)) / 20 == partners[i / 20]).count();
    Ok(vec![Measured::at_least(
        "points whose best target is of the partner of their cluster, of 60",
        right as f64,
        60.0,
    )])
}

fn labels(ctx: &Context) -> Result<Vec<Measured>> {
    let mut stream = Stream::new(ctx.seed(), "info-labels", 0);
    let x = around(&[&[0.0, 0.0], &[0.5, 0.0]], 0.5, &mut stream)?;
    let y = Kernel::new(ctx, &around(&[&[0.0], &[60.0]], 0.3, &mut stream)?, 0.1, None)?;
    let classes: Vec<usize> = (0..40).map(|i| i / 20).collect();
    let plan = (0..1600).map(|e| if e / 40 / 20 == e % 40 / 20 { 1.0 / 800.0 } else { 0.0 }).collect();
    let plan = Matrix::new(40, 40, plan)?;
    let of = |labels| information(ctx, &plan, &Kernel::new(ctx, &x, 0.5, labels)?, &y);
    Ok(vec![
        Measured::near("information with labels, nats", of(Some(&classes))?, std::f64::consts::LN_2, 1e-12),
        Measured::at_most("information without labels, nats", of(None)?, 0.5),
    ])
}
