//! `thalweg match`: which mass of one cloud goes where in another, at what cost.
//!
//! [`run`] solves and, given a folder, leaves the plan, the potentials, the projection of the source and a record there.
//! The command line and Python call it.

mod citations;
mod cloud;
mod coupled;
mod keep;
mod options;
mod picture;
mod record;
mod solve;
mod space;
mod sweep;

pub use cloud::{Cloud, aligned};
pub use keep::{RECORD, is_match};
pub use options::{Cost, Options, Problem, Strength};
pub use picture::{Lines, Moments, Picture};
pub use record::{CloudRecord, MatchRecord, PlanRecord};
pub use solve::Milestone;
pub use sweep::Entries;

use crate::folder::{Existing, RunFolder};
use coupled::Coupled;
use solve::{Solved, solve};
use space::Space;
use std::path::Path;
use std::time::Instant;
use sweep::{Swept, sweep};
use thalweg_core::{Class, Context, Error, Points, Result};
use thalweg_ot::Potentials;

/// A match in memory; the same lies in its folder.
pub struct Matched {
    /// What was asked, and what became of it.
    pub record: MatchRecord,
    /// The kept entries of the plan.
    pub entries: Entries,
    /// Mean target of each source, `n x d`; a source that sends nothing stays where it is.
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
    let target = aligned(source, target)?;
    let space = Space::new(source, &target, options.cost, options.method)?;
    let kept = options.kept(source.points.len(), target.points.len());
    ctx.require_memory(memory(source, &target, kept, ctx.threads()), "Matching these clouds")?;
    let ctx = &ctx.with_seed(options.seed);
    let held = output.map(Held::new).transpose()?;
    let matched = compute(source, &target, space, options, command, ctx);
    let (matched, held) = match (matched, held) {
        (Ok(matched), held) => (matched, held),
        (Err(error), held) => {
            held.into_iter().for_each(|held| held.release(error.class()));
            return Err(error);
        }
    };
    if let Some(held) = held {
        keep::keep(&held.folder, source, &matched)?;
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
    options: &Options,
    command: &[String],
    ctx: &Context,
) -> Result<Matched> {
    let start = Instant::now();
    let solved = solve(&space, options, ctx)?;
    let kept = options.kept(source.points.len(), target.points.len());
    let swept = sweep(&solved.coupled, &space, (&source.points, &target.points), kept, ctx)?;
    let picture = picture::draw((source, target), &space, &swept, ctx)?;
    let record = recorded((source, target), &space, &solved, &swept, (options, kept), command, start);
    let Swept { entries, image, sent, received } = swept;
    let (potentials, coupled) = (solved.potentials, solved.coupled);
    Ok(Matched { record, entries, image, potentials, sent, received, picture, coupled, space })
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
    let in_files: f64 = swept.entries.mass.iter().sum();
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
        warnings.push(format!(
            "{} of {} sources send no mass; in the projection they stay where they are.",
            source_record.unmatched, source_record.points
        ));
    }
    let left_out = (1.0 - in_files / mass).max(0.0);
    MatchRecord {
        thalweg: env!("CARGO_PKG_VERSION").to_owned(),
        command: command.to_vec(),
        options: Options { epsilon: asked(options), rho: relaxed(options), ..options.clone() },
        target: side(target, space.target.weights(), &swept.received),
        source: source_record,
        features: source.features.clone(),
        report: solved.report.clone(),
        cost: solved.cost,
        mean_cost: solved.mean,
        primal: solved.primal,
        dual: solved.dual,
        gap: solved.primal - solved.dual,
        epsilon: solved.epsilon,
        rho: solved.rho,
        // Rounding of two sums in different order is nothing that was left out.
        plan: PlanRecord {
            entries: swept.entries.len(),
            top_k: kept,
            mass,
            left_out: if left_out < 1e-12 { 0.0 } else { left_out },
        },
        history: solved.history.clone(),
        warnings,
        seconds: start.elapsed().as_secs_f64(),
        peak_memory: record::peak_memory(),
        citations: citations::of(options.method),
    }
}

/// The strength of the entropy where there is one.
fn asked(options: &Options) -> Option<Strength> {
    options.method.is_entropic().then(|| options.epsilon_or_default())
}

/// The cost of creating mass where that may be done.
fn relaxed(options: &Options) -> Option<Strength> {
    (options.method == Problem::Unbalanced).then(|| options.rho_or_default())
}

/// Bytes that a match takes beside its solver, which refuses for itself: the program, the points (as read, in the space
/// of the cost, as an image, packed), potentials and marginals, the kept entries (held and written), and the blocks of
/// rows that the threads work on.
fn memory(source: &Cloud, target: &Cloud, kept: usize, threads: usize) -> u64 {
    const PROGRAM: u64 = 64 << 20;
    const COPIES: u64 = 5;
    const VECTORS: u64 = 12;
    const ENTRY: u64 = 24 + 48;
    const BLOCK: u64 = 32 << 20;
    let (n, m, d) = (source.points.len() as u64, target.points.len() as u64, source.points.dim() as u64);
    PROGRAM + 8 * (n + m) * (COPIES * d + VECTORS) + ENTRY * n * kept as u64 + threads as u64 * BLOCK.min(32 * n * m)
}

#[cfg(test)]
mod tests;
