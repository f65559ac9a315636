//! Machine code of real laws beside the interpreter.

use super::*;
use crate::equations::Equations;
use crate::kernel::{Kernel, LANES, WIDE};
use crate::step::{Dense, Pair};
use crate::{Kind, Record, catalogue, read};
use thalweg_core::Stream;

/// Instructions of this processor: narrower ones are a part of wider ones.
pub(super) fn sets() -> Vec<Isa> {
    match Isa::detect() {
        Some(Isa::Avx512) => vec![Isa::Avx2, Isa::Avx512],
        other => other.into_iter().collect(),
    }
}

/// Holds machine code of every set and width to the interpreter, at states near the initial one.
fn hold(record: &Record, graph: &Graph, inputs: usize, outputs: &[Id]) {
    let mut stream = Stream::new(0, "systems/jit", 0);
    let mut states = Numbers::zeros(inputs * LANES);
    for (k, value) in states.iter_mut().enumerate() {
        let middle = record.start.get(k / LANES).copied().unwrap_or(1e-4);
        *value = middle * (1.0 + 0.01 * stream.normal());
    }
    let mut expected = Numbers::zeros(outputs.len() * LANES);
    Kernel::interpreted(graph, inputs, outputs, LANES).run(&states, &mut expected, &mut []);
    for isa in sets() {
        let wide = Compiled::new(isa, graph, inputs, outputs, LANES).unwrap();
        let single = Compiled::new(isa, graph, inputs, outputs, 1).unwrap();
        let mut found = Numbers::zeros(outputs.len() * LANES);
        wide.run(&states, &mut found, &mut Numbers::zeros(wide.scratch()));
        // Twice the same states, side by side.
        let double = Compiled::new(isa, graph, inputs, outputs, WIDE).unwrap();
        let (mut both, mut twice) = (Numbers::zeros(inputs * WIDE), Numbers::zeros(outputs.len() * WIDE));
        both.iter_mut().enumerate().for_each(|(k, v)| *v = states[k / WIDE * LANES + k % LANES]);
        double.run(&both, &mut twice, &mut Numbers::zeros(double.scratch()));
        for (k, value) in twice.iter().enumerate() {
            let alone = found[k / WIDE * LANES + k % LANES];
            assert_eq!(value.to_bits(), alone.to_bits(), "{} {isa:?} output {} of {WIDE}", record.name, k / WIDE);
        }
        for lane in 0..LANES {
            let own: Vec<f64> = (0..inputs).map(|k| states[k * LANES + lane]).collect();
            let mut alone = Numbers::zeros(outputs.len());
            single.run(&own, &mut alone, &mut Numbers::zeros(single.scratch()));
            for (k, alone) in alone.iter().enumerate() {
                let (found, expected) = (found[k * LANES + lane], expected[k * LANES + lane]);
                let what = format!("{} {isa:?} output {k} lane {lane}", record.name);
                assert_eq!(found.to_bits(), alone.to_bits(), "{what}: {found} and {alone} alone");
                let same = found == expected || (found.is_nan() && expected.is_nan());
                assert!(
                    same || (found - expected).abs() <= 1e-9 * expected.abs().max(1.0),
                    "{what}: {found} for {expected}"
                );
            }
        }
    }
}

#[test]
fn every_operation_is_that_of_the_interpreter() {
    let text = "flow all | x y z | a=3 b=0.5 |
        x+y*z-a/x+min(x,y)*max(y,z)-abs(z)-sign(x)+step(y)+floor(3*x)+x%b-x*y+z*z*z-(y-x*z)+(x*y-z)+1/(2-x)+7;
        sin(x)+cos(y)*tan(z)-asin(0.1*x)+acos(0.1*y)-atan(z)+exp(-x)-log(x^2+1)+sqrt(y^2+b)-y^2*x^5+x/3-y*x^6;
        sinh(x)-cosh(y)+tanh(z)+(x^2+1)^1.3-x-(-y)*z+sum(k,1,9,sin(k*x)*k*y) | 0.4 0.6 0.8";
    let record = &read(text).unwrap()[0];
    let values: Vec<f64> = record.parameters.iter().map(|(_, v)| *v).collect();
    let mut equations = Equations::new(record, &values).unwrap();
    let columns = equations.jacobian().concat();
    // Outputs that are inputs, constants and each other.
    let mut outputs = [equations.rates.clone(), columns].concat();
    let (input, number) = (equations.graph.input(1), equations.graph.number(2.5));
    outputs.extend([input, number, outputs[0], input]);
    hold(record, &equations.graph, equations.inputs, &outputs);
}

#[test]
fn steps_of_all_flows_are_those_of_the_interpreter() {
    for record in catalogue().unwrap().iter().filter(|r| r.kind == Kind::Flow) {
        let values: Vec<f64> = record.parameters.iter().map(|(_, v)| *v).collect();
        let equations = Equations::new(record, &values).unwrap();
        let law = equations.law();
        let dense = Dense::new(&law);
        hold(record, &dense.graph, dense.inputs, &dense.coefficients);
        let pair = Pair::new(&law, 1e-6);
        hold(record, &pair.graph, law.width() + 2, &pair.outputs(&pair.stages));
    }
}

#[test]
fn steps_with_tangents_are_those_of_the_interpreter() {
    for name in ["Lorenz63", "CellCycle", "MacArthur"] {
        let record = &crate::find(catalogue().unwrap(), name).unwrap();
        let values: Vec<f64> = record.parameters.iter().map(|(_, v)| *v).collect();
        let equations = Equations::new(record, &values).unwrap();
        let (graph, inputs, outputs) = crate::step::tangents::tangents(&equations, 1e-6);
        hold(record, &graph, inputs, &outputs);
    }
}
