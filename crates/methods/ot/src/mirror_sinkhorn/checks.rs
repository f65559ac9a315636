//! Claims of mirror Sinkhorn.

use super::{Config, Linear, Nearest, Noisy, Objective, minimise};
use crate::claims::uniform_costs;
use thalweg_core::{Check, Context, Measured, Result, Stream};
use thalweg_ot::transport_matrix;

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "gap-to-linear-optimum",
        claim: "On uniform random costs between 50 points the rounded average comes within 0.008 of the optimum in 1,000 \
                steps and within 0.002 in 10,000",
        source: "LP optimum by the exact solver; bounds from an independent program on four instances",
        run: gap,
    },
    Check {
        name: "quadratic-to-zero",
        claim: "The squared distance to a plan of the polytope falls towards its least value, zero, at the rate 1/sqrt(T) \
                or faster, and noise of 0.1 in the gradients less than doubles it",
        source: "the minimiser is known; rate of the paper",
        run: quadratic,
    },
    Check {
        name: "three-marginals",
        claim: "Three measures on the line under the sum of pairwise squared distances are coupled in order",
        source: "closed form: the monotone coupling is optimal",
        run: three_marginals,
    },
    Check {
        name: "online-regret",
        claim: "Against losses that come one by one, the mean loss of the iterates exceeds that of the best fixed plan by \
                less than the bound of the paper's form, 4 sqrt(delta / T)",
        source: "LP optimum of the summed losses by the exact solver",
        run: regret,
    },
];

fn steps(iterations: u64) -> Config {
    Config { iterations, trace: 0, ..Config::default() }
}

fn gap(ctx: &Context) -> Result<Vec<Measured>> {
    let cost = uniform_costs(50, ctx.seed(), "mirror-sinkhorn-costs", 0)?;
    let weights = [0.02; 50];
    let optimum = transport_matrix(ctx, &weights, &weights, &cost)?.certificate.primal;
    let objective = Linear { cost: cost.values().to_vec() };
    [(1000, 0.008), (10_000, 0.002)]
        .into_iter()
        .map(|(iterations, bound)| {
            let found = minimise(ctx, &[&weights, &weights], &objective, &steps(iterations))?;
            Ok(Measured::at_most(format!("gap after {iterations} steps"), found.value - optimum, bound))
        })
        .collect()
}

fn quadratic(ctx: &Context) -> Result<Vec<Measured>> {
    let n = 6;
    let mut stream = Stream::new(ctx.seed(), "mirror-sinkhorn-target", 0);
    let mut to = vec![0.0; n * n];
    for share in [0.7, 0.3] {
        for (i, j) in stream.permutation(n).into_iter().enumerate() {
            to[i * n + j] += share / n as f64;
        }
    }
    let weights = vec![1.0 / n as f64; n];
    let marginals = [&weights[..], &weights[..]];
    let exact = Nearest { to };
    let noisy = Noisy { inner: exact.clone(), deviation: 0.1 };
    let value =
        |objective: &dyn Objective, iterations| Ok(minimise(ctx, &marginals, objective, &steps(iterations))?.value);
    let (early, late, rough) = (value(&exact, 1000)?, value(&exact, 16_000)?, value(&noisy, 16_000)?);
    Ok(vec![
        Measured::at_most("value after 16 times the steps, of that after 1,000", late / early, 0.25),
        Measured::at_most("value with noisy gradients, of that without", rough / late, 2.0),
    ])
}

fn three_marginals(ctx: &Context) -> Result<Vec<Measured>> {
    let n = 5;
    let mut stream = Stream::new(ctx.seed(), "mirror-sinkhorn-line", 0);
    let mut line = || {
        let mut x: Vec<f64> = (0..n).map(|_| stream.uniform()).collect();
        x.sort_by(f64::total_cmp);
        x
    };
    let (x, y, z) = (line(), line(), line());
    let spread = |a: f64, b: f64, c: f64| (a - b).powi(2) + (b - c).powi(2) + (a - c).powi(2);
    let mut cost = Vec::with_capacity(n * n * n);
    x.iter().for_each(|a| y.iter().for_each(|b| z.iter().for_each(|c| cost.push(spread(*a, *b, *c)))));
    let optimum = (0..n).map(|i| spread(x[i], y[i], z[i])).sum::<f64>() / n as f64;
    let weights = [0.2; 5];
    let found = minimise(ctx, &[&weights, &weights, &weights], &Linear { cost }, &steps(20_000))?;
    Ok(vec![
        Measured::at_least("value less the optimum (no plan is below it)", found.value - optimum, -1e-12),
        Measured::at_most("value less the optimum", found.value - optimum, 0.01),
    ])
}

fn regret(ctx: &Context) -> Result<Vec<Measured>> {
    let (n, rounds) = (10, 4000_u64);
    let weights = vec![0.1; n];
    let mut descent = super::Descent::new(ctx, &[&weights, &weights], 1.0, 1.0)?;
    let (mut total, mut paid) = (vec![0.0; n * n], 0.0);
    for t in 0..rounds {
        let cost = uniform_costs(n, ctx.seed(), "mirror-sinkhorn-losses", t)?;
        // Half of each loss is the same every time, so that there is something to learn.
        let fixed = uniform_costs(n, ctx.seed(), "mirror-sinkhorn-common", 0)?;
        let loss: Vec<f64> = cost.values().iter().zip(fixed.values()).map(|(a, b)| 0.5 * (a + b)).collect();
        paid += loss.iter().zip(descent.plan()).map(|(c, p)| c * p).sum::<f64>();
        total.iter_mut().zip(&loss).for_each(|(t, c)| *t += c);
        descent.step(&loss)?;
    }
    let mean = thalweg_ot::CostMatrix::new(n, n, total.iter().map(|t| t / rounds as f64).collect())?;
    let best = transport_matrix(ctx, &weights, &weights, &mean)?.certificate.primal;
    let bound = 4.0 * (2.0 * (n as f64).ln() / rounds as f64).sqrt();
    Ok(vec![Measured::at_most("mean regret", paid / rounds as f64 - best, bound)])
}
