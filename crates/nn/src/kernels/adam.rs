//! Adam and AdamW in one pass over the flat buffers.

use super::Isa;
use super::isa::{madd, vectorised};
use rayon::prelude::*;

/// Elements a task: large enough to hide its start, small enough to spread over threads.
const CHUNK: usize = 16_384;

/// Settings of one step of Adam (Kingma and Ba 2015), with decoupled decay (Loshchilov and Hutter 2019).
#[derive(Debug)]
pub struct AdamStep<'a> {
    /// Learning rate of this step.
    pub lr: f64,
    /// Decay of the first moment.
    pub beta1: f64,
    /// Decay of the second moment.
    pub beta2: f64,
    /// Added to the root of the second moment.
    pub eps: f64,
    /// Decoupled weight decay: parameters shrink by `1 - lr weight_decay` first.
    pub weight_decay: f64,
    /// Number of this step, from one.
    pub step: u64,
    /// The gradient is multiplied by this (clipping by norm); one for none.
    pub grad_scale: f64,
    /// Averaged parameters and their decay: `ema = decay ema + (1 - decay) params` after the step.
    pub ema: Option<(&'a mut [f32], f64)>,
}

/// One step of Adam on `params` with moments `m`, `v` and gradient `grad`, all of one length.
///
/// Runs on the threads of the caller's rayon pool; elementwise, so the result does not depend on them.
///
/// # Panics
/// The buffers differ in length.
pub fn adam_step(params: &mut [f32], m: &mut [f32], v: &mut [f32], grad: &[f32], step: AdamStep<'_>) {
    let n = params.len();
    assert!(m.len() == n && v.len() == n && grad.len() == n, "Adam's buffers differ in length");
    let rates = Rates::new(&step);
    let isa = Isa::detect();
    let (ema, decay) = match step.ema {
        Some((ema, decay)) => (ema, decay as f32),
        None => (&mut [][..], 0.0),
    };
    assert!(ema.is_empty() || ema.len() == n, "Adam's buffers differ in length");
    if n <= 2 * CHUNK {
        update(isa, params, m, v, grad, rates);
        average(isa, ema, params, decay);
        return;
    }
    let moments = m.par_chunks_mut(CHUNK).zip(v.par_chunks_mut(CHUNK));
    let chunks = params.par_chunks_mut(CHUNK).zip(moments).zip(grad.par_chunks(CHUNK));
    if ema.is_empty() {
        chunks.for_each(|((p, (m, v)), g)| update(isa, p, m, v, g, rates));
    } else {
        chunks.zip(ema.par_chunks_mut(CHUNK)).for_each(|(((p, (m, v)), g), e)| {
            update(isa, p, m, v, g, rates);
            average(isa, e, p, decay);
        });
    }
}

/// The numbers of a step as the loop uses them.
#[derive(Clone, Copy)]
pub(crate) struct Rates {
    shrink: f32,
    scale: f32,
    beta1: f32,
    rest1: f32,
    beta2: f32,
    rest2: f32,
    rate: f32,
    root: f32,
    eps: f32,
}

impl Rates {
    fn new(s: &AdamStep<'_>) -> Self {
        let power = s.step.max(1) as f64;
        Self {
            shrink: (1.0 - s.lr * s.weight_decay) as f32,
            scale: s.grad_scale as f32,
            beta1: s.beta1 as f32,
            rest1: (1.0 - s.beta1) as f32,
            beta2: s.beta2 as f32,
            rest2: (1.0 - s.beta2) as f32,
            rate: (s.lr / (1.0 - s.beta1.powf(power))) as f32,
            root: (1.0 / (1.0 - s.beta2.powf(power)).sqrt()) as f32,
            eps: s.eps as f32,
        }
    }
}

vectorised!(update = update_body(p: &mut [f32], m: &mut [f32], v: &mut [f32], g: &[f32], r: Rates));
vectorised!(average = average_body(ema: &mut [f32], p: &[f32], decay: f32));

#[inline(always)]
fn update_body<const FMA: bool>(p: &mut [f32], m: &mut [f32], v: &mut [f32], g: &[f32], r: Rates) {
    for (((p, m), v), &g) in p.iter_mut().zip(m).zip(v).zip(g) {
        let g = g * r.scale;
        *m = madd::<FMA>(r.beta1, *m, r.rest1 * g);
        *v = madd::<FMA>(r.beta2, *v, r.rest2 * g * g);
        let denominator = madd::<FMA>(v.sqrt(), r.root, r.eps);
        *p = madd::<FMA>(r.shrink, *p, -(r.rate * *m / denominator));
    }
}

#[inline(always)]
fn average_body<const FMA: bool>(ema: &mut [f32], p: &[f32], decay: f32) {
    for (e, &p) in ema.iter_mut().zip(p) {
        *e = madd::<FMA>(decay, *e - p, p);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_core::Stream;

    /// The published update in double precision, one number at a time.
    fn plain(p: &mut [f64], m: &mut [f64], v: &mut [f64], g: &[f32], ema: &mut [f64], t: i32) {
        for i in 0..p.len() {
            let g = f64::from(g[i]) * 0.5;
            m[i] = 0.9 * m[i] + 0.1 * g;
            v[i] = 0.99 * v[i] + 0.01 * g * g;
            let (mh, vh) = (m[i] / (1.0 - 0.9_f64.powi(t)), v[i] / (1.0 - 0.99_f64.powi(t)));
            p[i] = p[i] * (1.0 - 0.01 * 0.1) - 0.01 * mh / (vh.sqrt() + 1e-8);
            ema[i] = 0.95 * ema[i] + 0.05 * p[i];
        }
    }

    #[test]
    fn agrees_with_the_published_update() {
        for (seed, n) in [(0, 7), (1, 1000), (2, 3 * CHUNK + 5)] {
            let mut stream = Stream::new(seed, "adam", 0);
            let mut p = vec![0.0_f32; n];
            stream.fill_normal_f32(&mut p);
            let (mut m, mut v, mut ema, mut g) = (vec![0.0; n], vec![0.0; n], p.clone(), vec![0.0; n]);
            let mut p64: Vec<f64> = p.iter().map(|&x| f64::from(x)).collect();
            let (mut m64, mut v64, mut ema64) = (vec![0.0; n], vec![0.0; n], p64.clone());
            for t in 1..=5 {
                stream.fill_normal_f32(&mut g);
                let step = AdamStep {
                    lr: 0.01,
                    beta1: 0.9,
                    beta2: 0.99,
                    eps: 1e-8,
                    weight_decay: 0.1,
                    step: t,
                    grad_scale: 0.5,
                    ema: Some((&mut ema, 0.95)),
                };
                adam_step(&mut p, &mut m, &mut v, &g, step);
                plain(&mut p64, &mut m64, &mut v64, &g, &mut ema64, t as i32);
            }
            // Five steps of at most 0.05 in all, each rounded a few times at 6e-8 of numbers up to about five.
            for (a, b) in p.iter().zip(&p64).chain(ema.iter().zip(&ema64)) {
                assert!((f64::from(*a) - b).abs() < 3e-6 * b.abs().max(1.0), "{a} {b}");
            }
        }
    }
}
