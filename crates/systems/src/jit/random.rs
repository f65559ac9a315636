//! Machine code of graphs that nobody wrote, at numbers that nobody would take.
//!
//! From graph to operations, then from operations to machine code: the first is compared with the interpreter where
//! every result is exact, the second with the operations done one by one, bit for bit, whatever the numbers.

use super::encode::{Fused, Plain};
use super::lower::{Action, Code, lower};
use super::tests::sets;
use super::*;
use crate::kernel::{Kernel, LANES, WIDE};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// An operation on values made before: which, and of which two.
type Choice = (usize, usize, usize);

const BINARY: [Binary; 8] = [
    Binary::Add,
    Binary::Sub,
    Binary::Mul,
    Binary::Div,
    Binary::Least,
    Binary::Greatest,
    Binary::Modulo,
    Binary::Power,
];

/// Numbers at the ends of what there is.
const EXTREME: [f64; 16] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
    f64::MAX,
    f64::MIN_POSITIVE,
    5e-324,
    -3e-310,
    1e200,
    -1e-200,
    64.0,
    -2.5,
];

/// A graph of `inputs` inputs whose outputs are the last values and some of the others.
fn grown(inputs: usize, numbers: &[f64], choices: &[Choice], simple: bool) -> (Graph, Vec<Id>) {
    let mut graph = Graph::default();
    let mut values: Vec<Id> = (0..inputs).map(|k| graph.input(k)).collect();
    values.extend(numbers.iter().map(|v| graph.number(*v)));
    for (kind, a, b) in choices {
        // Half of all operands are recent, so that chains grow deep.
        let pick = |k: usize| {
            values[if k.is_multiple_of(2) {
                k / 2 % values.len()
            } else {
                values.len() - 1 - k / 2 % values.len().min(6)
            }]
        };
        let (a, b) = (pick(*a), pick(*b));
        let kinds = if simple { 7 } else { BINARY.len() + FUNCTIONS.len() + 2 };
        let value = match (kind % kinds, simple) {
            (k, true) if k < 3 => graph.binary(BINARY[k], a, b),
            (3, true) => graph.binary(Binary::Least, a, b),
            (4, true) => graph.binary(Binary::Greatest, a, b),
            (5, true) => graph.minus(a),
            (_, true) => graph.call(crate::expr::Function::Abs, a),
            (k, _) if k < BINARY.len() => graph.binary(BINARY[k], a, b),
            (k, _) if k < BINARY.len() + FUNCTIONS.len() => graph.call(FUNCTIONS[k - BINARY.len()].1, a),
            (k, _) if k == BINARY.len() + FUNCTIONS.len() => graph.minus(a),
            _ => {
                let exponent = graph.number((*kind % 7) as f64);
                graph.binary(Binary::Power, a, exponent)
            }
        };
        values.push(value);
    }
    let outputs = values.iter().rev().enumerate().filter(|(k, _)| *k < 5 || k % 7 == 0).map(|(_, id)| *id).collect();
    (graph, outputs)
}

/// The operations one by one.
fn done(code: &Code, inputs: &[f64]) -> Vec<f64> {
    let mut values = inputs.to_vec();
    values.extend(code.constants.iter().map(|bits| f64::from_bits(*bits)));
    values.resize(code.values, f64::NAN);
    for operation in &code.operations {
        let [a, b, c] = operation.operands.map(|v| values[v as usize]);
        let bits = |f: fn(u64, u64) -> u64| f64::from_bits(f(a.to_bits(), b.to_bits()));
        values[operation.to as usize] = match operation.action {
            Action::Plain(op) => match op {
                Plain::Add => a + b,
                Plain::Sub => a - b,
                Plain::Mul => a * b,
                Plain::Div => a / b,
                Plain::Least => Binary::Least.of(a, b),
                Plain::Greatest => Binary::Greatest.of(a, b),
                Plain::Root => a.sqrt(),
            },
            Action::Fused(Fused::Add) => a.mul_add(b, c),
            Action::Fused(Fused::Sub) => a.mul_add(b, -c),
            Action::Fused(Fused::From) => (-a).mul_add(b, c),
            Action::Floor => a.floor(),
            Action::And => bits(|a, b| a & b),
            Action::Xor => bits(|a, b| a ^ b),
            Action::Call(function) => function.of(a),
            Action::CallTwo(op) => op.of(a, b),
        };
    }
    code.outputs.iter().map(|v| values[*v as usize]).collect()
}

/// Whether both are the same number; which of its many NaN is does not matter.
fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

fn settings(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, rng_seed: RngSeed::Fixed(4), failure_persistence: None, ..ProptestConfig::default() }
}

fn choices(most: usize) -> impl Strategy<Value = Vec<Choice>> {
    prop::collection::vec((0..1000_usize, 0..10_000_usize, 0..10_000_usize), 1..most)
}

proptest! {
    #![proptest_config(settings(300))]

    /// Of up to 60 inputs, more than there are registers, and 250 operations.
    #[test]
    fn machine_code_is_its_operations(
        inputs in 1..60_usize,
        choices in choices(250),
        numbers in prop::collection::vec(prop_oneof![-3.0..3.0_f64, prop::sample::select(&EXTREME[..7])], 0..12),
        ordinary in prop::collection::vec(-4.0..4.0_f64, 60 * WIDE),
        extreme in prop::collection::vec(0..64_usize, 60 * WIDE),
    ) {
        let (graph, outputs) = grown(inputs, &numbers, &choices, false);
        let code = lower(&graph, inputs, &outputs);
        let state = |lane: usize, k: usize| {
            let at = k * WIDE + lane;
            EXTREME.get(extreme[at]).copied().unwrap_or(ordinary[at])
        };
        for isa in sets() {
            for lanes in [1, LANES, WIDE] {
                let compiled = Compiled::new(isa, &graph, inputs, &outputs, lanes).unwrap();
                let (mut from, mut to) = (Numbers::zeros(inputs * lanes), Numbers::zeros(outputs.len() * lanes));
                for (at, value) in from.iter_mut().enumerate() {
                    *value = state(at % lanes, at / lanes);
                }
                compiled.run(&from, &mut to, &mut Numbers::zeros(compiled.scratch()));
                for lane in 0..lanes {
                    let own: Vec<f64> = (0..inputs).map(|k| state(lane, k)).collect();
                    for (k, expected) in done(&code, &own).into_iter().enumerate() {
                        let found = to[k * lanes + lane];
                        prop_assert!(same(found, expected), "{isa:?}, {lanes} lanes: output {k} is {found} for {expected}");
                    }
                }
            }
        }
    }

    /// Where nothing is rounded the operations are those of the interpreter, fused or not.
    #[test]
    fn operations_are_the_graph(
        inputs in 1..9_usize,
        choices in choices(40),
        states in prop::collection::vec(-4..5_i32, 9),
    ) {
        let (graph, outputs) = grown(inputs, &[2.0, -1.0, 3.0], &choices, true);
        let own: Vec<f64> = states[..inputs].iter().map(|v| f64::from(*v)).collect();
        let interpret = |outputs: &[Id]| {
            let mut values = Numbers::zeros(outputs.len());
            Kernel::interpreted(&graph, inputs, outputs, 1).run(&own, &mut values, &mut []);
            values.to_vec()
        };
        // Whole numbers of which all are exact.
        let every: Vec<Id> = (0..graph.len()).map(|k| Id(k as u32)).collect();
        prop_assume!(interpret(&every).iter().all(|v| v.abs() < 1e15));
        for (found, expected) in done(&lower(&graph, inputs, &outputs), &own).into_iter().zip(interpret(&outputs)) {
            prop_assert!(found == expected, "{found} for {expected}");
        }
    }
}
