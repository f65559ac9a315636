//! A match by a plan of low rank: solved, read and kept by its factors, in time and memory linear in the points.

use super::coupled::Coupled;
use super::options::Options;
use super::solve::{Milestone, Solved};
use super::space::Space;
use super::sweep::{Idle, Swept, Wanted, heaviest};
use std::path::Path;
use thalweg_core::{Context, Points, Result};
use thalweg_io::NpzWriter;
use thalweg_ot::{Factorise, LowRank, Plan, Potentials};

/// Steps that the stopping rule looks back.
const BACK: usize = 10;

pub(super) fn solve(space: &Space, options: &Options, ctx: &Context) -> Result<Solved> {
    let (n, m) = (space.source.len(), space.target.len());
    let settings = Factorise {
        tolerance: options.tolerance_or_default(),
        max_iterations: options.max_iterations_or_default(),
        ..Factorise::rank(options.rank_or_default(n, m))
    };
    let found = settings.solve(ctx, &space.source, &space.target)?;
    let mean = space.mean(ctx)?;
    let report = match found.report.advice.clone() {
        Some(advice) => found.report.advise(format!("{advice} These are --rank and --max-iterations.")),
        None => found.report,
    };
    Ok(Solved {
        potentials: Potentials { source: vec![0.0; n], target: vec![0.0; m] },
        primal: space.factor * found.plan.cost(),
        dual: None,
        mean: space.factor * mean,
        epsilon: None,
        rho: None,
        report,
        history: course(&found.history),
        coupled: Coupled::LowRank(found.plan),
    })
}

/// What the ten steps before each gained together, of the cost.
fn course(costs: &[f64]) -> Vec<Milestone> {
    let gain = |(k, w): (usize, &[f64])| Milestone {
        iteration: k + BACK,
        residual: (w[0] - w[BACK]) / w[0].abs().max(f64::MIN_POSITIVE),
    };
    costs.windows(BACK + 1).enumerate().map(gain).collect()
}

/// What a pass over all pairs would find but for entries, of which only those of the sources that are watched are looked at.
pub(super) fn read(plan: &Plan, space: &Space, target: &Points, wanted: &Wanted<'_>, ctx: &Context) -> Result<Swept> {
    let (sent, received) = (plan.row_sums(), plan.column_sums());
    let mut image = ctx.install(|| plan.apply(target))?;
    for (i, mass) in sent.iter().enumerate() {
        match &wanted.idle {
            _ if *mass > 0.0 => image.row_mut(i).iter_mut().for_each(|v| *v /= mass),
            Idle::Stays(source) => image.row_mut(i).copy_from_slice(source.row(i)),
            Idle::At(point) => image.row_mut(i).copy_from_slice(point),
        }
    }
    let coupled = Coupled::LowRank(plan.clone());
    let mut watched = Vec::new();
    for &i in wanted.watched.0 {
        ctx.check_stop()?;
        let row = ctx.install(|| coupled.rows(space, i..i + 1))?.pop().unwrap_or_default();
        watched.extend(heaviest(row, wanted.watched.1).map(|entry| (i, entry)));
    }
    Ok(Swept { kept: (0, 0.0), cost: space.factor * plan.cost(), watched, image, sent, received })
}

/// Writes the factors: `pi = left diag(1 / inner) right'`.
pub(super) fn keep(root: &Path, plan: &LowRank) -> Result<()> {
    let rank = plan.inner().len();
    let rows = |values: &[f64]| [values.len() / rank, rank];
    NpzWriter::new()
        .f64("left", &rows(plan.left()), plan.left().to_vec())?
        .f64("inner", &[rank], plan.inner().to_vec())?
        .f64("right", &rows(plan.right()), plan.right().to_vec())?
        .write(&root.join("factors.npz"))
}
