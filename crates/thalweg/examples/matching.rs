//! The systems of `thalweg::matching`, each on a small problem.
//!
//! `cargo run --release -p thalweg --example matching`

#![allow(clippy::print_stdout, reason = "an example speaks on the standard output")]

use std::sync::Arc;
use thalweg::ot::{CostMatrix, assign};
use thalweg::{Context, Measure, Points, Result, Stream};

fn main() -> Result<()> {
    let ctx = Context::new(0, 0)?;
    doses(&ctx)?;
    softly(&ctx)?;
    noisy_costs(&ctx)?;
    many_clouds(&ctx)?;
    few_features(&ctx)?;
    sites(&ctx)?;
    across_spaces(&ctx)?;
    new_classes(&ctx)?;
    who_with_whom(&ctx)?;
    permutations(&ctx)?;
    mini_batches(&ctx)?;
    what_moved(&ctx)?;
    samples_and_features(&ctx)
}

/// QontOT: what a dose does to a histogram, learned at five doses and asked for between them.
fn doses(ctx: &Context) -> Result<()> {
    use thalweg::matching::qontot::{Config, Reading, fit_marginals};
    let doses = Points::new(1, (0..5).map(|k| f64::from(k) / 4.0).collect())?;
    let before = Points::new(2, [0.2, 0.8].repeat(5))?;
    let after = doses.values().iter().flat_map(|p| [1.0 - 0.8 * p.cos().powi(2), 0.8 * p.cos().powi(2)]).collect();
    let config = Config { qubits: 1, reading: Reading::Channel, ..Config::default() };
    let model = fit_marginals(ctx, &doses, &before, &Points::new(2, after)?, &config)?.model;
    let found = model.push(ctx, &[0.6], before.row(0))?;
    println!("QontOT: at dose 0.6 the second type has {:.3}, in truth {:.3}", found[1], 0.8 * 0.6_f64.cos().powi(2));
    Ok(())
}

/// Conditional transport: a discrepancy with gradients and no solver.
fn softly(ctx: &Context) -> Result<()> {
    use thalweg::matching::conditional::{Config, evaluate};
    let mut stream = Stream::new(ctx.seed(), "example", 10);
    let mut sample =
        |shift: f64| Measure::uniform(Points::new(1, (0..500).map(|_| shift + stream.normal()).collect())?);
    let (data, near, far) = (sample(0.0)?, sample(0.0)?, sample(2.0)?);
    let value =
        |generated: &Measure| Ok::<_, thalweg::Error>(evaluate(ctx, &data, generated, &Config::default())?.value);
    println!("conditional transport: {:.3} to the same law, {:.3} to a shifted one", value(&near)?, value(&far)?);
    Ok(())
}

/// Mirror Sinkhorn: the cheapest plan from noisy costs, without an epsilon.
fn noisy_costs(ctx: &Context) -> Result<()> {
    use thalweg::matching::mirror_sinkhorn::{Config, Linear, Noisy, minimise};
    let mut stream = Stream::new(ctx.seed(), "example", 0);
    let cost = (0..100).map(|_| stream.uniform()).collect();
    let weights = [0.1; 10];
    let objective = Noisy { inner: Linear { cost }, deviation: 0.1 };
    let found = minimise(ctx, &[&weights, &weights], &objective, &Config::default())?;
    println!("mirror Sinkhorn: cost {:.4} from noisy gradients, marginals exact", found.value);
    Ok(())
}

/// Linear partial transport: distances of clouds of unequal mass, one solve each.
fn many_clouds(ctx: &Context) -> Result<()> {
    use thalweg::matching::partial_embedding::{Config, discrepancies, embed_all};
    let mut stream = Stream::new(ctx.seed(), "example", 4);
    let mut cloud = |n: usize, x: f64| {
        Measure::counted(Points::new(
            2,
            (0..n).flat_map(|_| [x + 0.1 * stream.normal(), 0.1 * stream.normal()]).collect(),
        )?)
    };
    let (reference, clouds) = (cloud(30, 0.5)?, [cloud(30, 0.0)?, cloud(25, 0.5)?, cloud(35, 1.0)?]);
    let config = Config { lambda: 2.0, ..Config::default() };
    let table = discrepancies(ctx, &embed_all(ctx, &reference, &clouds, &config)?, config.lambda)?;
    table.rows().for_each(|row| println!("partial transport: {row:.1?}"));
    Ok(())
}

/// An elastic map: of 20 features, the two that moved.
fn few_features(ctx: &Context) -> Result<()> {
    use thalweg::matching::occam::{Config, L1, Prox, fit};
    let mut stream = Stream::new(ctx.seed(), "example", 3);
    let mut cloud = |shift: f64| {
        let point = |e: usize| stream.normal() + if e % 20 < 2 { shift } else { 0.0 };
        Measure::uniform(Points::new(20, (0..20 * 200).map(point).collect())?)
    };
    let (source, target) = (cloud(0.0)?, cloud(5.0)?);
    let tau: Arc<dyn Prox> = Arc::new(L1::new(2.0)?);
    let map = fit(ctx, &source, &target, &tau, &Config::default())?.map;
    let active = map.active(ctx, source.points())?;
    println!("elastic map: {:.1} of 20 features move a point", active.iter().sum::<f64>());
    Ok(())
}

/// A semi-discrete map: a square shared among three sites.
fn sites(ctx: &Context) -> Result<()> {
    use thalweg::matching::semi_discrete::{Config, fit};
    let mut stream = Stream::new(ctx.seed(), "example", 2);
    let square = Measure::uniform(Points::new(2, (0..2000).map(|_| stream.uniform()).collect())?)?;
    let sites = Measure::new(Points::new(2, vec![0.2, 0.2, 0.8, 0.3, 0.5, 0.9])?, vec![0.5, 0.25, 0.25])?;
    let map = fit(ctx, &square, &sites, &Config::default())?.map;
    println!("sites: the middle of the square belongs to site {}", map.cells(&Points::new(2, vec![0.5, 0.5])?)?[0]);
    Ok(())
}

/// InfoOT: clusters matched across spaces of different dimension.
fn across_spaces(ctx: &Context) -> Result<()> {
    use thalweg::matching::info::{Config, align};
    let mut stream = Stream::new(ctx.seed(), "example", 7);
    let mut noise = || 0.1 * stream.normal();
    let plane = (0..40).flat_map(|i| [f64::from(i % 2) * 4.0 + noise(), noise()]).collect();
    let line = (0..40).map(|i| f64::from(i % 2) * 9.0 + noise()).collect();
    let (x, y) = (Measure::uniform(Points::new(2, plane)?)?, Measure::uniform(Points::new(1, line)?)?);
    let found = align(ctx, &x, &y, None, &Config::default())?;
    println!("InfoOT: mutual information {:.3} of at most {:.3}", found.information, 2.0_f64.ln());
    Ok(())
}

/// COIL: a classifier of two classes learns two more, which are like the old ones.
fn new_classes(ctx: &Context) -> Result<()> {
    use thalweg::matching::coil::{Classifier, Config};
    let mut stream = Stream::new(ctx.seed(), "example", 11);
    let centres = [[3.0, 0.0], [-3.0, 0.0], [2.0, 2.0], [-2.0, -2.0]];
    let mut points = |classes: std::ops::Range<usize>| {
        let labels: Vec<usize> = classes.cycle().take(100).collect();
        let values = labels.iter().flat_map(|c| centres[*c].map(|v| v + 0.3 * stream.normal())).collect();
        Points::new(2, values).map(|points| (points, labels))
    };
    let config = Config { hidden: vec![32, 16], ..Config::default() };
    let mut classifier = Classifier::new(ctx, 2, &config)?;
    for classes in [0..2, 2..4] {
        let (points, labels) = points(classes)?;
        classifier.learn(ctx, &points, &labels)?;
    }
    let (points, labels) = points(0..4)?;
    let right = classifier.predict(ctx, &points)?.iter().zip(&labels).filter(|(p, l)| p == l).count();
    println!("COIL: {right} of 100 points of four classes are told apart after two tasks");
    Ok(())
}

/// Sparse inverse transport: which features decide who is paired with whom.
fn who_with_whom(ctx: &Context) -> Result<()> {
    use thalweg::matching::inverse::{Bilinear, Config, recover};
    let mut stream = Stream::new(ctx.seed(), "example", 6);
    let (mut x, mut y) = (Points::zeros(300, 2), Points::zeros(300, 2));
    for i in 0..300 {
        (0..2).for_each(|k| x.row_mut(i)[k] = stream.normal());
        // The first features go together, the second have nothing to do with each other.
        y.row_mut(i).copy_from_slice(&[0.7 * x.row(i)[0] + 0.7 * stream.normal(), stream.normal()]);
    }
    let found = recover(ctx, &Bilinear::new(x, y)?, &Config::default())?;
    println!("inverse transport: interactions {:.2?}", found.coefficients);
    Ok(())
}

/// Adaptive annealing: a batch of costs cooled to permutations.
fn permutations(ctx: &Context) -> Result<()> {
    use thalweg::matching::annealing::{Config, anneal};
    let mut stream = Stream::new(ctx.seed(), "example", 1);
    let mut cost = || CostMatrix::new(16, 16, (0..256).map(|_| stream.uniform()).collect());
    let costs = [cost()?, cost()?];
    let config = Config { floor: 3e-4, ratio: 0.8, sweeps: 1, ..Config::default() };
    let annealed = anneal(ctx, &costs, &config)?;
    let found = &annealed.matchings[0];
    println!("annealing: permutation {}, cost {:.4}, {} brakes", found.permutation, found.cost, annealed.brakes);
    println!("           the optimum is {:.4}", assign(&costs[0])?.cost);
    Ok(())
}

/// BoMb-OT: a loss between clouds from mini-batches, beside the usual mean over all pairs of batches.
fn mini_batches(ctx: &Context) -> Result<()> {
    use thalweg::matching::bomb::{Config, Outer, solve};
    let mut stream = Stream::new(ctx.seed(), "example", 5);
    let mut cloud = || Points::new(2, (0..2000).map(|_| stream.normal()).collect());
    let (x, y) = (cloud()?, cloud()?);
    let matched = solve(ctx, &x, &y, &Config::default(), 0)?.loss;
    let mean = solve(ctx, &x, &y, &Config { outer: Outer::Independent {}, ..Config::default() }, 0)?.loss;
    println!("mini-batches: loss {matched:.3} matched, {mean:.3} over all pairs, between equal laws");
    Ok(())
}

/// Shift explanations: which features moved, and how much that explains.
fn what_moved(ctx: &Context) -> Result<()> {
    use thalweg::matching::shift::{Config, explain, knee};
    let mut stream = Stream::new(ctx.seed(), "example", 8);
    let mut sample = |shift: [f64; 3]| {
        Measure::uniform(Points::new(3, (0..200).flat_map(|_| shift.map(|s| s + stream.normal())).collect())?)
    };
    let (before, after) = (sample([0.0; 3])?, sample([3.0, 0.0, 1.0])?);
    let found = explain(ctx, &before, &after, &Config::default())?;
    for e in &found {
        println!("shift: {} features explain {:.0} %: {:.1?}", e.size, e.percent, e.map.terms()[e.size - 1]);
    }
    println!("shift: {} would do", knee(&found)?);
    Ok(())
}

/// Unbalanced COOT: rows and columns of two tables matched at once, an outlier left alone.
fn samples_and_features(ctx: &Context) -> Result<()> {
    use thalweg::matching::coot::{Config, Problem, solve};
    let mut stream = Stream::new(ctx.seed(), "example", 9);
    let x = Points::new(4, (0..32).map(|_| stream.normal()).collect())?;
    let (rows, columns) = ([3, 1, 7, 0, 2, 6, 4, 5], [2, 0, 3, 1]);
    let mut values: Vec<f64> = rows.iter().flat_map(|i| columns.map(|j| x.row(*i)[j])).collect();
    values.extend([5.0; 4]);
    let y = Points::new(4, values)?;
    let found = solve(ctx, &Problem::new(&x, &y), &Config { epsilon: 0.01, ..Config::default() })?;
    println!("COOT: mass of the outlier {:.1e}", found.samples.column_sums()[8]);
    Ok(())
}
