//! Claims of unbalanced co-optimal transport.

use super::{Config, Coupled, Problem, solve};
use crate::Matrix;
use crate::claims::normal_points;
use thalweg_core::{Check, Context, Measured, Points, Result, Stream};

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "permuted-table",
        claim: "An 8 x 4 table and itself with rows and columns in another order are matched entry by entry for rho of 100, 10 and \
                1, at epsilon 0.01 with objectives of 0.03466, 0.03465 and 0.03458, and at half of it at no cost",
        source: "construction; figures of an independent program",
        run: permuted,
    },
    Check {
        name: "outlier-left-alone",
        claim: "An outlier row of fives receives its share of the mass at rho 1,000 and below 1e-8 of it at rho 1, where the match \
                is found and the cost is a thousandth or less",
        source: "construction; figures of an independent program (mass 0.109 of 0.111, and costs 2.4 and 2.4e-4)",
        run: outlier,
    },
    Check {
        name: "far-outlier-is-finite",
        claim: "With an outlier row of fifties, rho 1 and epsilon 0.05, all results are finite and the match is found",
        source: "construction; the reference implementation ends in NaN",
        run: far,
    },
    Check {
        name: "linear-cost-decides",
        claim: "Between two constant tables, where the entries say nothing, a linear cost on the samples decides the match",
        source: "construction",
        run: linear,
    },
];

/// A table, and itself with rows and columns in another order and `extra` constant rows.
struct Tables {
    x: Points,
    y: Points,
    /// Where the rows and columns of x went.
    rows: Vec<usize>,
    columns: Vec<usize>,
}

fn tables(ctx: &Context, outlier: Option<f64>) -> Result<Tables> {
    let mut stream = Stream::new(ctx.seed(), "coot-tables", 0);
    let x = normal_points(8, 4, &mut stream);
    let (rows, columns) = (stream.permutation(8), stream.permutation(4));
    let mut values = vec![0.0; 32];
    for e in 0..32 {
        values[rows[e / 4] * 4 + columns[e % 4]] = x.row(e / 4)[e % 4];
    }
    if let Some(v) = outlier {
        values.extend([v; 4]);
    }
    Ok(Tables { x, y: Points::new(4, values)?, rows, columns })
}

fn with_rho(rho: f64) -> Config {
    Config { rho_source: rho, rho_target: rho, epsilon: 0.01, ..Config::default() }
}

/// Rows of a plan whose largest entry is not where it should be.
fn wrong(plan: &Matrix, truth: &[usize]) -> usize {
    let best = |row: &[f64]| (1..row.len()).fold(0, |b, j| if row[j] > row[b] { j } else { b });
    (0..plan.rows()).filter(|i| best(plan.row(*i)) != truth[*i]).count()
}

fn mistakes(found: &Coupled, tables: &Tables) -> f64 {
    (wrong(&found.samples, &tables.rows) + wrong(&found.features, &tables.columns)) as f64
}

fn permuted(ctx: &Context) -> Result<Vec<Measured>> {
    let tables = tables(ctx, None)?;
    let mut figures = Vec::new();
    let problem = Problem::new(&tables.x, &tables.y);
    for (rho, objective) in [(100.0, 0.03466), (10.0, 0.03465), (1.0, 0.03458)] {
        let found = solve(ctx, &problem, &with_rho(rho))?;
        figures.push(Measured::near(format!("objective at rho {rho}"), found.objective, objective, 1e-5));
        figures.push(Measured::at_most(format!("wrong matches at rho {rho}"), mistakes(&found, &tables), 0.0));
        let sharp = solve(ctx, &problem, &Config { epsilon: 0.005, ..with_rho(rho) })?;
        figures.push(Measured::at_most(format!("cost at rho {rho} and half the epsilon"), sharp.cost.abs(), 1e-12));
    }
    Ok(figures)
}

fn outlier(ctx: &Context) -> Result<Vec<Measured>> {
    let tables = tables(ctx, Some(5.0))?;
    let problem = Problem::new(&tables.x, &tables.y);
    let (stiff, loose) = (solve(ctx, &problem, &with_rho(1000.0))?, solve(ctx, &problem, &with_rho(1.0))?);
    let share = |found: &Coupled| found.samples.column_sums()[8] / found.samples.mass();
    Ok(vec![
        Measured::near("share of the outlier at rho 1000", share(&stiff), 1.0 / 9.0, 0.01),
        Measured::at_most("share of the outlier at rho 1", share(&loose), 1e-8),
        Measured::at_most("wrong matches at rho 1", mistakes(&loose, &tables), 0.0),
        Measured::at_most("cost at rho 1, of that at rho 1000", loose.cost / stiff.cost, 1e-3),
    ])
}

fn far(ctx: &Context) -> Result<Vec<Measured>> {
    let tables = tables(ctx, Some(50.0))?;
    let found = solve(ctx, &Problem::new(&tables.x, &tables.y), &Config { epsilon: 0.05, ..with_rho(1.0) })?;
    let lost = found.samples.values().iter().chain(found.features.values()).filter(|v| !v.is_finite()).count();
    Ok(vec![
        Measured::at_most("entries that are not finite", lost as f64, 0.0),
        Measured::at_most("wrong matches", mistakes(&found, &tables), 0.0),
        Measured::at_most("mass of the outlier", found.samples.column_sums()[8], 1e-8),
    ])
}

fn linear(ctx: &Context) -> Result<Vec<Measured>> {
    let (x, y) = (Points::zeros(4, 3), Points::zeros(4, 2));
    let truth = Stream::new(ctx.seed(), "coot-linear", 0).permutation(4);
    let cost = (0..16).map(|e| f64::from(u8::from(truth[e / 4] != e % 4))).collect();
    let cost = Matrix::new(4, 4, cost)?;
    let problem = Problem { sample_cost: Some(&cost), ..Problem::new(&x, &y) };
    let found = solve(ctx, &problem, &Config::default())?;
    Ok(vec![Measured::at_most("wrong matches", wrong(&found.samples, &truth) as f64, 0.0)])
}
