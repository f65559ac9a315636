//! What is read off masses on a ring.

/// How uneven masses are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    /// `n sum u^2 / (sum u)^2`: 1 where flat, n where all is on one site.
    pub participation: f64,
    /// Sites above the threshold.
    pub occupied: usize,
    /// Mean squared difference of neighbours over the squared mean mass.
    pub roughness: f64,
}

/// The shape of `masses`; a site is occupied where it holds more than `threshold`.
pub fn shape(masses: &[f64], threshold: f64) -> Shape {
    let n = masses.len() as f64;
    let (sum, square) = masses.iter().fold((0.0, 0.0), |(s, q), u| (s + u, q + u * u));
    let next = masses.iter().skip(1).chain(masses.first());
    let steps: f64 = masses.iter().zip(next).map(|(u, v)| (u - v).powi(2)).sum();
    Shape {
        participation: n * square / (sum * sum),
        occupied: masses.iter().filter(|u| **u > threshold).count(),
        roughness: n * steps / (sum * sum),
    }
}

/// The mean product of sites `distance` apart on the ring.
pub fn correlation(masses: &[f64], distance: usize) -> f64 {
    let n = masses.len();
    (0..n).map(|i| masses[i] * masses[(i + distance) % n]).sum::<f64>() / n as f64
}

/// The density of `ln u` over `bins` equal bins between `low` and `high` (both of `ln u`), of the masses that are positive: it
/// integrates to the share that lies between. Empty where there are no bins or no room.
pub fn log_histogram(masses: &[f64], low: f64, high: f64, bins: usize) -> Vec<f64> {
    let mut density = vec![0.0; if low < high { bins } else { 0 }];
    let (positive, count) = (masses.iter().filter(|u| **u > 0.0), density.len());
    let total = positive.clone().count() as f64;
    let width = (high - low) / count as f64;
    for u in positive {
        let at = (u.ln() - low) / width;
        if at >= 0.0 && at < count as f64 {
            density[at as usize] += 1.0 / (total * width);
        }
    }
    density
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_of_flat_and_of_gathered_masses() {
        let flat = shape(&[2.0; 5], 1.0);
        assert_eq!((flat.participation, flat.occupied, flat.roughness), (1.0, 5, 0.0));
        let gathered = shape(&[0.0, 3.0, 0.0, 0.0], 0.5);
        assert_eq!((gathered.participation, gathered.occupied, gathered.roughness), (4.0, 1, 8.0));
        assert_eq!(correlation(&[1.0, 2.0, 3.0], 1), (2.0 + 6.0 + 3.0) / 3.0);
    }

    #[test]
    fn the_histogram_is_a_density() {
        let masses: Vec<f64> = (1..=100).map(|i| f64::from(i).exp2().ln()).collect();
        let density = log_histogram(&masses, -1.0, 5.0, 12);
        assert!((density.iter().sum::<f64>() * 0.5 - 1.0).abs() < 1e-12);
        assert!(log_histogram(&masses, 1.0, 1.0, 3).is_empty() && log_histogram(&[], 0.0, 1.0, 2) == [0.0; 2]);
    }
}
