//! Claims of adaptive annealing.

use super::{Annealer, Config, Cooling, anneal, contraction};
use crate::claims::uniform_costs;
use thalweg_core::{Check, Context, Measured, Result};
use thalweg_ot::{CostMatrix, assign};

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "brake-against-none",
        claim: "With one sweep a step and epsilon from 1 to 3e-4 by factors of 0.8, the brake finds the optimal permutation \
                of 32 x 32 uniform costs at least 95 times in 100, and at least 30 points more often than without it",
        source: "optimum by the assignment solver, 40 costs a seed; thresholds from an independent program",
        run: brake,
    },
    Check {
        name: "warm-against-cold",
        claim: "With 20 sweeps a step and factors of 0.95, potentials carried over find the optimum; the same sweeps at the \
                last epsilon from zero potentials do not",
        source: "optimum by the assignment solver, 10 costs a seed",
        run: warm,
    },
    Check {
        name: "contraction",
        claim: "The contraction factor at the plan of two points at distance 1 is tanh(1/(2 epsilon))^2",
        source: "closed form: singular values of a 2 x 2 doubly stochastic matrix",
        run: closed_form,
    },
];

/// Percentage of 32 x 32 costs whose optimal permutation was found, and the mean number of steps.
fn success(ctx: &Context, count: u64, config: &Config) -> Result<(f64, f64)> {
    let (mut found, mut steps) = (0, 0);
    for k in 0..count {
        let cost = uniform_costs(32, ctx.seed(), "annealing-costs", k)?;
        let best = assign(&cost)?.cost;
        let annealed = anneal(ctx, &[cost], config)?;
        let matching = &annealed.matchings[0];
        found += usize::from(matching.permutation && matching.cost <= best + 1e-9);
        steps += annealed.report.iterations;
    }
    Ok((100.0 * found as f64 / count as f64, steps as f64 / count as f64))
}

fn brake(ctx: &Context) -> Result<Vec<Measured>> {
    let braked = Config { floor: 3e-4, ratio: 0.8, sweeps: 1, ..Config::default() };
    let plain = Config { cooling: Cooling::Exponential {}, ..braked };
    let (with, steps) = success(ctx, 40, &braked)?;
    let (without, _) = success(ctx, 40, &plain)?;
    Ok(vec![
        Measured::at_least("optimal with the brake, %", with, 95.0),
        Measured::at_least("points above no brake", with - without, 30.0),
        Measured::at_most("steps with the brake, mean", steps, 1000.0),
    ])
}

fn warm(ctx: &Context) -> Result<Vec<Measured>> {
    let config = Config { floor: 3e-4, cooling: Cooling::Exponential {}, ..Config::default() };
    let (warm, _) = success(ctx, 10, &config)?;
    let (cold, _) = success(ctx, 10, &Config { start: 3e-4, max_steps: 1, ..config })?;
    Ok(vec![
        Measured::at_least("optimal with potentials carried over, %", warm, 95.0),
        Measured::at_most("optimal from zero potentials at the last epsilon, %", cold, 10.0),
    ])
}

fn closed_form(ctx: &Context) -> Result<Vec<Measured>> {
    let cost = CostMatrix::new(2, 2, vec![0.0, 1.0, 1.0, 0.0])?;
    [2.0, 0.5, 0.2]
        .into_iter()
        .map(|epsilon| {
            let config = Config { start: epsilon, floor: epsilon, ..Config::default() };
            let mut annealer = Annealer::new(ctx, 1, 2, config)?;
            annealer.step(std::slice::from_ref(&cost))?;
            let truth = (0.5 / epsilon).tanh().powi(2);
            Ok(Measured::near(format!("at epsilon {epsilon}"), contraction(annealer.plan(0)?, 2)?, truth, 1e-10))
        })
        .collect()
}
