//! One picture mapped to the blocks of another (S036): the error of the map against the size of the sample.

use super::Picture;
use thalweg_core::{Context, Measure, Points, Result, Stream};
use thalweg_match::semi_discrete::{Config, Fitted, Smoothing, fit};
use thalweg_ot::GroundCost;

/// Sizes of samples, draws of each, and the size of the sample whose map counts as true.
const SIZES: [usize; 4] = [100, 400, 1600, 6400];
const DRAWS: u64 = 8;
const MANY: usize = 200_000;

/// Prints the squared error of the map for each size and the slope of the two logarithms, by theory -1/2.
pub fn rate(ctx: &Context, from: &Picture, to: &Picture) -> Result<()> {
    let sites = to.blocks(8)?;
    let mut stream = Stream::new(ctx.seed(), "images-sites", 0);
    let many = Measure::uniform(from.draw(MANY, &mut stream)?)?;
    let cost =
        0.5 * GroundCost::SquaredEuclidean.mean(many.points(), many.weights(), sites.points(), sites.weights())?;
    // What is left of epsilon moves the borders of the cells by far less than a sample does.
    let fine = Config { smoothing: Smoothing::Fixed { epsilon: 1e-3 * cost }, ..Config::default() };
    let Fitted { map: truth, report, .. } = fit(ctx, &many, &sites, &fine)?;
    let fresh = from.draw(20_000, &mut stream)?;
    let cells = truth.cells(&fresh)?;
    let images = truth.sites().points().select(&cells);
    println!("\nA picture mapped to {} sites of another; the true map is of {MANY} points", sites.len());
    println!(
        "({} iterations, {:.1} s).\n\n| sample | squared error of the map |\n|---|---|",
        report.iterations, report.seconds
    );
    let config = Config { smoothing: Smoothing::Rate { factor: cost }, ..Config::default() };
    let mut errors = Vec::new();
    for n in SIZES {
        let mut error = 0.0;
        for draw in 0..DRAWS {
            let mut stream = Stream::new(ctx.seed(), "images-samples", draw + 100 * n as u64);
            let (x, y) = (from.draw(n, &mut stream)?, drawn(&sites, n, &mut stream)?);
            let map = fit(ctx, &Measure::uniform(x)?, &y, &config)?.map;
            error += mean_square(&map.apply(ctx, &fresh)?, &images) / DRAWS as f64;
        }
        println!("| {n} | {error:.3e} |");
        errors.push((n as f64, error));
    }
    println!("\nslope {:.3}; by theory -0.5", slope(&errors));
    Ok(())
}

/// A sample of a law on finitely many sites.
fn drawn(sites: &Measure, n: usize, stream: &mut Stream) -> Result<Measure> {
    let (weights, mut counts) = (sites.probabilities(), vec![0.0; sites.len()]);
    for _ in 0..n {
        let mut mark = stream.uniform();
        let site = weights.iter().position(|w| {
            mark -= w;
            mark < 0.0
        });
        counts[site.unwrap_or(weights.len() - 1)] += 1.0;
    }
    let seen: Vec<usize> = (0..counts.len()).filter(|j| counts[*j] > 0.0).collect();
    Measure::new(sites.points().select(&seen), seen.iter().map(|j| counts[*j]).collect())
}

fn mean_square(a: &Points, b: &Points) -> f64 {
    a.values().iter().zip(b.values()).map(|(a, b)| (a - b) * (a - b)).sum::<f64>() / a.len() as f64
}

/// Least-squares slope of the logarithms.
fn slope(pairs: &[(f64, f64)]) -> f64 {
    let logs: Vec<(f64, f64)> = pairs.iter().map(|(x, y)| (x.ln(), y.ln())).collect();
    let count = logs.len() as f64;
    let (mx, my) = (logs.iter().map(|l| l.0).sum::<f64>() / count, logs.iter().map(|l| l.1).sum::<f64>() / count);
    let product: f64 = logs.iter().map(|(x, y)| (x - mx) * (y - my)).sum();
    product / logs.iter().map(|(x, _)| (x - mx).powi(2)).sum::<f64>()
}
