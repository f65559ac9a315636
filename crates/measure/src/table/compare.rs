//! Measures that compare two series.

use super::{Found, Quantity, read, written};
use crate::series::{column, moments};
use crate::{Binned, Mixtures, binned_divergence, mase, mixture_divergence, smape, spectral_distance, valid_time};
use serde::{Deserialize, Serialize};
use thalweg_core::{Error, Points, Result};

/// In which form the divergence is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Form {
    Binned,
    Mixtures,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct StatesConfig {
    form: Option<Form>,
    bins: usize,
    margin: f64,
    smoothing: f64,
    variance: f64,
    centres: usize,
    draws: usize,
}

impl Default for StatesConfig {
    fn default() -> Self {
        let (Binned { bins, margin, smoothing }, m) = (Binned::default(), Mixtures::default());
        Self { form: None, bins, margin, smoothing, variance: m.variance, centres: m.centres, draws: m.draws }
    }
}

/// Columns up to which a grid has cells enough and not too many.
const MOST_BINNED: usize = 5;

pub(super) const STATES: Quantity = Quantity {
    name: "state-divergence",
    what: "D_stsp: divergence of the set that the series fills from that of the other, on a grid or by mixtures",
    source: "Koppe, Toutounji, Kirsch, Lis, Durstewitz 2019",
    claim: "Gaussians in closed form, the floor between two orbits of Lorenz",
    compares: true,
    defaults: written::<StatesConfig>,
    run: |series, settings, ctx| {
        let c: StatesConfig = read(settings)?;
        let (truth, other) = (&series.points, series.other()?);
        alike(truth.len(), other.len())?;
        let form = c.form.unwrap_or(if truth.dim() <= MOST_BINNED { Form::Binned } else { Form::Mixtures });
        match form {
            Form::Binned => {
                let own = Binned { bins: c.bins, margin: c.margin, smoothing: c.smoothing };
                let found = binned_divergence(truth, other, &own)?;
                Ok(Found::default().figure("D_stsp", found.divergence, None, "nats").figure(
                    "share outside the box",
                    found.outside,
                    None,
                    "",
                ))
            }
            Form::Mixtures => {
                // The variance is in units of the standard deviation of each column of the truth.
                let own = Mixtures { variance: c.variance, centres: c.centres, draws: c.draws };
                let (value, error) = mixture_divergence(&standard(truth, truth)?, &standard(other, truth)?, &own, ctx)?;
                Ok(Found::default().figure("D_stsp", value, Some(error), "nats"))
            }
        }
    },
};

/// Refuses series of different lengths, within a tenth: the divergence of two series of one law depends on how long they are.
fn alike(truth: usize, other: usize) -> Result<()> {
    if truth.abs_diff(other) * 10 <= truth.max(other) {
        return Ok(());
    }
    Err(Error::input(format!(
        "The series have {truth} and {other} rows, but their divergence means something for equal lengths only."
    ))
    .advise(format!("Cut the longer one to {} rows; both with the same time between rows.", truth.min(other))))
}

/// Rows in units of the means and standard deviations of `by`.
fn standard(rows: &Points, by: &Points) -> Result<Points> {
    let scales: Vec<(f64, f64)> = (0..by.dim()).map(|k| moments(&column(by, k))).collect();
    let one = |(v, (mean, spread)): (&f64, &(f64, f64))| (v - mean) / if *spread > 0.0 { *spread } else { 1.0 };
    Points::new(rows.dim(), rows.rows().flat_map(|row| row.iter().zip(&scales).map(one).collect::<Vec<_>>()).collect())
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct SpectralConfig {
    smoothing: f64,
}

impl Default for SpectralConfig {
    fn default() -> Self {
        Self { smoothing: 20.0 }
    }
}

pub(super) const SPECTRAL: Quantity = Quantity {
    name: "spectral-distance",
    what: "D_H: Hellinger distance of smoothed power spectra, averaged over columns",
    source: "Mikhaeil, Monfared, Durstewitz 2022",
    claim: "waves whose smoothed spectra are Gaussians",
    compares: true,
    defaults: written::<SpectralConfig>,
    run: |series, settings, _| {
        let c: SpectralConfig = read(settings)?;
        let value = spectral_distance(&series.points, series.other()?, c.smoothing)?;
        Ok(Found::default().figure("D_H", value, None, ""))
    },
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ValidConfig {
    threshold: f64,
}

impl Default for ValidConfig {
    fn default() -> Self {
        Self { threshold: 0.4 }
    }
}

pub(super) const VALID: Quantity = Quantity {
    name: "valid-time",
    what: "How long the other, a forecast of the same times, stays within a share of a standard deviation",
    source: "Vlachas, Byeon, Wan, Sapsis, Koumoutsakos 2018",
    claim: "by hand",
    compares: true,
    defaults: written::<ValidConfig>,
    run: |series, settings, _| {
        let c: ValidConfig = read(settings)?;
        let value = valid_time(&series.points, series.other()?, series.dt, c.threshold, None)?;
        Ok(Found::default().figure("valid prediction time", value, None, "time"))
    },
};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct SmapeConfig {}

pub(super) const SMAPE: Quantity = Quantity {
    name: "smape",
    what: "Symmetric mean absolute percentage error of the other, a forecast of the same times",
    source: "Makridakis 1993",
    claim: "by hand",
    compares: true,
    defaults: written::<SmapeConfig>,
    run: |series, settings, _| {
        let SmapeConfig {} = read(settings)?;
        Ok(Found::default().figure("sMAPE", smape(&series.points, series.other()?)?, None, "percent"))
    },
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct MaseConfig {
    season: usize,
}

impl Default for MaseConfig {
    fn default() -> Self {
        Self { season: 1 }
    }
}

pub(super) const MASE: Quantity = Quantity {
    name: "mase",
    what: "Error of the other, a forecast of the same times, over that of repeating a value of the series",
    source: "Hyndman, Koehler 2006",
    claim: "by hand",
    compares: true,
    defaults: written::<MaseConfig>,
    run: |series, settings, _| {
        let c: MaseConfig = read(settings)?;
        let value = mase(&series.points, series.other()?, &series.points, c.season)?;
        Ok(Found::default().figure("MASE", value, None, ""))
    },
};
