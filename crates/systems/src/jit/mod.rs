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
mod random;
#[cfg(test)]
mod tests;
