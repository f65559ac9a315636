//! Measures of each column by itself.

use super::{Found, Quantity, read, written};
use crate::complexity::{most_permutation_entropy, multiscale_entropy, permutation_entropy};
use crate::forecast::drift;
use crate::series::{demand, mean_of_parts};
use crate::spectrum::{autocorrelation, power_spectrum};
use crate::surrogate::{SurrogateTest, surrogate_test};
use crate::{entropy, renyi, tsallis};
use serde::{Deserialize, Serialize};
use thalweg_core::{Error, Result};

/// Stretches of a series, for errors.
const PARTS: usize = 8;

/// The scatter of a measure over eight stretches of the series, as a standard error of the whole.
fn scatter(x: &[f64], one: impl Fn(&[f64]) -> Result<f64>) -> Option<f64> {
    let length = x.len() / PARTS;
    let parts: Vec<f64> = x.chunks_exact(length.max(1)).take(PARTS).filter_map(|part| one(part).ok()).collect();
    (parts.len() == PARTS && parts.iter().all(|v| v.is_finite())).then(|| mean_of_parts(&parts).1)
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct PermutationConfig {
    order: usize,
    lag: usize,
}

impl Default for PermutationConfig {
    fn default() -> Self {
        Self { order: 5, lag: 1 }
    }
}

pub(super) const PERMUTATION: Quantity = Quantity {
    name: "permutation-entropy",
    what: "Entropy of the orders of neighbouring values, and its share of that of noise",
    source: "Bandt, Pompe 2002",
    claim: "the example of the paper, the invariant law of the logistic map, log n! on noise",
    compares: false,
    defaults: written::<PermutationConfig>,
    run: |series, settings, _| {
        let c: PermutationConfig = read(settings)?;
        series.each("permutation entropy", |x, name| {
            let value = permutation_entropy(x, c.order, c.lag)?;
            let error = scatter(x, |part| permutation_entropy(part, c.order, c.lag));
            let most = most_permutation_entropy(c.order);
            Ok(Found::default().figure(name, value, error, "nats").figure(
                format!("relative {name}"),
                value / most,
                error.map(|e| e / most),
                "",
            ))
        })
    },
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct MultiscaleConfig {
    scales: usize,
    order: usize,
    tolerance: f64,
}

impl Default for MultiscaleConfig {
    fn default() -> Self {
        Self { scales: 20, order: 2, tolerance: 0.15 }
    }
}

pub(super) const MULTISCALE: Quantity = Quantity {
    name: "sample-entropy",
    what: "Sample entropy of the series and of its means over growing scales; tolerance in standard deviations",
    source: "Richman, Moorman 2000; Costa, Goldberger, Peng 2002",
    claim: "all pairs by brute force, the closed form of white noise",
    compares: false,
    defaults: written::<MultiscaleConfig>,
    run: |series, settings, ctx| {
        let c: MultiscaleConfig = read(settings)?;
        series.each("sample entropy", |x, name| {
            // Some hundreds of values at the coarsest scale, or what is there.
            let scales = c.scales.min(x.len() / 200).max(1);
            let values = multiscale_entropy(x, scales, c.order, c.tolerance, ctx)?;
            if values[0].is_infinite() {
                return Err(Error::failed(format!(
                    "No two patterns of {} of the {} values agree within the tolerance, so their entropy has no estimate.",
                    c.order + 1,
                    x.len()
                ))
                .advise("Give a longer series, a wider tolerance, or patterns of fewer values."));
            }
            let one = |part: &[f64]| Ok(multiscale_entropy(part, 1, c.order, c.tolerance, ctx)?[0]);
            let finite: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
            let mean = finite.iter().sum::<f64>() / finite.len().max(1) as f64;
            Ok(Found::default()
                .figure(name, values[0], scatter(x, one), "nats")
                .figure(format!("mean over scales of {name}"), mean, None, "nats")
                .figure(format!("scales of {name}"), finite.len() as f64, None, "")
                .curve(name, ["scale", "nats"], (1..=scales).map(|s| s as f64).collect(), values))
        })
    },
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Renyi,
    Tsallis,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct EntropyConfig {
    bins: usize,
    kind: Kind,
    order: f64,
}

impl Default for EntropyConfig {
    fn default() -> Self {
        Self { bins: 64, kind: Kind::Renyi, order: 1.0 }
    }
}

pub(super) const ENTROPY: Quantity = Quantity {
    name: "entropy",
    what: "Entropy of the histogram of values: Shannon's, and beside it that of Renyi or Tsallis of an order",
    source: "Shannon 1948; Renyi 1961; Tsallis 1988",
    claim: "closed forms",
    compares: false,
    defaults: written::<EntropyConfig>,
    run: |series, settings, _| {
        let c: EntropyConfig = read(settings)?;
        demand((1..=1_000_000).contains(&c.bins), "bins", c.bins, "from 1 to 1000000")?;
        series.each("entropy", |x, name| {
            let counts = crate::complexity::histogram(x, c.bins);
            let found = Found::default().figure(name, entropy::shannon(&counts)?, None, "nats");
            if c.order == 1.0 {
                return Ok(found);
            }
            let (kind, value) = match c.kind {
                Kind::Renyi => ("Renyi", renyi(&counts, c.order)?),
                Kind::Tsallis => ("Tsallis", tsallis(&counts, c.order)?),
            };
            Ok(found.figure(format!("{kind} {name}, order {}", c.order), value, None, "nats"))
        })
    },
};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct SpectrumConfig {}

pub(super) const SPECTRUM: Quantity = Quantity {
    name: "spectrum",
    what: "The power spectrum: its peak, its mean frequency, and how long values are correlated",
    source: "Wiener 1930; Khinchin 1934",
    claim: "Parseval, waves, an autoregression",
    compares: false,
    defaults: written::<SpectrumConfig>,
    run: |series, settings, _| {
        let SpectrumConfig {} = read(settings)?;
        series.each("peak frequency", |x, name| {
            let found = power_spectrum(x, series.dt)?;
            let resolution = found.frequencies.get(1).copied();
            let lags = (x.len() / 4).max(1).min(x.len().saturating_sub(2));
            let correlation = autocorrelation(x, lags)?;
            let lost =
                correlation.iter().position(|c| *c < (-1.0_f64).exp()).map_or(f64::NAN, |k| k as f64 * series.dt);
            Ok(Found::default()
                .figure(name, found.peak(), resolution, "per unit of time")
                .figure(name.replace("peak", "mean"), found.mean(), None, "per unit of time")
                .figure(name.replace("peak frequency", "correlation time"), lost, None, "time")
                .curve(
                    name.replace("peak frequency", "power spectrum"),
                    ["frequency", "power per frequency"],
                    found.frequencies,
                    found.density,
                ))
        })
    },
};

pub(super) const SURROGATES: Quantity = Quantity {
    name: "surrogates",
    what: "Whether the series does what a linear process with its spectrum and values does not, by rank",
    source: "Theiler, Eubank, Longtin, Galdrikian, Farmer 1992; Schreiber, Schmitz 1996",
    claim: "what surrogates keep, the level on linear processes, rejection of the logistic map",
    compares: false,
    defaults: written::<SurrogateTest>,
    run: |series, settings, ctx| {
        let c: SurrogateTest = read(settings)?;
        series.each("p-value", |x, name| {
            let found = surrogate_test(x, &c, ctx)?;
            let (mean, spread) = crate::series::moments(&found.surrogates);
            let least = format!("least p-value that {} surrogates can give", c.count);
            Ok(Found::default()
                .figure(name, found.p, None, "")
                .figure(name.replace("p-value", &least), c.least_p(), None, "")
                .figure(name.replace("p-value", "statistic"), found.value, None, "")
                .figure(name.replace("p-value", "mean of surrogates"), mean, None, "")
                .figure(name.replace("p-value", "standard deviation of surrogates"), spread, None, ""))
        })
    },
};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct DriftConfig {}

pub(super) const DRIFT: Quantity = Quantity {
    name: "drift",
    what: "How far a quantity that ought to be conserved moves: columns are such quantities",
    source: "Hairer, Lubich, Wanner 2006",
    claim: "a line and a wave by hand",
    compares: false,
    defaults: written::<DriftConfig>,
    run: |series, settings, _| {
        let DriftConfig {} = read(settings)?;
        series.each("largest deviation", |x, name| {
            let found = drift(x, series.dt)?;
            Ok(Found::default()
                .figure(name, found.largest, None, "of the data")
                .figure(name.replace("largest", "relative"), found.relative, None, "")
                .figure(name.replace("largest deviation", "rate"), found.rate, None, "of the data per unit of time"))
        })
    },
};
