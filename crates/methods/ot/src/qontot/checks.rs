//! Claims of contextual transport by a circuit.

use super::evaluate;
use super::readout::Readout;
use super::{Config, Reading, fit_marginals, fit_plans, optimal_plans, stochastic};
use crate::Matrix;
use std::f64::consts::FRAC_PI_2;
use thalweg_core::{Check, Context, Measured, Points, Result, Stream};
use thalweg_ot::CostMatrix;
use thalweg_quantum::{Circuit, Gate};

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "doubly-stochastic",
        claim: "Whatever the angles, rows and columns of the matrix of two qubits and an ancilla sum to 1, and the marginals of \
                a plan are the shares of its bins, to 1e-12",
        source: "unitarity",
        run: sums,
    },
    Check {
        name: "permutations",
        claim: "A circuit of nots, controlled or not, is exactly the permutation that it makes of bits",
        source: "the same circuit on bits",
        run: permutations,
    },
    Check {
        name: "ancilla-mixes",
        claim: "With an ancilla the mean of the identity and a cyclic shift of four states is reached, which is the squares of no \
                4 x 4 unitary: neighbouring rows meet in one column and cannot be orthogonal",
        source: "construction",
        run: mixture,
    },
    Check {
        name: "gradient",
        claim: "Slopes by running the circuit in reverse are those of the parameter shift rule",
        source: "parameter shift, exact for rotations: half the difference of the values at a quarter turn to either side",
        run: gradient,
    },
    Check {
        name: "rotation-extrapolates",
        claim: "Trained on eight contexts p from 0 to 1 of the matrix with cos(p)^2 on the diagonal, one qubit is within 1e-3 \
                of it up to p = 1.2",
        source: "closed form",
        run: rotation,
    },
    Check {
        name: "unseen-doses",
        claim: "At doses between those of the training, plans have at most half the relative Frobenius error of the mean plan, and \
                exact marginals",
        source: "entropic plans at the unseen doses",
        run: doses,
    },
    Check {
        name: "damping",
        claim: "Histograms before and after suffice to learn that a state decays with probability sin(p)^2: at unseen p and from \
                unseen histograms the prediction is within 0.02, where mass gathers as no doubly stochastic matrix does",
        source: "closed form: amplitude damping",
        run: damping,
    },
];

fn random_angles(ctx: &Context, purpose: &str, circuit: &Circuit) -> Vec<f64> {
    let mut stream = Stream::new(ctx.seed(), purpose, 0);
    (0..circuit.angles()).map(|_| 2.0 * stream.normal()).collect()
}

fn largest(values: &[f64], truth: &[f64]) -> f64 {
    values.iter().zip(truth).map(|(v, t)| (v - t).abs()).fold(0.0, f64::max)
}

fn sums(ctx: &Context) -> Result<Vec<Measured>> {
    let circuit = Circuit::layered(3, 3)?;
    let angles = random_angles(ctx, "qontot-sums", &circuit);
    let matrix = stochastic(ctx, &circuit, &angles, 2)?;
    let error = largest(&matrix.row_sums(), &[1.0; 4]).max(largest(&matrix.column_sums(), &[1.0; 4]));
    let readout = Readout::shared(1, &[1, 0, 3], &[2, 2]);
    let plan = evaluate::plan(&readout, &evaluate::run(ctx, &circuit, &angles, &readout)?)?;
    let shares = largest(&plan.row_sums(), &[0.25, 0.0, 0.75]).max(largest(&plan.column_sums(), &[0.5, 0.5]));
    Ok(vec![
        Measured::at_most("largest error of a sum of the matrix", error, 1e-12),
        Measured::at_most("largest error of a marginal of the plan", shares, 1e-12),
    ])
}

fn permutations(ctx: &Context) -> Result<Vec<Measured>> {
    let mut stream = Stream::new(ctx.seed(), "qontot-bits", 0);
    let mut circuit = Circuit::new(3)?;
    let mut bits: Vec<usize> = (0..8).collect();
    for _ in 0..20 {
        let order = stream.permutation(3);
        if stream.below(3) == 0 {
            circuit.gate(Gate::x(order[0]))?;
            bits.iter_mut().for_each(|b| *b ^= 1 << order[0]);
        } else {
            circuit.gate(Gate::cx(order[0], order[1])?)?;
            bits.iter_mut().for_each(|b| *b ^= (*b >> order[0] & 1) << order[1]);
        }
    }
    let matrix = stochastic(ctx, &circuit, &[], 3)?;
    let truth: Vec<f64> = (0..64).map(|e| f64::from(u8::from(bits[e / 8] == e % 8))).collect();
    Ok(vec![Measured::at_most("largest error of an entry", largest(matrix.values(), &truth), 0.0)])
}

fn mixture(ctx: &Context) -> Result<Vec<Measured>> {
    let mut circuit = Circuit::new(3)?;
    // One more, modulo four, where the ancilla is 1.
    circuit.gate(Gate::cx(0, 1)?.controlled(2)?)?;
    circuit.gate(Gate::cx(2, 0)?)?;
    let matrix = stochastic(ctx, &circuit, &[], 2)?;
    let share = |e: usize| if e / 4 == e % 4 || (e / 4 + 1) % 4 == e % 4 { 0.5 } else { 0.0 };
    let truth: Vec<f64> = (0..16).map(share).collect();
    Ok(vec![Measured::at_most("largest error of an entry", largest(matrix.values(), &truth), 0.0)])
}

fn gradient(ctx: &Context) -> Result<Vec<Measured>> {
    let circuit = Circuit::layered(3, 2)?;
    let angles = random_angles(ctx, "qontot-gradient", &circuit);
    let readout = Readout::shared(1, &[1, 3], &[2, 1, 1]);
    let mut stream = Stream::new(ctx.seed(), "qontot-gradient", 1);
    let cotangent = Matrix::new(2, 3, (0..6).map(|_| stream.normal()).collect())?;
    let value = |angles: &[f64]| -> Result<f64> {
        Ok(evaluate::plan(&readout, &evaluate::run(ctx, &circuit, angles, &readout)?)?.dot(&cotangent))
    };
    let states = evaluate::run(ctx, &circuit, &angles, &readout)?;
    let slopes = evaluate::slopes(ctx, &circuit, &angles, &readout, states, &cotangent)?;
    let mut error = 0.0_f64;
    for (k, slope) in slopes.iter().enumerate() {
        let shifted = |by: f64| -> Result<f64> {
            let mut angles = angles.clone();
            angles[k] += by;
            value(&angles)
        };
        error = error.max(((shifted(FRAC_PI_2)? - shifted(-FRAC_PI_2)?) / 2.0 - slope).abs());
    }
    Ok(vec![Measured::at_most("largest error of a slope", error, 1e-12)])
}

fn rotation(ctx: &Context) -> Result<Vec<Measured>> {
    let truth = |p: f64| {
        let (stay, go) = (p.cos().powi(2), p.sin().powi(2));
        [stay, go, go, stay]
    };
    let contexts = Points::new(1, (0..8).map(|k| f64::from(k) / 7.0).collect())?;
    let halved = |p: f64| Matrix::new(2, 2, truth(p).map(|v| v / 2.0).to_vec());
    let plans: Vec<Matrix> = contexts.values().iter().map(|p| halved(*p)).collect::<Result<_>>()?;
    let config = Config { qubits: 1, ancillas: 0, layers: 0, ..Config::default() };
    let model = fit_plans(ctx, &contexts, &plans, &config)?.model;
    let mut error = 0.0_f64;
    for p in (0..=8).map(|k| 1.0 + f64::from(k) / 40.0) {
        error = error.max(largest(model.kernel(ctx, &[p])?.values(), &truth(p)));
    }
    Ok(vec![Measured::at_most("largest error of an entry for p from 1 to 1.2", error, 1e-3)])
}

/// Histograms on four bins that move to the right with the dose, each pair about a base of its own.
fn histograms(doses: &[f64], stream: &mut Stream) -> Result<(Points, Points)> {
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for dose in doses {
        let base: Vec<f64> = (0..4).map(|j| (-0.5 * f64::from(j)).exp() * (1.0 + 0.1 * stream.uniform())).collect();
        after.extend(base.iter().enumerate().map(|(j, b)| b * (1.5 * dose * j as f64).exp()));
        before.extend(base);
    }
    let normalised = |values: Vec<f64>| -> Result<Points> {
        let mut points = Points::new(4, values)?;
        for i in 0..points.len() {
            let mass: f64 = points.row(i).iter().sum();
            points.row_mut(i).iter_mut().for_each(|v| *v /= mass);
        }
        Ok(points)
    };
    Ok((normalised(before)?, normalised(after)?))
}

fn doses(ctx: &Context) -> Result<Vec<Measured>> {
    let mut stream = Stream::new(ctx.seed(), "qontot-doses", 0);
    let cost = CostMatrix::new(4, 4, (0..16).map(|e| ((e / 4) as f64 - (e % 4) as f64).powi(2)).collect())?;
    let seen: Vec<f64> = (0..9).map(|k| f64::from(k) / 8.0).collect();
    let unseen: Vec<f64> = (0..8).map(|k| (f64::from(k) + 0.5) / 8.0).collect();
    let (before, after) = histograms(&seen, &mut stream)?;
    let plans = optimal_plans(ctx, &before, &after, &cost, Some(0.5))?;
    let config = Config {
        ancillas: 0,
        starts: 1,
        fit: thalweg_nn::FitConfig { steps: 300, ..Config::default().fit },
        ..Config::default()
    };
    let model = fit_plans(ctx, &Points::new(1, seen)?, &plans, &config)?.model;
    let mean = plans.iter().skip(1).fold(plans[0].clone(), |sum, p| sum.with(p, |a, b| a + b));
    let mean = mean.map(|v| v / plans.len() as f64);
    let (before, after) = histograms(&unseen, &mut stream)?;
    let truths = optimal_plans(ctx, &before, &after, &cost, Some(0.5))?;
    let (mut ours, mut constant, mut marginal) = (0.0, 0.0, 0.0_f64);
    for (k, truth) in truths.iter().enumerate() {
        let plan = model.plan(ctx, &[unseen[k]], before.row(k), after.row(k))?;
        let distance = |plan: &Matrix| (plan.with(truth, |p, t| (p - t) * (p - t)).mass() / truth.dot(truth)).sqrt();
        ours += distance(&plan) / 8.0;
        constant += distance(&mean) / 8.0;
        marginal = marginal.max(largest(&plan.row_sums(), before.row(k)));
        marginal = marginal.max(largest(&plan.column_sums(), after.row(k)));
    }
    Ok(vec![
        Measured::at_most("relative Frobenius error, of that of the mean plan", ours / constant, 0.5),
        Measured::at_most("largest error of a marginal", marginal, 1e-10),
    ])
}

fn damping(ctx: &Context) -> Result<Vec<Measured>> {
    let mut stream = Stream::new(ctx.seed(), "qontot-damping", 0);
    let decayed = |p: f64, one: f64| one * p.cos().powi(2);
    let (mut contexts, mut before, mut after) = (Vec::new(), Vec::new(), Vec::new());
    for k in 0..24 {
        let (p, one) = (1.4 * f64::from(k / 3) / 7.0, stream.uniform());
        contexts.push(p);
        before.extend([1.0 - one, one]);
        after.extend([1.0 - decayed(p, one), decayed(p, one)]);
    }
    let config = Config { qubits: 1, layers: 4, reading: Reading::Channel, ..Config::default() };
    let [contexts, before, after] = [(1, contexts), (2, before), (2, after)].map(|(d, v)| Points::new(d, v));
    let model = fit_marginals(ctx, &contexts?, &before?, &after?, &config)?.model;
    let mut error = 0.0_f64;
    for k in 0..7 {
        let (p, one) = (1.4 * (f64::from(k) + 0.5) / 7.0, stream.uniform());
        let found = model.push(ctx, &[p], &[1.0 - one, one])?;
        error = error.max((found[1] - decayed(p, one)).abs());
    }
    Ok(vec![Measured::at_most("largest error of a prediction", error, 0.02)])
}
