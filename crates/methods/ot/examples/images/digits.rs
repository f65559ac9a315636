//! Digits as clouds with points of noise among them: who is whose neighbour by linear partial transport (S031), and by the
//! same embedding of all mass, which is linear optimal transport.

use super::Picture;
use std::time::Instant;
use thalweg_core::{Context, Error, Measure, Points, Result, Stream};
use thalweg_match::partial_embedding::{Config, components, discrepancies, embed_all};
use thalweg_ot::{GroundCost, partial};

/// Digits compared, and pictures of each.
const CLASSES: [f64; 4] = [0.0, 1.0, 2.0, 3.0];
const EACH: usize = 30;
/// Points of a digit.
const POINTS: usize = 100;
/// Moves beyond `sqrt(2 lambda)`, a quarter of the square, are not made.
const LAMBDA: f64 = 0.03;
/// A price that no move in the square reaches.
const NEVER: f64 = 1e3;

/// Prints how many digits have their own kind as nearest neighbour, for more and more noise.
pub fn compare(ctx: &Context, pictures: &[Picture], labels: &[f64]) -> Result<()> {
    let chosen: Vec<usize> = CLASSES
        .iter()
        .flat_map(|class| (0..labels.len()).filter(|i| labels[*i] == *class).take(EACH).collect::<Vec<_>>())
        .collect();
    let kinds: Vec<f64> = chosen.iter().map(|i| labels[*i]).collect();
    let clean: Vec<Picture> = chosen.iter().map(|i| pictures[*i].clone()).collect();
    let mean = Picture::sum(&clean).ok_or_else(|| Error::input("There are no digits of these classes."))?;
    let reference = Measure::counted(mean.draw(POINTS, &mut Stream::new(ctx.seed(), "images-reference", 0))?)?;
    against_exact(ctx, &reference, &clean)?;
    println!("{} digits 0 to 3 as clouds of {POINTS} points; nearest neighbour of the same kind, %:\n", chosen.len());
    println!("| noise | partial | in 2 components | all mass | in 2 components |\n|---|---|---|---|---|");
    for noise in [0, 50, 75, 100, 120] {
        let clouds = clean.iter().enumerate().map(|(k, p)| cloud(ctx, p, k, noise)).collect::<Result<Vec<_>>>()?;
        let whole = clouds.iter().map(|c| Measure::uniform(c.points().clone())).collect::<Result<Vec<_>>>()?;
        let even = Measure::uniform(reference.points().clone())?;
        let [part, part_plane] = alike(ctx, &reference, &clouds, LAMBDA, &kinds)?;
        let [all, all_plane] = alike(ctx, &even, &whole, NEVER, &kinds)?;
        println!("| {noise} % | {part:.1} | {part_plane:.1} | {all:.1} | {all_plane:.1} |");
    }
    Ok(())
}

/// Points of the picture, and `noise` percent as many anywhere in a square twice as wide.
fn cloud(ctx: &Context, picture: &Picture, k: usize, noise: usize) -> Result<Measure> {
    let mut stream = Stream::new(ctx.seed(), "images-clouds", k as u64);
    let mut values = picture.draw(POINTS, &mut stream)?.values().to_vec();
    values.extend((0..2 * POINTS * noise / 100).map(|_| 2.0 * stream.uniform() - 0.5));
    Measure::counted(Points::new(2, values)?)
}

/// Percent of clouds whose nearest neighbour is of their kind: by discrepancy, and in two principal components.
fn alike(ctx: &Context, reference: &Measure, clouds: &[Measure], lambda: f64, kinds: &[f64]) -> Result<[f64; 2]> {
    let embeddings = embed_all(ctx, reference, clouds, &Config { lambda, ..Config::default() })?;
    let table = discrepancies(ctx, &embeddings, lambda)?;
    let plane = components(&embeddings, 2)?.scores;
    let apart = |i: usize, j: usize| GroundCost::SquaredEuclidean.between(plane.row(i), plane.row(j));
    Ok([share(kinds, |i, j| table.row(i)[j]), share(kinds, apart)])
}

fn share(kinds: &[f64], distance: impl Fn(usize, usize) -> f64) -> f64 {
    let right = (0..kinds.len()).filter(|i| {
        let others = (0..kinds.len()).filter(|j| j != i);
        let nearest = others.min_by(|a, b| distance(*i, *a).total_cmp(&distance(*i, *b)));
        nearest.is_some_and(|j| kinds[j] == kinds[*i])
    });
    100.0 * right.count() as f64 / kinds.len() as f64
}

/// Distances from one solve each beside those from a solve a pair, without noise.
fn against_exact(ctx: &Context, reference: &Measure, pictures: &[Picture]) -> Result<()> {
    let some = pictures.iter().step_by(8).enumerate().map(|(k, p)| cloud(ctx, p, k, 0)).collect::<Result<Vec<_>>>()?;
    let start = Instant::now();
    let config = Config { lambda: LAMBDA, ..Config::default() };
    let table = discrepancies(ctx, &embed_all(ctx, reference, &some, &config)?, LAMBDA)?;
    let linear = start.elapsed().as_secs_f64();
    let (start, mut errors) = (Instant::now(), Vec::new());
    for i in 0..some.len() {
        for j in 0..i {
            let exact = partial(ctx, &some[i], &some[j], GroundCost::SquaredEuclidean, LAMBDA)?.objective;
            errors.push((table.row(i)[j] / exact - 1.0).abs());
        }
    }
    let (exact, mean) = (start.elapsed().as_secs_f64(), errors.iter().sum::<f64>() / errors.len() as f64);
    println!(
        "{} pairs of {} digits: {linear:.3} s from one solve each, {exact:.3} s from one a pair; mean relative error {mean:.3}\n",
        errors.len(),
        some.len()
    );
    Ok(())
}
