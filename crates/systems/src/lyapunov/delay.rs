//! Exponents of delay equations.

use super::{Exponents, Growth, Lyapunov, astray};
use crate::Delay;
use crate::delay::Window;
use thalweg_core::{Context, Points, Result, orthonormalise};

/// The tangents of a delay equation are functions over a delay.
pub(super) fn of_delay(delay: &Delay, start: Points, options: &Lyapunov, ctx: &Context) -> Result<Exponents> {
    let (d, k) = (delay.dim(), options.leading);
    let mut past = Window::still(start.values());
    for n in 0..options.settle {
        ctx.check_stop()?;
        past = delay.window(n as f64 * delay.tau(), &past);
    }
    let law = delay.variational(k);
    let mut window = with_tangents(&past, d, k);
    let total = options.orbits * options.stretches;
    let mut growth = Growth::new(1, k);
    for n in 0..options.settle + total {
        ctx.check_stop()?;
        window = law.window((options.settle + n) as f64 * delay.tau(), &window);
        if !window.is_finite() {
            return Err(astray());
        }
        let mut logs = vec![0.0; k];
        restore(&mut window, d, &mut logs);
        if let Some(after) = n.checked_sub(options.settle) {
            growth.add(0, (after, total), delay.tau(), &logs);
        }
    }
    Ok(growth.means().ordered())
}

/// A window with `k` tangents beside its states: cosines, which are independent of each other.
fn with_tangents(past: &Window, d: usize, k: usize) -> Window {
    let widen = |list: &[Vec<f64>], shift: f64| -> Vec<Vec<f64>> {
        let place = |n: usize| (n as f64 + shift) / past.halfway.len() as f64;
        let tangent = |n: usize, j: usize| (j as f64 * std::f64::consts::PI * place(n)).cos();
        let wide =
            |(n, x): (usize, &Vec<f64>)| x.iter().copied().chain((0..k * d).map(|c| tangent(n, c / d))).collect();
        list.iter().enumerate().map(wide).collect()
    };
    Window { states: widen(&past.states, 0.0), halfway: widen(&past.halfway, 0.5), slopes: widen(&past.slopes, 0.0) }
}

/// Makes the tangents of a window orthonormal, as vectors of all their values on it.
fn restore(window: &mut Window, d: usize, logs: &mut [f64]) {
    let k = logs.len();
    let length = (window.states.len() + window.halfway.len()) * d;
    let mut vectors = vec![0.0; k * length];
    for (n, state) in window.states.iter().chain(&window.halfway).enumerate() {
        for (j, tangent) in state[d..].chunks_exact(d).enumerate() {
            vectors[j * length + n * d..][..d].copy_from_slice(tangent);
        }
    }
    orthonormalise(&mut vectors, length, logs);
    // Lengths on a window are root mean squares, so that values stay of order one.
    let scale = (length as f64).sqrt();
    logs.iter_mut().for_each(|log| *log -= scale.ln());
    for (n, state) in window.states.iter_mut().chain(&mut window.halfway).enumerate() {
        for (j, tangent) in state[d..].chunks_exact_mut(d).enumerate() {
            let own = &vectors[j * length + n * d..][..d];
            tangent.iter_mut().zip(own).for_each(|(v, unit)| *v = scale * unit);
        }
    }
}
