//! `thalweg match`: which mass of one cloud goes where in another, at what cost.
//!
//! [`run`] solves and, given a folder, leaves the plan, the potentials, the projection of the source and a record there.
//! The command line and Python call it.

mod apart;
mod budget;
mod citations;
mod cloud;
mod coupled;
mod entries;
mod factors;
mod keep;
mod network;
mod options;
mod picture;
mod record;
mod relational;
mod sites;
mod solve;
mod space;
mod storage;
mod sweep;

pub use cloud::{Cloud, aligned};
pub use entries::Entries;
pub use keep::{RECORD, is_match};
pub use network::{along, along_files};
pub use options::{Cost, Options, Problem, Rows, Strength};
pub use picture::{Lines, Moments, Picture};
pub use record::{CloudRecord, MatchRecord, PlanRecord};
pub use solve::Milestone;
pub use storage::Storage;

use crate::folder::{Existing, RunFolder};
use budget::{Instead, Settled};
use coupled::Coupled;
use entries::Sink;
use picture::Chosen;
use solve::{Solved, solve};
use space::Space;
use std::path::Path;
use std::time::Instant;
use sweep::{Idle, Swept, Wanted, sweep};
use thalweg_core::{Class, Context, Error, Points, Result};
use thalweg_ot::{LowRank, Plan, Potentials, RestrictedCosts};

/// A match in memory; the same lies in its folder.
pub struct Matched {
    /// What was asked, and what became of it.
    pub record: MatchRecord,
    /// The kept entries of the plan. Where the match has a folder they are there and not here: see [`Entries::load`].
    pub entries: Entries,
    /// Mean target of each source, `n x d`; a source that sends nothing stays where it is, and in another space goes to
    /// the mean of the target.
    pub image: Points,
    /// Dual potentials, in units of the cost.
    pub potentials: Potentials,
    /// Mass that leaves each source.
    pub sent: Vec<f64>,
    /// Mass that reaches each target.
    pub received: Vec<f64>,
    /// What a page shows.
    pub picture: Picture,
    coupled: Coupled,
    space: Space,
    /// The target's points as they were given.
    target: Points,
}

impl Matched {
    /// `sum_i pi_ij v_i`: amounts on the source (`n x k`) carried to the targets (`m x k`) by the whole plan.
    ///
    /// # Errors
    /// A number of rows that is not `n`; interruption.
    pub fn push(&self, values: &Points, ctx: &Context) -> Result<Points> {
        fits(values, self.space.source.len(), "source")?;
        self.coupled.push(&self.space, values, ctx)
    }

    /// `sum_j pi_ij v_j`: amounts on the target (`m x k`) carried back to the sources (`n x k`) by the whole plan.
    ///
    /// # Errors
    /// A number of rows that is not `m`; interruption.
    pub fn pull(&self, values: &Points, ctx: &Context) -> Result<Points> {
        fits(values, self.space.target.len(), "target")?;
        self.coupled.pull(&self.space, values, ctx)
    }

    /// Where points (`k x d`, sources or not) go on average under an entropic plan: the mean of the targets under
    /// `b_j exp((g_j - c(x, y_j)) / epsilon)`. `O(m d)` a point.
    ///
    /// # Errors
    /// A plan that is not entropic; points that do not fit; interruption.
    pub fn map(&self, points: &Points, ctx: &Context) -> Result<Points> {
        self.coupled.map(&self.space, points, &self.target, ctx)
    }

    /// The factors of a plan of low rank, none of others.
    pub fn factors(&self) -> Option<&LowRank> {
        match &self.coupled {
            Coupled::LowRank(Plan::LowRank(plan)) => Some(plan),
            _ => None,
        }
    }

    /// One target for each of `rows` (repeats allowed), drawn in proportion to the row of the plan. A row of an entropic
    /// plan costs `O(m d)`.
    ///
    /// # Errors
    /// A row that is not there or sends nothing; interruption.
    pub fn sample(&self, rows: &[i64], ctx: &Context) -> Result<Vec<usize>> {
        self.coupled.sample(&self.space, rows, ctx)
    }

    /// The `k` largest entries of each row of the whole plan.
    ///
    /// # Errors
    /// A `k` of zero; a memory budget below the entries; interruption.
    pub fn top_k(&self, k: usize, ctx: &Context) -> Result<Entries> {
        let n = self.space.source.len();
        if k == 0 {
            return Err(Error::input("The 0 largest entries of each row make no plan: ask for at least 1."));
        }
        ctx.require_memory(24 * (n * k.min(self.space.target.len())) as u64, "The largest entries of a plan")?;
        let mut sink = Sink::new(None)?;
        let wanted = Wanted { kept: k, watched: (&[], 0), idle: Idle::Stays(self.space.source.points()) };
        let target = Points::zeros(self.space.target.len(), self.space.source.points().dim());
        sweep(&self.coupled, &self.space, &target, &wanted, &mut sink, ctx)?;
        sink.finish()
    }
}

fn fits(values: &Points, rows: usize, side: &str) -> Result<()> {
    if values.len() == rows {
        return Ok(());
    }
    Err(Error::input(format!("There are {} values where the {side} has {rows} points.", values.len()))
        .advise("Give one row for each point."))
}

/// Matches `source` to `target` and, given a folder, leaves everything there.
///
/// # Errors
/// Bad input or options, or a memory budget that is too small (nothing is left behind); a folder that cannot be used;
/// interruption. A solver that ran out of a budget is no error: the record says so.
pub fn run(
    source: &Cloud,
    target: Cloud,
    options: &Options,
    command: &[String],
    output: Option<&Path>,
    ctx: &Context,
) -> Result<Matched> {
    options.check()?;
    // Relations within each cloud need no common columns.
    let target = if options.method == Problem::Gromov { target } else { aligned(source, target)? };
    let space = Space::new(source, &target, (options.cost, options.gamma), options.method)?;
    between(source, &target, space, options, command, output, ctx)
}

/// As [`run`] under costs of the caller (`n x m`), whatever [`Options::cost`] says; the points are for the page and the
/// projection alone. `exact`, `entropic` and `unbalanced` use no pair of infinite cost.
///
/// # Errors
/// As [`run`]; costs of another shape; a method that asks for more than costs between the clouds; no plan that avoids the
/// forbidden pairs.
pub fn run_with(
    source: &Cloud,
    target: Cloud,
    costs: impl Into<RestrictedCosts>,
    options: &Options,
    command: &[String],
    output: Option<&Path>,
    ctx: &Context,
) -> Result<Matched> {
    options.check()?;
    let target = aligned(source, target)?;
    let space = Space::new(source, &target, (Cost::default(), None), options.method)?.given(costs.into())?;
    between(source, &target, space, options, command, output, ctx)
}

fn between(
    source: &Cloud,
    target: &Cloud,
    space: Space,
    options: &Options,
    command: &[String],
    output: Option<&Path>,
    ctx: &Context,
) -> Result<Matched> {
    let Settled { options, base, instead } = &budget::settle(source, target, &space, options, output.is_some(), ctx)?;
    // The solver has what is left beside the clouds; the pass over its plan comes when it is done.
    let ctx = &ctx.with_seed(options.seed).beside(*base);
    let held = output.map(Held::new).transpose()?;
    let matched = compute(source, target, space, (options, instead.as_ref()), command, output, ctx);
    let (matched, held) = match (matched, held) {
        (Ok(matched), held) => (matched, held),
        (Err(error), held) => {
            held.into_iter().for_each(|held| held.release(error.class()));
            return Err(error);
        }
    };
    let mut matched = matched;
    if let Some(held) = held {
        keep::keep(&held.folder, (source, target), &mut matched)?;
    }
    Ok(matched)
}

/// The folder of a match, which was not there before or was.
struct Held<'a> {
    root: &'a Path,
    fresh: bool,
    folder: RunFolder,
}

impl<'a> Held<'a> {
    fn new(root: &'a Path) -> Result<Self> {
        let fresh = !root.exists();
        Ok(Self { root, fresh, folder: RunFolder::create(root, Existing::Refuse)? })
    }

    /// Removes a folder that was made for nothing: what was refused leaves nothing behind.
    fn release(self, class: Class) {
        let Self { root, fresh, folder } = self;
        drop(folder);
        if fresh && class == Class::Input {
            // Whatever cannot be removed is an empty folder and does no harm.
            let _ = std::fs::remove_file(root.join(crate::folder::LOCK)).and_then(|()| std::fs::remove_dir(root));
        }
    }
}

fn compute(
    source: &Cloud,
    target: &Cloud,
    space: Space,
    (options, instead): (&Options, Option<&Instead>),
    command: &[String],
    output: Option<&Path>,
    ctx: &Context,
) -> Result<Matched> {
    let start = Instant::now();
    let sizes = (source.points.len(), target.points.len());
    let storage = Storage::of(options, space.holds_costs(), sizes, instead.map(|i| i.needed), ctx);
    if let Some(storage) = storage {
        ctx.progress("match", 0, 1, &storage.sentence());
    }
    let solved = solve(&space, options, ctx)?;
    finite(&solved)?;
    let kept = options.kept(source.points.len(), target.points.len());
    let chosen = Chosen::new(&space, ctx);
    let (watched, most) = chosen.watched();
    let idle = match options.method {
        Problem::Gromov => Idle::At(mean(&target.points)),
        _ => Idle::Stays(&source.points),
    };
    let mut sink = Sink::new(output)?;
    let wanted = Wanted { kept, watched: (&watched, most), idle };
    let swept = match &solved.coupled {
        Coupled::LowRank(plan) if kept == 0 => factors::read(plan, &space, &target.points, &wanted, ctx)?,
        coupled => sweep(coupled, &space, &target.points, &wanted, &mut sink, ctx)?,
    };
    let entries = sink.finish()?;
    let picture = picture::draw((source, target), &chosen, &swept);
    let mut record = recorded((source, target), &space, &solved, &swept, (options, kept), command, start);
    record.storage = storage;
    record.warnings.extend(instead.map(Instead::warning));
    let Swept { image, sent, received, .. } = swept;
    let (potentials, coupled) = (solved.potentials, solved.coupled);
    Ok(Matched {
        record,
        entries,
        image,
        potentials,
        sent,
        received,
        picture,
        coupled,
        space,
        target: target.points.clone(),
    })
}

/// Refuses figures that a record could not hold.
fn finite(solved: &Solved) -> Result<()> {
    let figures = [("cost", solved.mean), ("objective", solved.primal), ("dual", solved.dual.unwrap_or(0.0))];
    match figures.into_iter().find(|(_, value)| !value.is_finite()) {
        Some((name, value)) => {
            Err(Error::failed(format!("The match left the range of numbers: its {name} is {value}."))
                .advise("Bring coordinates and weights nearer to 1."))
        }
        None => Ok(()),
    }
}

fn recorded(
    (source, target): (&Cloud, &Cloud),
    space: &Space,
    solved: &Solved,
    swept: &Swept,
    (options, kept): (&Options, usize),
    command: &[String],
    start: Instant,
) -> MatchRecord {
    let mass: f64 = swept.sent.iter().sum();
    let (entries, in_files) = swept.kept;
    let side = |cloud: &Cloud, weights: &[f64], moved: &[f64]| {
        let mass: f64 = weights.iter().sum();
        CloudRecord {
            name: cloud.name.clone(),
            points: weights.len(),
            mass,
            moved: moved.iter().sum(),
            marginal_error: weights.iter().zip(moved).map(|(w, p)| (w - p).abs()).sum::<f64>() / mass,
            unmatched: moved.iter().filter(|p| **p == 0.0).count(),
        }
    };
    let source_record = side(source, space.source.weights(), &swept.sent);
    let mut warnings: Vec<String> = [source, target]
        .iter()
        .flat_map(|cloud| cloud.warnings.iter().map(move |w| format!("{}: {w}", cloud.name)))
        .collect();
    if source_record.unmatched > 0 {
        let place =
            if options.method == Problem::Gromov { "are at the mean of the target" } else { "stay where they are" };
        warnings.push(format!(
            "{} of {} sources send no mass; in the projection they {place}.",
            source_record.unmatched, source_record.points
        ));
    }
    let left_out = (1.0 - in_files / mass).max(0.0);
    MatchRecord {
        thalweg: env!("CARGO_PKG_VERSION").to_owned(),
        command: command.to_vec(),
        options: Options {
            epsilon: options.epsilon_or_default(),
            rho: relaxed(options),
            tolerance: Some(options.tolerance_or_default()),
            max_iterations: Some(options.max_iterations_or_default()),
            rank: rank(options, space),
            ..options.clone()
        },
        target: side(target, space.target.weights(), &swept.received),
        source: source_record,
        features: source.features.clone(),
        target_features: (options.method == Problem::Gromov).then(|| target.features.clone()),
        report: solved.report.clone(),
        cost: swept.cost,
        mean_cost: solved.mean,
        primal: solved.primal,
        dual: solved.dual,
        gap: solved.dual.map(|dual| solved.primal - dual),
        epsilon: solved.epsilon,
        rho: solved.rho,
        // Rounding of two sums in different order is nothing that was left out.
        plan: PlanRecord {
            entries,
            top_k: kept,
            mass,
            left_out: if left_out < 1e-12 { 0.0 } else { left_out },
            rank: rank(options, space),
        },
        storage: None,
        history: solved.history.clone(),
        warnings,
        seconds: start.elapsed().as_secs_f64(),
        // Noted when the files are there.
        peak_memory: None,
        citations: citations::of(options, space),
    }
}

fn mean(points: &Points) -> Vec<f64> {
    let mut mean = vec![0.0; points.dim()];
    points.rows().for_each(|x| coupled::add(&mut mean, x, 1.0 / points.len() as f64));
    mean
}

/// The rank of a plan of low rank.
fn rank(options: &Options, space: &Space) -> Option<usize> {
    (options.method == Problem::LowRank).then(|| options.rank_or_default(space.source.len(), space.target.len()))
}

/// The cost of creating mass where that may be done.
fn relaxed(options: &Options) -> Option<Strength> {
    (options.method == Problem::Unbalanced).then(|| options.rho_or_default())
}

#[cfg(test)]
mod tests;
