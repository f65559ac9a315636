//! What an instrument would see of a trajectory.

use thalweg_core::{Error, Points, Result, Stream, Trajectory};

/// Size of the noise of an observation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Noise {
    /// This standard deviation in every coordinate, in its units.
    Absolute(f64),
    /// This share of the standard deviation of each coordinate over all rows and times.
    Relative(f64),
}

/// The trajectory with normal noise in every coordinate of every state, independent of each other.
///
/// # Errors
/// The size of the noise is negative or not finite.
pub fn observe(trajectory: &Trajectory, noise: Noise, seed: u64) -> Result<Trajectory> {
    let (Noise::Absolute(size) | Noise::Relative(size)) = noise;
    if !(size.is_finite() && size >= 0.0) {
        return Err(Error::input(format!(
            "The noise of an observation is {size}, but must be finite and not negative."
        )));
    }
    let mut seen = trajectory.clone();
    let scales = match noise {
        Noise::Absolute(size) => vec![size; seen.states.first().map_or(0, Points::dim)],
        Noise::Relative(share) => deviations(&seen.states).into_iter().map(|sd| share * sd).collect(),
    };
    for (k, state) in seen.states.iter_mut().enumerate() {
        let mut stream = Stream::new(seed, "systems/observe", k as u64);
        for row in 0..state.len() {
            state.row_mut(row).iter_mut().zip(&scales).for_each(|(v, scale)| *v += scale * stream.normal());
        }
    }
    Ok(seen)
}

/// The standard deviation of each coordinate over all states that were reached.
fn deviations(states: &[Points]) -> Vec<f64> {
    let dim = states.first().map_or(0, Points::dim);
    let reached = || states.iter().flat_map(Points::rows).filter(|row| !row.iter().all(|v| v.is_nan()));
    let count = reached().count().max(1) as f64;
    let mean_of = |value: &dyn Fn(f64) -> f64, k: usize| reached().map(|row| value(row[k])).sum::<f64>() / count;
    (0..dim)
        .map(|k| {
            let mean = mean_of(&|v| v, k);
            mean_of(&|v| (v - mean) * (v - mean), k).sqrt()
        })
        .collect()
}
