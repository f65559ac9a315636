//! Power spectra of evenly sampled series, and their maxima.

/// Points of a segment at most.
const SEGMENT: usize = 1024;
/// Segments at most; more would not be seen.
const SEGMENTS: usize = 64;

/// The power spectral density of `values`, `interval` apart, at the frequencies `1/T, 2/T, ...` up to half the rate of
/// sampling: Welch's method with Hann windows that overlap by half, means removed (Welch, IEEE Trans. Audio Electroacoust.
/// 15, 1967). One-sided: it integrates to the variance. Empty below 16 points.
pub(super) fn density(values: &[f64], interval: f64) -> (Vec<f64>, Vec<f64>) {
    let length = (values.len() / 2).min(SEGMENT) / 2 * 2;
    if length < 8 {
        return (Vec::new(), Vec::new());
    }
    let count = ((values.len() - length) / (length / 2) + 1).min(SEGMENTS);
    let turn = std::f64::consts::TAU / length as f64;
    let (cosines, sines): (Vec<f64>, Vec<f64>) =
        (0..length).map(|k| (turn * k as f64).sin_cos()).map(|(s, c)| (c, s)).unzip();
    let window: Vec<f64> = cosines.iter().map(|c| 0.5 * (1.0 - c)).collect();
    let norm = interval / window.iter().map(|w| w * w).sum::<f64>() / count as f64;
    let mut power = vec![0.0; length / 2];
    for segment in values.windows(length).step_by(length / 2).take(count) {
        let mean = segment.iter().sum::<f64>() / length as f64;
        let tapered: Vec<f64> = segment.iter().zip(&window).map(|(v, w)| (v - mean) * w).collect();
        for (k, power) in power.iter_mut().enumerate() {
            let at = |n: usize| n * (k + 1) % length;
            let real: f64 = tapered.iter().enumerate().map(|(n, v)| v * cosines[at(n)]).sum();
            let imaginary: f64 = tapered.iter().enumerate().map(|(n, v)| v * sines[at(n)]).sum();
            let sides = if 2 * (k + 1) == length { 1.0 } else { 2.0 };
            *power += sides * norm * (real * real + imaginary * imaginary);
        }
    }
    let frequencies = (1..=length / 2).map(|k| k as f64 / (length as f64 * interval)).collect();
    (frequencies, power)
}

/// The heights of the maxima of a series, by the parabola through three neighbours.
pub(super) fn maxima(values: &[f64]) -> Vec<f64> {
    values
        .windows(3)
        .filter(|w| w[1] > w[0] && w[1] >= w[2])
        .map(|w| {
            let (slope, bend) = (0.5 * (w[2] - w[0]), w[0] - 2.0 * w[1] + w[2]);
            w[1] - 0.5 * slope * slope / bend
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wave_has_its_variance_at_its_frequency() {
        let (interval, frequency) = (0.05, 1.25);
        let wave: Vec<f64> =
            (0..8192).map(|k| 5.0 + 3.0 * (std::f64::consts::TAU * frequency * interval * k as f64).sin()).collect();
        let (frequencies, power) = density(&wave, interval);
        let peak = (0..power.len()).max_by(|a, b| power[*a].total_cmp(&power[*b])).unwrap();
        assert!((frequencies[peak] - frequency).abs() < 1e-9);
        let variance = power.iter().sum::<f64>() * frequencies[0];
        assert!((variance / 4.5 - 1.0).abs() < 1e-6, "{variance}");
    }

    #[test]
    fn white_noise_is_flat() {
        for seed in 0..3 {
            let mut noise = vec![0.0; 30_000];
            thalweg_core::Stream::new(seed, "test", 0).fill_normal(&mut noise);
            let (frequencies, power) = density(&noise, 0.1);
            let total = power.iter().sum::<f64>() * frequencies[0];
            // 30,000 draws: four standard errors of the variance, and the mean of each half of the spectrum alike.
            assert!((total - 1.0).abs() < 4.0 * (2.0 / 30_000.0_f64).sqrt() + 2e-3, "{total}");
            let half = power.len() / 2;
            let ratio = power[..half].iter().sum::<f64>() / power[half..].iter().sum::<f64>();
            assert!((ratio - 1.0).abs() < 0.06, "{ratio}");
        }
    }

    #[test]
    fn maxima_lie_between_points() {
        let wave: Vec<f64> = (0..1000).map(|k| (0.3 * f64::from(k)).sin()).collect();
        let found = maxima(&wave);
        assert_eq!(found.len(), 48);
        // The fourth order of the parabola: 0.3^4 / 24 / 16.
        assert!(found.iter().all(|height| (height - 1.0).abs() < 3e-4));
    }
}
