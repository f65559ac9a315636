//! Transport in which some pairs are forbidden.
//!
//! The exact plan is found under a barrier in place of the infinite costs. A plan that is optimal under a barrier and uses no
//! forbidden pair is optimal among all plans that use none, whatever the barrier; a low one keeps the digits, so that it begins
//! at a few times the spread of the costs and rises only while it is crossed. Twice the spread for each arc of the longest
//! cycle is never crossed where a plan exists, which a maximum flow decides beforehand.

mod shortage;

use crate::plan::Sparse;
use crate::sinkhorn::Potentials;
use crate::{Certificate, CostMatrix, Entropic, Exact, MarginalPenalty, Plan, Sinkhorn};
use crate::{transport_matrix, transport_matrix_from};
use thalweg_core::{Context, Error, Result};

/// The first barrier above the dearest permitted pair, in spreads of the permitted costs, and the factor to the next.
const FIRST: f64 = 4.0;
const HIGHER: f64 = 16.0;
/// A part of the mass that rounding of the weights may leave without a permitted way.
pub(crate) const ROUNDING: f64 = 1e-9;

/// Costs of `rows x cols` pairs, of which infinite ones are forbidden: no plan uses them.
#[derive(Clone, Debug, PartialEq)]
pub struct RestrictedCosts {
    /// Infinite where a pair is forbidden.
    costs: CostMatrix,
    forbidden: usize,
    /// Least and largest permitted cost.
    range: (f64, f64),
}

impl RestrictedCosts {
    /// Wraps a row-major buffer in which `f64::INFINITY` forbids a pair. Costs may be negative.
    ///
    /// # Errors
    /// A shape that does not fit; a cost that is not a number, or minus infinity; no permitted pair.
    pub fn new(rows: usize, cols: usize, values: Vec<f64>) -> Result<Self> {
        let costs = CostMatrix::with_infinite(rows, cols, values)?;
        let (mut forbidden, mut range) = (0, (f64::INFINITY, f64::NEG_INFINITY));
        for v in costs.values() {
            if v.is_finite() {
                range = (range.0.min(*v), range.1.max(*v));
            } else {
                forbidden += 1;
            }
        }
        if forbidden == costs.values().len() {
            return Err(Error::input(format!("All {forbidden} pairs are forbidden, so that nothing can be moved."))
                .advise("Give at least one pair a finite cost."));
        }
        Ok(Self { costs, forbidden, range })
    }

    /// Number of rows (sources).
    pub fn rows(&self) -> usize {
        self.costs.rows()
    }

    /// Number of columns (targets).
    pub fn cols(&self) -> usize {
        self.costs.cols()
    }

    /// The row-major buffer, infinite where a pair is forbidden.
    pub fn values(&self) -> &[f64] {
        self.costs.values()
    }

    /// Row `i`, infinite where a pair is forbidden.
    pub fn row(&self, i: usize) -> &[f64] {
        self.costs.row(i)
    }

    /// The costs as a matrix, where no pair is forbidden.
    pub fn finite(&self) -> Option<&CostMatrix> {
        (self.forbidden == 0).then_some(&self.costs)
    }

    /// Number of forbidden pairs.
    pub fn forbidden(&self) -> usize {
        self.forbidden
    }

    /// Whether row `i` may send to column `j`.
    pub fn permits(&self, i: usize, j: usize) -> bool {
        self.costs.at(i, j).is_finite()
    }

    /// Largest absolute cost of a permitted pair.
    pub fn scale(&self) -> f64 {
        self.range.0.abs().max(self.range.1.abs())
    }

    /// `a_i b_j exp((f_i + g_j - C_ij) / epsilon)` as an `n x m` matrix, row-major, zero where a pair is forbidden; weights
    /// are those of the solve.
    ///
    /// # Panics
    /// Where the weights are not those of the solve.
    pub fn plan(&self, a: &[f64], b: &[f64], entropic: &Entropic) -> Vec<f64> {
        entropic.matrix(a, b, &self.costs)
    }

    fn fits(&self, a: &[f64], b: &[f64]) -> Result<()> {
        if a.len() == self.rows() && b.len() == self.cols() {
            return Ok(());
        }
        Err(Error::input(format!(
            "{} and {} weights do not fit a cost of {} rows and {} columns.",
            a.len(),
            b.len(),
            self.rows(),
            self.cols()
        )))
    }

    /// The costs with `barrier` in place of what is infinite.
    fn under(&self, barrier: f64) -> Result<CostMatrix> {
        let values = self.costs.values().iter().map(|v| v.min(barrier)).collect();
        CostMatrix::new(self.rows(), self.cols(), values)
    }

    /// A plan without forbidden pairs and its proof, from the solution under a barrier of which `astray` was the cost of mass
    /// that rounding left on them.
    fn proven(&self, plan: Plan, solved: Exact, astray: f64) -> Exact {
        let (low, high) = self.range;
        let (primal, scale) = (plan.cost(), self.scale());
        if low == high {
            // The barrier had no unit of theirs; any plan is optimal.
            let certificate = Certificate { primal, dual: high, gap: primal - high, scale };
            let (source_potential, target_potential) = (vec![high; self.rows()], vec![0.0; self.cols()]);
            return Exact { plan, source_potential, target_potential, certificate };
        }
        let dual = solved.certificate.dual - astray;
        Exact { plan, certificate: Certificate { primal, dual, gap: primal - dual, scale }, ..solved }
    }

    /// The plan without its masses on forbidden pairs, and their sum.
    fn permitted(&self, plan: &Plan) -> (Plan, f64) {
        let (mut entries, mut astray) = (Vec::new(), 0.0);
        plan.for_each(|i, j, mass| {
            if self.permits(i, j) {
                entries.push((i, j, mass, self.costs.at(i, j)));
            } else {
                astray += mass;
            }
        });
        (Plan::Sparse(Sparse::new(self.rows(), self.cols(), entries)), astray)
    }
}

impl From<CostMatrix> for RestrictedCosts {
    /// Costs that forbid no pair.
    fn from(costs: CostMatrix) -> Self {
        let range = costs.values().iter().fold((f64::INFINITY, f64::NEG_INFINITY), |r, v| (r.0.min(*v), r.1.max(*v)));
        Self { costs, forbidden: 0, range }
    }
}

/// Optimal transport between the weights `a` and `b`, each normalised to mass 1, that uses no forbidden pair.
///
/// Takes the time of [`transport_matrix`], a few times where detours are long, and `8 n m` bytes. The potentials are feasible on
/// all permitted pairs. Where weights fit together up to rounding only, at most 1e-9 of the mass stays where it is.
///
/// # Errors
/// As [`transport_matrix`]; no plan that uses permitted pairs only (the sources and the mass in excess are named); permitted
/// costs so large that none can be set above them; a memory budget that is too small.
pub fn transport_restricted(ctx: &Context, a: &[f64], b: &[f64], costs: &RestrictedCosts) -> Result<Exact> {
    costs.fits(a, b)?;
    if costs.forbidden == 0 {
        return transport_matrix(ctx, a, b, &costs.costs);
    }
    ctx.require_memory(8 * costs.values().len() as u64, "A copy of the costs without forbidden pairs")?;
    shortage::refuse(ctx, a, b, &costs.costs)?;
    let (low, high) = costs.range;
    // One cost for all needs some unit too.
    let spread = if high > low { high - low } else { high.abs().max(1.0) };
    let most = 2.0 * (costs.rows().min(costs.cols()) as f64 + 1.0);
    let (mut factor, mut near): (f64, Option<Vec<f64>>) = (FIRST.min(most), None);
    loop {
        let barrier = high + factor * spread;
        if !barrier.is_finite() {
            return Err(Error::input(format!(
                "The permitted costs lie between {low:e} and {high:e}, so that no finite cost is high enough above them for a forbidden pair."
            ))
            .advise("Rescale the costs."));
        }
        let filled = costs.under(barrier)?;
        let exact = match &near {
            None => transport_matrix(ctx, a, b, &filled)?,
            Some(v) => transport_matrix_from(ctx, a, b, &filled, v)?,
        };
        let (plan, astray) = costs.permitted(&exact.plan);
        if astray <= ROUNDING {
            return Ok(costs.proven(plan, exact, astray * barrier));
        }
        if factor >= most {
            return Err(Error::failed(format!(
                "A plan that avoids the forbidden pairs exists, but {astray:.1e} of the mass still crossed them at a cost of {barrier:e}."
            ))
            .advise("Rescale the costs, so that those of permitted pairs are nearer to each other."));
        }
        factor = (factor * HIGHER).min(most);
        near = Some(exact.target_potential);
    }
}

impl Sinkhorn {
    /// Solves under costs of which some pairs are forbidden: the plan is zero there. On the threads of `ctx`.
    ///
    /// Plans whose pairs of positive mass cannot all be positive at once are limits that the iteration approaches slowly.
    ///
    /// # Errors
    /// As [`Sinkhorn::solve_matrix_with`]; with both marginals exact, no plan that uses permitted pairs only (the sources and the
    /// mass in excess are named), and with one exact, a point of it that no permitted pair reaches.
    pub fn solve_restricted(
        &self,
        ctx: &Context,
        a: &[f64],
        b: &[f64],
        costs: &RestrictedCosts,
        warm: Option<&Potentials>,
    ) -> Result<Entropic> {
        costs.fits(a, b)?;
        let exact = |penalty| penalty == MarginalPenalty::Exact;
        match (exact(self.source), exact(self.target)) {
            (true, true) => shortage::refuse(ctx, a, b, &costs.costs)?,
            (true, false) => costs.reached(a, b, "source", "target", |i, j| costs.permits(i, j))?,
            (false, true) => costs.reached(b, a, "target", "source", |j, i| costs.permits(i, j))?,
            (false, false) => {}
        }
        ctx.require_memory(16 * costs.values().len() as u64, "Entropic transport under a cost matrix")?;
        let solve = || self.solve_permitted(a, b, &costs.costs, costs.scale(), warm, &|| ctx.check_stop());
        let mut found = ctx.install(solve)?;
        let Entropic { potentials, row_sums, column_sums, .. } = &mut found;
        let cut_off = |w: &[f64], permits: &dyn Fn(usize) -> bool| !(0..w.len()).any(|k| w[k] > 0.0 && permits(k));
        // A point that no pair reaches moves nothing, and its potential is any number.
        for i in (0..a.len()).filter(|i| cut_off(b, &|j| costs.permits(*i, j))) {
            (potentials.source[i], row_sums[i]) = (0.0, 0.0);
        }
        for j in (0..b.len()).filter(|j| cut_off(a, &|i| costs.permits(i, *j))) {
            (potentials.target[j], column_sums[j]) = (0.0, 0.0);
        }
        Ok(found)
    }
}

impl RestrictedCosts {
    /// Refuses a point with mass of one side that no permitted pair joins to mass of the other.
    fn reached(
        &self,
        side: &[f64],
        other: &[f64],
        name: &str,
        across: &str,
        permits: impl Fn(usize, usize) -> bool,
    ) -> Result<()> {
        let cut_off = |k: &usize| side[*k] > 0.0 && !(0..other.len()).any(|l| other[l] > 0.0 && permits(*k, l));
        match (0..side.len()).find(cut_off) {
            None => Ok(()),
            Some(k) => Err(Error::input(format!(
                "The {name} {k} (counted from 0) has the mass {}, but every pair of it with a {across} of positive mass is forbidden.",
                side[k]
            ))
            .advise(format!("Permit a pair, take its weight away, or relax the marginal of the {name}."))),
        }
    }
}
