//! Surrogate series: what a linear process would do, to test whether a series does more.

use crate::fourier::{Complex, Fourier};
use crate::series::{check, demand, mean, moments};
use crate::tree::{Euclidean, Tree};
use crate::{embed, work::in_blocks};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::f64::consts::TAU;
use std::sync::atomic::{AtomicU64, Ordering};
use thalweg_core::{Context, Error, Result, Stream};

/// What a surrogate keeps of the series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Surrogate {
    /// The values alone: a random order.
    Shuffled,
    /// The power spectrum exactly, by random phases: a Gaussian linear process (Theiler et al., Physica D 58, 1992).
    Phases,
    /// The values exactly and the spectrum nearly: a monotone function of a Gaussian linear process (AAFT, same paper).
    Aaft,
    /// The values exactly and the spectrum as nearly as rounds of both can (IAAFT: Schreiber and Schmitz, Phys. Rev. Lett.
    /// 77, 1996).
    Iaaft,
}

/// Most rounds of IAAFT.
const ROUNDS: usize = 200;

/// A surrogate of `x`: number `index` of those of the seed. O(n log n), for IAAFT a round.
///
/// # Errors
/// Fewer than 8 points, or one that is not finite.
pub fn surrogate(x: &[f64], kind: Surrogate, seed: u64, index: u64) -> Result<Vec<f64>> {
    check(x, 8, "a surrogate")?;
    let mut stream = Stream::new(seed, "measure/surrogate", index);
    let fourier = Fourier::new(x.len());
    Ok(match kind {
        Surrogate::Shuffled => stream.permutation(x.len()).into_iter().map(|i| x[i]).collect(),
        Surrogate::Phases => with_random_phases(x, &fourier, &mut stream),
        Surrogate::Aaft => {
            // A Gaussian series in the order of x, its phases taken, and the values of x put in that order.
            let mut normal: Vec<f64> = (0..x.len()).map(|_| stream.normal()).collect();
            normal.sort_by(f64::total_cmp);
            let gaussian = placed(&normal, x);
            placed(&sorted(x), &with_random_phases(&gaussian, &fourier, &mut stream))
        }
        Surrogate::Iaaft => iterated(x, &fourier, &mut stream),
    })
}

/// Rounds that give a shuffled series the amplitudes of the spectrum of `x`, and then its values in their new order.
fn iterated(x: &[f64], fourier: &Fourier, stream: &mut Stream) -> Vec<f64> {
    let amplitudes: Vec<f64> = fourier.forward(x).iter().map(|mode| mode.norm()).collect();
    let values = sorted(x);
    let mut series: Vec<f64> = stream.permutation(x.len()).into_iter().map(|i| x[i]).collect();
    for _ in 0..ROUNDS {
        let mut modes = fourier.forward(&series);
        for (mode, amplitude) in modes.iter_mut().zip(&amplitudes) {
            // No hypotenuse that guards against overflow: it takes longer than the transform.
            let old = mode.norm_sqr().sqrt();
            *mode = if old > 0.0 { *mode * (amplitude / old) } else { Complex::new(*amplitude, 0.0) };
        }
        let next = placed(&values, &fourier.series(modes));
        if next == series {
            break;
        }
        series = next;
    }
    series
}

fn with_random_phases(x: &[f64], fourier: &Fourier, stream: &mut Stream) -> Vec<f64> {
    let n = x.len();
    let mut modes = fourier.forward(x);
    for k in 1..n.div_ceil(2) {
        modes[k] = Complex::from_polar(modes[k].norm(), TAU * stream.uniform());
    }
    fourier.series(modes)
}

fn sorted(x: &[f64]) -> Vec<f64> {
    let mut values = x.to_vec();
    values.sort_by(f64::total_cmp);
    values
}

/// The sorted `values` in the order of `like`.
fn placed(values: &[f64], like: &[f64]) -> Vec<f64> {
    // Value and place in one number sort several times as fast as places by their values.
    let mut order: Vec<u128> = like.iter().enumerate().map(|(i, v)| (u128::from(rank(*v)) << 64) | i as u128).collect();
    order.sort_unstable();
    let mut out = vec![0.0; like.len()];
    order.iter().zip(values).for_each(|(key, v)| out[*key as u64 as usize] = *v);
    out
}

/// Bits in the order of [`f64::total_cmp`].
fn rank(v: f64) -> u64 {
    let bits = v.to_bits();
    if v.is_sign_negative() { !bits } else { bits | 1 << 63 }
}

/// What is compared between a series and its surrogates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Statistic {
    /// Asymmetry under reversal of time, `mean (x_{t + lag} - x_t)^3 / (mean (x_{t + lag} - x_t)^2)^(3/2)`: zero for linear
    /// processes. Both sides count.
    TimeReversal,
    /// Error of a forecast by neighbours in three delays, over the standard deviation: a small one shows determinism, and
    /// only that side counts.
    Prediction,
}

impl Statistic {
    /// Its value on a series.
    ///
    /// # Errors
    /// A series shorter than 4 lags and 50 points, or with values that are not finite; interruption.
    pub fn of(self, x: &[f64], lag: usize, ctx: &Context) -> Result<f64> {
        demand(lag >= 1, "lag", lag, "at least 1")?;
        check(x, lag.saturating_mul(4).saturating_add(50), "the statistic of a surrogate test")?;
        match self {
            Self::TimeReversal => {
                let steps: Vec<f64> = x.iter().zip(&x[lag..]).map(|(a, b)| b - a).collect();
                let power = |k: i32| mean(&steps.iter().map(|s| s.powi(k)).collect::<Vec<_>>());
                Ok(power(3) / power(2).powf(1.5))
            }
            Self::Prediction => prediction_error(x, lag, ctx),
        }
    }
}

/// The root mean square error of the mean of what became of three neighbours, `lag` points ahead.
fn prediction_error(x: &[f64], lag: usize, ctx: &Context) -> Result<f64> {
    let points = embed(&x[..x.len() - lag], 3, lag)?;
    let (tree, ahead) = (Tree::<Euclidean>::new(&points), 3 * lag);
    let blocks = in_blocks(points.len(), ctx, |range| {
        let mut sum = 0.0;
        for i in range {
            let near = tree.nearest(points.row(i), 3, |j| i.abs_diff(j) > ahead);
            let guess = near.iter().map(|(j, _)| x[j + ahead]).sum::<f64>() / near.len() as f64;
            sum += (guess - x[i + ahead]).powi(2);
        }
        Ok(sum)
    })?;
    Ok((blocks.iter().sum::<f64>() / points.len() as f64).sqrt() / moments(x).1)
}

/// Settings of a test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SurrogateTest {
    /// What surrogates keep.
    pub surrogate: Surrogate,
    /// What is compared.
    pub statistic: Statistic,
    /// The lag of the statistic, in points.
    pub lag: usize,
    /// Surrogates, at least 19; the least p-value is 1 / (count + 1), twice that where both sides count.
    pub count: usize,
}

impl Default for SurrogateTest {
    fn default() -> Self {
        Self { surrogate: Surrogate::Iaaft, statistic: Statistic::TimeReversal, lag: 1, count: 99 }
    }
}

impl SurrogateTest {
    /// The least p-value that so many surrogates can give: with 19 of a statistic of which both sides count it is 0.1, and no
    /// series is ever rejected at the level 0.05.
    pub fn least_p(&self) -> f64 {
        let sides = match self.statistic {
            Statistic::TimeReversal => 2.0,
            Statistic::Prediction => 1.0,
        };
        sides / (self.count as f64 + 1.0)
    }
}

/// What a test found.
#[derive(Clone, Debug, PartialEq)]
pub struct SurrogateVerdict {
    /// The statistic of the series.
    pub value: f64,
    /// Those of the surrogates, in their order.
    pub surrogates: Vec<f64>,
    /// The chance, by rank, of a surrogate as extreme as the series.
    pub p: f64,
}

/// Tests whether `x` does what its surrogates do not.
///
/// # Errors
/// As [`surrogate`] and [`Statistic::of`]; fewer than 19 surrogates; a series that is constant.
pub fn surrogate_test(x: &[f64], settings: &SurrogateTest, ctx: &Context) -> Result<SurrogateVerdict> {
    let s = settings;
    demand(s.count >= 19, "count", s.count, "at least 19")?;
    let value = s.statistic.of(x, s.lag, ctx)?;
    if !value.is_finite() {
        return Err(Error::input("The statistic of the series is not finite: the series is constant."));
    }
    let done = AtomicU64::new(0);
    let one = |k: u64| {
        ctx.check_stop()?;
        let value = s.statistic.of(&surrogate(x, s.surrogate, ctx.seed(), k)?, s.lag, ctx)?;
        ctx.progress("surrogates", done.fetch_add(1, Ordering::Relaxed) + 1, s.count as u64, "");
        Ok(value)
    };
    let surrogates = ctx.install(|| (0..s.count as u64).into_par_iter().map(one).collect::<Result<Vec<f64>>>())?;
    let share = |extreme: &dyn Fn(f64) -> bool| {
        (1 + surrogates.iter().filter(|v| extreme(**v)).count()) as f64 / (s.count + 1) as f64
    };
    let low = share(&|v| v <= value);
    let p = match s.statistic {
        Statistic::Prediction => low,
        Statistic::TimeReversal => (2.0 * low.min(share(&|v| v >= value))).min(1.0),
    };
    Ok(SurrogateVerdict { value, surrogates, p })
}
