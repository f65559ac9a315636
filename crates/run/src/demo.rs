//! A small population with a known law, so that the first command shows something true.

use thalweg_core::{Points, Result, Snapshots, Stream};

/// Days at which the demo population is seen.
pub const DAYS: [f64; 5] = [0.0, 1.0, 2.0, 3.0, 4.0];
const STEP: f64 = 0.02;
const FOUNDERS: usize = 300;

/// A differentiating population: progenitors drift to the right and choose one of two fates; cells of the upper
/// fate divide, cells of the lower fate do not. Every day another few hundred cells are drawn, never the same.
///
/// The law: `dx = 1.2 dt + 0.25 dW`, `dy = (1.1 y x⁺ - 0.45 y³) dt + 0.35 dW` (a pitchfork that opens as `x` grows),
/// and division at rate `0.45 σ(4 y) ` per day for cells past `x = 1`.
///
/// # Errors
/// None for the constants above; the signature is that of every source of snapshots.
pub fn population(seed: u64) -> Result<Snapshots> {
    let mut values = Vec::new();
    let mut times = Vec::new();
    for (day, &time) in DAYS.iter().enumerate() {
        let mut stream = Stream::new(seed, "demo", day as u64);
        for cell in grow(time, &mut stream) {
            values.extend_from_slice(&cell);
            times.push(time);
        }
    }
    Snapshots::from_rows(&Points::new(2, values)?, &times, None, vec!["x".into(), "y".into()])
}

/// A fresh population started at day zero and sampled at `time`.
fn grow(time: f64, stream: &mut Stream) -> Vec<[f64; 2]> {
    let mut cells: Vec<[f64; 2]> = (0..FOUNDERS).map(|_| [0.35 * stream.normal(), 0.35 * stream.normal()]).collect();
    let steps = (time / STEP).round() as usize;
    for _ in 0..steps {
        for i in 0..cells.len() {
            let [x, y] = cells[i];
            let noise = STEP.sqrt();
            cells[i] = [
                x + 1.2 * STEP + 0.25 * noise * stream.normal(),
                y + (1.1 * y * x.max(0.0) - 0.45 * y.powi(3)) * STEP + 0.35 * noise * stream.normal(),
            ];
            let rate = if x > 1.0 { 0.45 / (1.0 + (-4.0 * y).exp()) } else { 0.0 };
            if stream.uniform() < rate * STEP {
                let daughter = cells[i];
                cells.push(daughter);
            }
        }
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_population_grows_branches_and_is_reproducible() {
        for seed in 0..3 {
            let s = population(seed).unwrap();
            assert_eq!(s, population(seed).unwrap());
            let last = &s.get(4).measure;
            assert!(last.mass() > 1.3 * s.get(0).measure.mass(), "mass {}", last.mass());
            let up = last.points().rows().filter(|p| p[1] > 0.5).count() as f64;
            let down = last.points().rows().filter(|p| p[1] < -0.5).count() as f64;
            assert!(up > 1.2 * down && down > 50.0, "up {up}, down {down}");
        }
    }
}
