//! Fitting the angles.

use super::evaluate;
use super::model::{Features, Model, angles};
use super::readout::{Readout, histogram};
use super::{Config, NAME, Reading};
use crate::Matrix;
use rayon::prelude::*;
use std::time::Instant;
use thalweg_core::{Context, Error, Points, Report, Result, Stream};
use thalweg_nn::{Fit, Objective};
use thalweg_ot::{CostMatrix, Sinkhorn, transport_matrix};
use thalweg_quantum::Circuit;

/// Standard deviation of the first angles, and of their dependence on the standardised context.
const SPREAD: [f64; 2] = [1.0, 0.1];

/// A model and how its training ended.
#[derive(Clone, Debug)]
pub struct Fitted {
    /// The model of the best start.
    pub model: Model,
    /// How the training of the best start ended; residual "relative square error", the objective over all pairs.
    pub report: Report,
}

/// What a pair is to become.
enum Truth {
    Plan(Matrix),
    Marginal(Vec<f64>),
}

impl Truth {
    /// The relative square error of a plan, and its slopes in the entries.
    fn compare(&self, plan: &Matrix) -> Result<(f64, Matrix)> {
        let square = |v: &[f64]| v.iter().map(|v| v * v).sum::<f64>();
        match self {
            Self::Plan(truth) => {
                let (size, error) = (square(truth.values()), plan.with(truth, |p, t| p - t));
                Ok((square(error.values()) / size, error.map(|e| 2.0 * e / size)))
            }
            Self::Marginal(truth) => {
                let error: Vec<f64> = plan.column_sums().iter().zip(truth).map(|(p, t)| p - t).collect();
                let size = square(truth);
                let row: Vec<f64> = error.iter().map(|e| 2.0 * e / size).collect();
                Ok((square(&error) / size, Matrix::outer(&vec![1.0; plan.rows()], &row)))
            }
        }
    }
}

/// A context with what is known at it.
struct Case {
    features: Vec<f64>,
    readout: Readout,
    truth: Truth,
}

/// The mean error over all pairs, in the coefficients of the angles.
struct Amortised<'a> {
    ctx: &'a Context,
    circuit: &'a Circuit,
    cases: Vec<Case>,
}

impl Objective for Amortised<'_> {
    type Batch = ();

    fn draw(&self, _step: u64) -> Result<()> {
        Ok(())
    }

    fn loss_grad(&self, params: &[f32], _batch: &(), grad: &mut [f32]) -> Result<f64> {
        let weights: Vec<f64> = params.iter().map(|p| f64::from(*p)).collect();
        let one = |case: &Case| -> Result<(f64, Vec<f64>)> {
            let angles = angles(&weights, &case.features);
            let states = evaluate::run(self.ctx, self.circuit, &angles, &case.readout)?;
            let (loss, cotangent) = case.truth.compare(&evaluate::plan(&case.readout, &states)?)?;
            Ok((loss, evaluate::slopes(self.ctx, self.circuit, &angles, &case.readout, states, &cotangent)?))
        };
        let found: Vec<(f64, Vec<f64>)> = self.cases.par_iter().map(one).collect::<Result<_>>()?;
        let share = 1.0 / self.cases.len() as f64;
        let mut sums = vec![0.0; grad.len()];
        for (case, (_, slopes)) in self.cases.iter().zip(&found) {
            for (row, slope) in sums.chunks_exact_mut(case.features.len()).zip(slopes) {
                row.iter_mut().zip(&case.features).for_each(|(g, f)| *g += share * slope * f);
            }
        }
        grad.iter_mut().zip(sums).for_each(|(g, s)| *g = s as f32);
        Ok(share * found.iter().map(|f| f.0).sum::<f64>())
    }
}

/// The optimal plan between each row of `sources` (m x D) and of `targets` (m x E), normalised to mass 1, under a cost
/// (D x E): exact, or entropic where an epsilon is given, in units of the cost.
///
/// # Errors
/// Histograms that do not fit each other or the cost, or are not finite; an epsilon that is not positive; interruption.
pub fn optimal_plans(
    ctx: &Context,
    sources: &Points,
    targets: &Points,
    cost: &CostMatrix,
    epsilon: Option<f64>,
) -> Result<Vec<Matrix>> {
    check_counts(sources.len(), targets.len())?;
    let bins = cost.rows().max(cost.cols());
    let one = |(source, target): (&[f64], &[f64])| -> Result<Matrix> {
        let (a, b) = (histogram(source, bins)?, histogram(target, bins)?);
        if let Some(epsilon) = epsilon {
            let solved = Sinkhorn::balanced(epsilon).solve_matrix_with(ctx, &a, &b, cost, None)?;
            return Ok(Matrix::of_potentials(&a, &b, cost, &solved));
        }
        let mut values = vec![0.0; a.len() * b.len()];
        transport_matrix(ctx, &a, &b, cost)?.plan.for_each(|i, j, mass| values[i * b.len() + j] += mass);
        Matrix::new(a.len(), b.len(), values)
    };
    sources.rows().zip(targets.rows()).map(one).collect()
}

/// Fits plans (D x E each, of mass 1) to contexts (m x k), one a row.
///
/// # Errors
/// A setting out of range; another number of plans than contexts, or of different shapes; more bins than `2^qubits`; values
/// that are negative or not finite; a memory budget below the final states; interruption.
pub fn fit_plans(ctx: &Context, contexts: &Points, plans: &[Matrix], config: &Config) -> Result<Fitted> {
    config.check()?;
    check_counts(contexts.len(), plans.len())?;
    let shape = plans.first().map_or((0, 0), |p| (p.rows(), p.cols()));
    if let Some(p) = plans.iter().find(|p| (p.rows(), p.cols()) != shape) {
        let sentence = format!("One plan is {} x {} and another {} x {}.", shape.0, shape.1, p.rows(), p.cols());
        return Err(Error::input(sentence));
    }
    let states = 1 << config.qubits;
    let read = |plan: &Matrix| -> Result<(Readout, Truth)> {
        let mass = plan.mass();
        histogram(plan.values(), plan.values().len())?;
        let (source, target) = (histogram(&plan.row_sums(), states)?, histogram(&plan.column_sums(), states)?);
        Ok((Readout::new(config, &source, &target), Truth::Plan(plan.map(|p| p / mass))))
    };
    let truths = plans.iter().map(read).collect::<Result<_>>()?;
    fit(ctx, contexts, truths, shape, config)
}

/// Fits what becomes of histograms (m x D) at contexts (m x k) to the histograms after (m x E); in the reading `channel`.
///
/// # Errors
/// As [`fit_plans`]; the doubly stochastic reading, in which the marginals are given rather than learned.
pub fn fit_marginals(
    ctx: &Context,
    contexts: &Points,
    sources: &Points,
    targets: &Points,
    config: &Config,
) -> Result<Fitted> {
    config.check()?;
    check_counts(contexts.len(), sources.len())?;
    check_counts(contexts.len(), targets.len())?;
    if config.reading != Reading::Channel {
        return Err(Error::input(format!(
            "In the reading doubly-stochastic the marginals of {NAME} are given, not learned."
        ))
        .advise("Set reading to channel, or fit plans."));
    }
    let states = 1 << config.qubits;
    let read = |(source, target): (&[f64], &[f64])| -> Result<(Readout, Truth)> {
        let (source, target) = (histogram(source, states)?, histogram(target, states)?);
        Ok((Readout::new(config, &source, &target), Truth::Marginal(target)))
    };
    let truths = sources.rows().zip(targets.rows()).map(read).collect::<Result<_>>()?;
    fit(ctx, contexts, truths, (sources.dim(), targets.dim()), config)
}

fn check_counts(one: usize, other: usize) -> Result<()> {
    if one == other && one > 0 {
        return Ok(());
    }
    Err(Error::input(format!("Pairs need as many of one as of the other, and {one} and {other} came.")))
}

fn fit(
    ctx: &Context,
    contexts: &Points,
    truths: Vec<(Readout, Truth)>,
    shape: (usize, usize),
    config: &Config,
) -> Result<Fitted> {
    let begun = Instant::now();
    contexts.check_finite()?;
    let circuit = Circuit::layered(config.qubits + config.ancillas, config.layers)?;
    let features = Features::new(contexts, config.degree);
    let case = |(context, (readout, truth)): (&[f64], (Readout, Truth))| -> Result<Case> {
        Ok(Case { features: features.of(context)?, readout, truth })
    };
    let cases: Vec<Case> = contexts.rows().zip(truths).map(case).collect::<Result<_>>()?;
    cases.iter().try_for_each(|c| c.readout.require(ctx, circuit.qubits()))?;
    let objective = Amortised { ctx, circuit: &circuit, cases };
    let mut best: Option<(f64, Vec<f32>, Report)> = None;
    for start in 0..config.starts {
        let first = first(ctx.seed(), start as u64, circuit.angles(), features.len());
        let named = Fit::new(&objective, &config.fit)?.named(format!("{NAME}, start {}", start + 1));
        let fitted = named.run(ctx, first)?;
        let mut grad = vec![0.0; fitted.params.len()];
        let loss = ctx.install(|| objective.loss_grad(&fitted.params, &(), &mut grad))?;
        if best.as_ref().is_none_or(|b| loss < b.0) {
            best = Some((loss, fitted.params, fitted.report));
        }
    }
    let (loss, params, ended) = best.ok_or_else(|| Error::failed("No training ended with a loss that is a number."))?;
    let report = Report::new(ended.status, ended.iterations).residual("relative square error", loss).timed(begun);
    let weights = params.iter().map(|p| f64::from(*p)).collect();
    Ok(Fitted { model: Model { config: config.clone(), circuit, features, weights, shape }, report })
}

/// Random angles that depend a little on the context; at zero the circuit is the identity, where all slopes vanish.
fn first(seed: u64, start: u64, angles: usize, features: usize) -> Vec<f32> {
    let mut stream = Stream::new(seed, "qontot-start", start);
    (0..angles * features).map(|e| (SPREAD[usize::from(e % features > 0)] * stream.normal()) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_nn::FitConfig;

    fn small(reading: Reading) -> Config {
        let fit = FitConfig { steps: 2, ..Config::default().fit };
        Config { qubits: 2, layers: 1, starts: 1, reading, fit, ..Config::default() }
    }

    #[test]
    fn what_cannot_be_learned_is_refused() {
        let ctx = Context::new(0, 1).unwrap();
        let contexts = Points::new(1, vec![0.0, 1.0]).unwrap();
        let plan = |n: usize| Matrix::new(n, n, vec![1.0; n * n]).unwrap();
        let refused =
            |plans: &[Matrix], config: &Config| fit_plans(&ctx, &contexts, plans, config).unwrap_err().to_string();
        let config = small(Reading::DoublyStochastic);
        assert!(refused(&[plan(2)], &config).contains("2 and 1"));
        assert!(refused(&[plan(2), plan(3)], &config).contains("3 x 3"));
        assert!(refused(&[plan(5), plan(5)], &config).contains("only 4 states"));
        assert!(
            refused(&[plan(2), plan(2)], &Config { ancillas: 11, ..config.clone() })
                .contains("ancillas of qontot is 11")
        );
        let tight = ctx.clone().with_memory(Some(1000));
        assert!(fit_plans(&tight, &contexts, &[plan(2), plan(2)], &config).unwrap_err().to_string().contains("memory"));
        let rows = Points::new(2, vec![0.5; 4]).unwrap();
        let wrong = fit_marginals(&ctx, &contexts, &rows, &rows, &config).unwrap_err().to_string();
        assert!(wrong.contains("doubly-stochastic"));
        let model = fit_plans(&ctx, &contexts, &[plan(2), plan(2)], &config).unwrap().model;
        assert!(model.push(&ctx, &[0.0], &[0.5, 0.5]).unwrap_err().to_string().contains("both histograms"));
        assert!(model.plan(&ctx, &[0.0], &[0.5, 0.3, 0.2], &[0.5, 0.5]).unwrap_err().to_string().contains("of 2 bins"));
        assert!(model.plan(&ctx, &[f64::NAN], &[0.5, 0.5], &[0.5, 0.5]).is_err());
    }

    /// Three bins on one side, two on the other, one of them empty: the marginals hold, in either reading.
    #[test]
    fn plans_have_the_marginals_that_were_asked_for() {
        let ctx = Context::new(0, 2).unwrap();
        let contexts = Points::new(2, vec![0.0, 1.0, 1.0, 1.0]).unwrap();
        let plans = [0.3, 0.1].map(|v| Matrix::new(3, 2, vec![v, 0.2, 0.0, 0.2, 0.1, 0.5 - v]).unwrap());
        for reading in [Reading::DoublyStochastic, Reading::Channel] {
            let model = fit_plans(&ctx, &contexts, &plans, &small(reading)).unwrap().model;
            let plan = model.plan(&ctx, &[0.5, 1.0], &[0.0, 0.6, 0.4], &[0.3, 0.7]).unwrap();
            let far = |sums: Vec<f64>, truth: &[f64]| sums.iter().zip(truth).all(|(s, t)| (s - t).abs() < 1e-9);
            assert!(far(plan.row_sums(), &[0.0, 0.6, 0.4]) && far(plan.column_sums(), &[0.3, 0.7]), "{plan:?}");
        }
    }
}
