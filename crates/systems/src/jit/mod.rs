//! A graph as machine code of the processor it runs on.
//!
//! What runs is arithmetic only: the instructions are those of [`encode`], addresses are fixed places in four arrays
//! whose lengths are known when the code is made, and there are no jumps. The pages are written first and executable
//! afterwards, never both. Where a processor, or an operating system, does not allow it, [`crate::program`] interprets.

mod allocate;
mod encode;
mod lower;

pub(crate) use encode::Isa;

use crate::expr::{Binary, FUNCTIONS, Graph, Id};
use crate::kernel::Numbers;
use allocate::{Layout, emit};
use encode::{Assembler, Width};
use memmap2::{Mmap, MmapMut};

/// Inputs, outputs, scratch and constants, as in [`Compiled::run`].
type Entry = unsafe extern "sysv64" fn(*const f64, *mut f64, *mut f64, *const f64);

/// Machine code that computes outputs from inputs, for one state or for eight or sixteen at a time.
#[derive(Debug)]
pub(crate) struct Compiled {
    pages: Mmap,
    constants: Numbers,
    inputs: usize,
    outputs: usize,
    scratch: usize,
    lanes: usize,
}

impl Compiled {
    /// Computes `outputs` from `inputs` inputs, for 1, 8 or 16 states; nothing where pages cannot be made executable.
    pub fn new(isa: Isa, graph: &Graph, inputs: usize, outputs: &[Id], lanes: usize) -> Option<Self> {
        let mut assembler = Assembler::new(isa);
        assembler.enter();
        // Sixteen registers hold one state, thirty-two hold two.
        let (width, most) = match (lanes, isa) {
            (1, _) => (Width::One, 1),
            (_, Isa::Avx2) => (Width::Four, 1),
            (_, Isa::Avx512) => (Width::Eight, 2),
        };
        let registers = lanes / width.numbers();
        let copies = registers.min(most);
        let code = lower::lower(graph, inputs, outputs).abreast(copies);
        let part = |k: usize| (8 * k * copies * width.numbers()) as i32;
        let layouts =
            (0..registers / copies).map(|k| Layout { width, stride: 8 * lanes as i32, offset: part(k), copies });
        let scratch = layouts.map(|layout| emit(&code, layout, isa, &mut assembler)).max().unwrap_or(0);
        assembler.leave();
        let mut pages = MmapMut::map_anon(assembler.bytes.len()).ok()?;
        pages.copy_from_slice(&assembler.bytes);
        let pages = pages.make_exec().ok()?;
        // Masks are read as whole registers: one number of room after the last.
        let mut constants = Numbers::zeros(code.constants.len() * lanes + 1);
        for (numbers, bits) in constants.chunks_exact_mut(lanes).zip(&code.constants) {
            numbers.fill(f64::from_bits(*bits));
        }
        Some(Self { pages, constants, inputs, outputs: outputs.len(), scratch, lanes })
    }

    /// Values of scratch that [`Compiled::run`] needs.
    pub fn scratch(&self) -> usize {
        self.scratch * self.lanes
    }

    /// Computes the outputs (`outputs x lanes`) from the inputs (`inputs x lanes`).
    pub fn run(&self, inputs: &[f64], outputs: &mut [f64], scratch: &mut [f64]) {
        assert!(
            inputs.len() >= self.inputs * self.lanes
                && outputs.len() >= self.outputs * self.lanes
                && scratch.len() >= self.scratch()
        );
        // SAFETY: the pages hold a whole function of this type, made by `new` for the instructions of this processor. It
        // reads and writes fixed places below the lengths just checked, and constants, which it owns.
        unsafe {
            let entry = std::mem::transmute::<*const u8, Entry>(self.pages.as_ptr());
            entry(inputs.as_ptr(), outputs.as_mut_ptr(), scratch.as_mut_ptr(), self.constants.as_ptr());
        }
    }
}

/// Function number `function` of `N` numbers, in place.
extern "sysv64" fn one<const N: usize>(x: *mut f64, function: u32) {
    // SAFETY: compiled code calls this with the place of N numbers of its scratch.
    let x = unsafe { &mut *x.cast::<[f64; N]>() };
    if let Some((_, function)) = FUNCTIONS.get(function as usize) {
        *x = x.map(|x| function.of(x));
    }
}

/// `a = a op b` for `N` numbers, where `op` is not one of the processor's.
extern "sysv64" fn two<const N: usize>(a: *mut f64, b: *const f64, op: u32) {
    // SAFETY: compiled code calls this with the places of N numbers of its scratch and of another of its arrays.
    let (a, b) = unsafe { (&mut *a.cast::<[f64; N]>(), &*b.cast::<[f64; N]>()) };
    let op = if op == Binary::Modulo as u32 { Binary::Modulo } else { Binary::Power };
    a.iter_mut().zip(b).for_each(|(a, b)| *a = op.of(*a, *b));
}

fn call_one(n: usize) -> usize {
    match n {
        1 => one::<1> as *const () as usize,
        4 => one::<4> as *const () as usize,
        _ => one::<8> as *const () as usize,
    }
}

fn call_two(n: usize) -> usize {
    match n {
        1 => two::<1> as *const () as usize,
        4 => two::<4> as *const () as usize,
        _ => two::<8> as *const () as usize,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::equations::Equations;
    use crate::kernel::{Kernel, LANES, WIDE};
    use crate::step::{Dense, Pair};
    use crate::{Kind, Record, catalogue, read};
    use thalweg_core::Stream;

    /// Instructions of this processor: narrower ones are a part of wider ones.
    fn sets() -> Vec<Isa> {
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
}
