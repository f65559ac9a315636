//! What a match takes in memory, and what is solved under the budget.

use super::Cloud;
use super::coupled::block_bytes;
use super::options::{Cost, Options, Problem, Rows, default_rank};
use super::space::Space;
use super::storage::size;
use thalweg_core::{Context, Error, Result};
use thalweg_ot::Factorise;

/// The program and what it holds whatever the clouds.
const PROGRAM: u64 = 20 << 20;
/// Copies of the points: as read, in the space of the cost, as an image, packed.
const COPIES: u64 = 5;
/// Vectors of one number a point: potentials, marginals, weights.
const VECTORS: u64 = 12;
/// An entry that is held.
const ENTRY: u64 = 24;
/// Ranks that the budget may choose from are at least this; fewer meeting places say little.
const LEAST_RANK: usize = 8;

/// What is solved.
pub(super) struct Settled {
    /// As asked, or of low rank.
    pub(super) options: Options,
    /// Bytes beside the solver.
    pub(super) base: u64,
    /// Why that is not what was asked.
    pub(super) instead: Option<Instead>,
}

/// A plan of low rank in place of an entropic one.
pub(super) struct Instead {
    /// Bytes of the match that was asked for.
    pub(super) needed: u64,
    budget: u64,
    rank: usize,
}

impl Instead {
    /// A sentence for the user.
    pub(super) fn warning(&self) -> String {
        format!(
            "The method entropic needs {needed} here and the memory budget is {}, so that another problem was solved: the cheapest \
             plan through {} meeting places (--method low-rank), which has no entropy. Raise --memory to {needed} for the entropic \
             plan.",
            size(self.budget),
            self.rank,
            needed = size(self.needed),
        )
    }
}

/// A match to be weighed.
struct Weighed<'a> {
    source: &'a Cloud,
    target: &'a Cloud,
    space: &'a Space,
    /// Whether entries go to the disk.
    in_folder: bool,
    threads: usize,
}

/// Decides what is solved under the budget of `ctx`.
///
/// # Errors
/// Nothing that may stand for what was asked fits; the advice has the figure of each way out.
pub(super) fn settle(
    source: &Cloud,
    target: &Cloud,
    space: &Space,
    options: &Options,
    in_folder: bool,
    ctx: &Context,
) -> Result<Settled> {
    let weighed = Weighed { source, target, space, in_folder, threads: ctx.threads() };
    let (base, more) = weighed.bytes(options);
    let needed = base + more;
    let Some(budget) = ctx.memory().filter(|budget| needed > *budget) else {
        return Ok(Settled { options: options.clone(), base, instead: None });
    };
    let fits = |options: &Options| weighed.total(options) <= budget;
    let asked = options.epsilon.is_some()
        || options.tolerance.is_some()
        || options.max_iterations.is_some()
        || options.top_k.is_some();
    if let Some(low) = weighed.factored(options, fits).filter(|_| !asked) {
        let rank = low.rank_or_default(source.points.len(), target.points.len());
        let base = weighed.bytes(&low).0;
        return Ok(Settled { options: low, base, instead: Some(Instead { needed, budget, rank }) });
    }
    Err(weighed.refusal(options, needed, budget))
}

impl Weighed<'_> {
    fn sizes(&self) -> (usize, usize) {
        (self.source.points.len(), self.target.points.len())
    }

    fn total(&self, options: &Options) -> u64 {
        let (base, more) = self.bytes(options);
        base + more
    }

    /// Bytes that a match takes beside its solver, which refuses for itself: the program, the points, potentials and marginals, the
    /// costs of the caller, the entries that are held; and those of the pass over the plan, which comes when the solver is done, or
    /// of a solver of low rank where they are more.
    fn bytes(&self, options: &Options) -> (u64, u64) {
        let (n, m) = self.sizes();
        let points = (n + m) as u64;
        let dim = self.source.points.dim().max(self.target.points.dim());
        let sparse = options.method.is_proven() || options.rows == Rows::Pixels;
        let kept = options.kept(n, m);
        // In a folder the entries lie on the disk. A vertex of the polytope has at most n + m - 1 of them, and the cells of a plan by
        // pixels hardly more.
        let held = match (self.in_folder, sparse) {
            (true, _) => 0,
            (false, true) => (n as u64 * kept as u64).min(points),
            (false, false) => n as u64 * kept as u64,
        };
        let pass = match kept {
            _ if sparse => 0,
            // A row at a time.
            0 => block_bytes((1, m), 1, 1),
            _ => block_bytes((n, m), kept, self.threads),
        };
        let solver = match options.method {
            Problem::LowRank => Factorise::rank(options.rank_or_default(n, m)).bytes(n, m, dim),
            _ => 0,
        };
        let base = PROGRAM + 8 * points * (COPIES * dim as u64 + VECTORS) + ENTRY * held + self.space.given_bytes();
        (base, pass.max(solver))
    }

    /// The plan of the largest rank that `fits`, where one may stand for what `options` ask.
    fn factored(&self, options: &Options, fits: impl Fn(&Options) -> bool) -> Option<Options> {
        let products = matches!(options.cost, Cost::SqEuclidean | Cost::Cosine) && !self.space.holds_costs();
        if options.method != Problem::Entropic || !products {
            return None;
        }
        let (n, m) = self.sizes();
        let of = |rank: usize| Options {
            method: Problem::LowRank,
            rank: Some(rank),
            cost: options.cost,
            top_k: options.top_k,
            seed: options.seed,
            ..Options::default()
        };
        let ranks =
            std::iter::successors(Some(default_rank(n, m)), |rank| (rank / 2 >= LEAST_RANK).then_some(rank / 2));
        ranks.map(of).find(fits)
    }

    /// The figure that is needed, and what would do.
    fn refusal(&self, options: &Options, needed: u64, budget: u64) -> Error {
        let (n, m) = self.sizes();
        let keep = |k: usize| Options { top_k: Some(k), ..options.clone() };
        let mut ways = vec![format!("Raise --memory to at least {}", size(needed))];
        // The largest number of entries that fits, by halving.
        let (mut fits, mut not) = (0, options.kept(n, m));
        while fits + 1 < not {
            let middle = fits + (not - fits) / 2;
            if self.total(&keep(middle)) <= budget { fits = middle } else { not = middle }
        }
        if fits > 0 {
            ways.push(format!(
                "keep fewer entries of each row with --top-k {fits}, which needs {}",
                size(self.total(&keep(fits)))
            ));
        }
        let whole = Options { top_k: None, ..options.clone() };
        if let Some(low) = self.factored(&whole, |low| self.total(low) <= budget) {
            let rank = low.rank_or_default(n, m);
            ways.push(format!(
                "solve another problem, without entropy, by --method low-rank --rank {rank}, which needs {}",
                size(self.total(&low))
            ));
        }
        if ways.len() == 1 {
            ways.push("match fewer points".to_owned());
        }
        Error::input(format!(
            "Matching these clouds needs about {} and the memory budget is {}.",
            size(needed),
            size(budget)
        ))
        .advise(format!("{}.", ways.join("; or ")))
    }
}
