//! A dense plan from the potentials of the entropic solver.

use thalweg_ot::{CostMatrix, Entropic};

/// `a_i b_j exp((f_i + g_j - C_ij) / epsilon)`, row-major.
pub(crate) fn dense_plan(a: &[f64], b: &[f64], cost: &CostMatrix, solved: &Entropic) -> Vec<f64> {
    let (f, g) = (&solved.potentials.source, &solved.potentials.target);
    let mut plan = Vec::with_capacity(a.len() * b.len());
    for i in 0..a.len() {
        let entry = |j: usize| a[i] * b[j] * ((f[i] + g[j] - cost.at(i, j)) / solved.epsilon).exp();
        plan.extend((0..b.len()).map(entry));
    }
    plan
}
