//! Many small problems at once.

use super::{Entropic, Sinkhorn};
use crate::CostMatrix;
use rayon::prelude::*;
use thalweg_core::{Context, Result};

/// One of many problems: weights of both sides and what moving costs between them.
#[derive(Clone, Copy, Debug)]
pub struct Posed<'a> {
    /// Weights of the rows.
    pub a: &'a [f64],
    /// Weights of the columns.
    pub b: &'a [f64],
    /// Costs, a row for each of `a` and a column for each of `b`.
    pub cost: &'a CostMatrix,
}

impl Sinkhorn {
    /// Solves each problem by itself, as many at a time as the context has threads; answers in the order of the problems.
    ///
    /// # Errors
    /// Those of [`Sinkhorn::solve_matrix`] for the first problem that has one, or interruption.
    pub fn solve_many(&self, ctx: &Context, problems: &[Posed]) -> Result<Vec<Entropic>> {
        let stop = || ctx.check_stop();
        let solve = |(k, p): (usize, &Posed)| {
            self.solve_matrix_until(p.a, p.b, p.cost, None, &stop).map_err(|e| e.within(format_args!("problem {k}")))
        };
        let found: Vec<Result<Entropic>> = ctx.install(|| problems.par_iter().enumerate().map(solve).collect());
        found.into_iter().collect()
    }
}
