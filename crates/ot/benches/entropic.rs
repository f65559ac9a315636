//! Answers the driver of `benches/ot_entropic.py`: a problem a line, an answer a line.
//!
//! A request is `KIND N DIM EPSILON FILE`: balanced or unbalanced (KL of weight 1), N points a side, epsilon and the
//! weight relative to the mean cost, and a file of the coordinates in double precision, source before target. An answer is
//! JSON: seconds from points to plan, passes, the marginal error, the cost. `threads=N` and `memory=BYTES` are arguments.
#![allow(clippy::print_stdout, reason = "a benchmark prints its answers")]

use std::io::BufRead;
use std::sync::Arc;
use std::time::Instant;
use thalweg_core::{Context, Measure, Points};
use thalweg_ot::{GroundCost, Sinkhorn};

fn answer(ctx: &Context, request: &str) -> Option<String> {
    let words: Vec<&str> = request.split_whitespace().collect();
    let [kind, n, dim, epsilon, file] = words[..] else { return None };
    let (n, dim, epsilon): (usize, usize, f64) = (n.parse().ok()?, dim.parse().ok()?, epsilon.parse().ok()?);
    let bytes = std::fs::read(file).ok()?;
    let values: Vec<f64> = bytes.as_chunks::<8>().0.iter().map(|b| f64::from_le_bytes(*b)).collect();
    let side = |v: &[f64]| Some(Arc::new(Measure::uniform(Points::new(dim, v.to_vec()).ok()?).ok()?));
    let (a, b) = (side(&values[..n * dim])?, side(&values[n * dim..])?);
    let ground = GroundCost::SquaredEuclidean;
    let mean = ctx.install(|| ground.mean(a.points(), a.weights(), b.points(), b.weights())).ok()?;
    let settings = match kind {
        "balanced" => Sinkhorn::balanced(epsilon * mean),
        "unbalanced" => Sinkhorn::unbalanced(epsilon * mean, mean),
        _ => return None,
    };
    let start = Instant::now();
    let (found, _) = settings.solve(ctx, &a, &b, ground, None).ok()?;
    let seconds = start.elapsed().as_secs_f64();
    let (passes, error) = (found.report.iterations, found.report.residuals[0].1);
    Some(format!(
        "{{\"seconds\": {seconds}, \"passes\": {passes}, \"error\": {error:e}, \"cost\": {}, \"mass\": {}}}",
        found.cost,
        found.row_sums.iter().sum::<f64>()
    ))
}

fn main() {
    let threads = std::env::args().find_map(|word| word.strip_prefix("threads=")?.parse().ok()).unwrap_or(2);
    let memory = std::env::args().find_map(|word| word.strip_prefix("memory=")?.parse().ok());
    let ctx = Context::new(0, threads).expect("threads").with_memory(memory);
    println!("{{\"peer\": \"thalweg\"}}");
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        println!("{}", answer(&ctx, &line).unwrap_or_else(|| format!("{{\"refused\": \"{line}\"}}")));
    }
}
