//! Measures of the set that a series fills, and of the motion on it.

use super::{Found, MOST_DIMENSIONS, Quantity, Space, most_lag, read, thinned, written};
use crate::embedding::{DelayRule, cao, delay, false_neighbours};
use crate::exponents::{FromData, kantz, rosenstein};
use crate::spectrum::mean_period;
use crate::{CorrelationDimension, Recurrence, correlation_dimension, recurrence};
use serde::{Deserialize, Serialize};

/// By which neighbours an exponent is estimated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Neighbours {
    Rosenstein,
    Kantz,
}

/// Settings of an exponent beside the space.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Parting {
    method: Neighbours,
    horizon: Option<usize>,
    fit: Option<(usize, usize)>,
    references: usize,
    radius: Option<f64>,
}

impl Default for Parting {
    fn default() -> Self {
        let FromData { horizon, fit, references, radius, .. } = FromData::default();
        Self { method: Neighbours::Rosenstein, horizon, fit, references, radius }
    }
}

pub(super) const LYAPUNOV: Quantity = Quantity {
    name: "lyapunov",
    what: "The largest Lyapunov exponent: how fast neighbouring states part",
    source: "Rosenstein, Collins, De Luca 1993; Kantz 1994",
    claim: "ln 2 on the logistic map, 0.419 on Henon, 0.906 on Lorenz",
    compares: false,
    defaults: || Space::beside(Space::default(), &Parting::default()),
    run: |series, settings, ctx| {
        let (space, c) = Space::apart::<Parting>(settings)?;
        let states = space.states(series, ctx)?;
        let data = FromData {
            theiler: states.theiler,
            horizon: c.horizon,
            fit: c.fit,
            references: c.references,
            radius: c.radius,
        };
        let found = match c.method {
            Neighbours::Rosenstein => rosenstein(&states.points, series.dt, &data, ctx)?,
            Neighbours::Kantz => kantz(&states.points, series.dt, &data, ctx)?,
        };
        let time = |k: usize| k as f64 * series.dt;
        let all = Found::default()
            .figure("largest Lyapunov exponent", found.exponent, Some(found.error), "per unit of time")
            .figure("fit begins", time(found.fit.0), None, "time")
            .figure("fit ends", time(found.fit.1), None, "time");
        let times = (0..found.logs.len()).map(time).collect();
        Ok(states.told(all).curve("parting of neighbours", ["time", "mean log distance"], times, found.logs))
    },
};

pub(super) const DIMENSION: Quantity = Quantity {
    name: "dimension",
    what: "The correlation dimension of the set that the series fills",
    source: "Grassberger, Procaccia 1983; Theiler 1986; Takens 1985",
    claim: "1.22 within 0.04 on Henon, 2.05 on Lorenz, 2 on a square",
    compares: false,
    defaults: || Space::beside(Space::default(), &CorrelationDimension::default()),
    run: |series, settings, ctx| {
        let (space, own) = Space::apart::<CorrelationDimension>(settings)?;
        let states = space.states(series, ctx)?;
        let own = CorrelationDimension { theiler: states.theiler, ..own };
        let found = correlation_dimension(&states.points, &own, ctx)?;
        let all = Found::default()
            .figure("correlation dimension", found.dimension, Some(found.error), "")
            .figure("Takens's estimate", found.takens, None, "")
            .figure("smallest radius", found.range.0, None, "of the data")
            .figure("largest radius", found.range.1, None, "of the data");
        Ok(states.told(all).curve("correlation sum", ["radius", "share of pairs"], found.radii, found.sums))
    },
};

/// Recurrences have a window of their own, not that of a period.
fn recurring() -> Space {
    Space { theiler: Some(Recurrence::default().theiler), ..Space::default() }
}

pub(super) const RECURRENCE: Quantity = Quantity {
    name: "recurrence",
    what: "How the motion comes back: recurrence rate, determinism, laminarity and lengths of lines",
    source: "Marwan, Romano, Thiel, Kurths 2007",
    claim: "closed forms of a period and of coins",
    compares: false,
    defaults: || Space::beside(recurring(), &Recurrence::default()),
    run: |series, settings, ctx| {
        let (space, own) = Space::apart::<Recurrence>(settings)?;
        let theiler = space.theiler.or(recurring().theiler);
        let states = Space { theiler, ..space }.states(series, ctx)?;
        let own = Recurrence { theiler: states.theiler, ..own };
        let found = recurrence(&states.points, &own, ctx)?;
        let all = Found::default()
            .figure("determinism", found.determinism, None, "")
            .figure("recurrence rate", found.rate, None, "")
            .figure("radius", found.radius, None, "of the data")
            .figure("mean diagonal line", found.mean_diagonal, None, "points")
            .figure("longest diagonal line", found.longest_diagonal, None, "points")
            .figure("entropy of diagonal lines", found.entropy, None, "nats")
            .figure("laminarity", found.laminarity, None, "")
            .figure("trapping time", found.trapping_time, None, "points");
        Ok(states.told(all))
    },
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct EmbeddingConfig {
    lag: Option<usize>,
    theiler: Option<usize>,
    rule: DelayRule,
    most: usize,
    tolerance: f64,
}

impl Default for EmbeddingConfig {
    fn default() -> Self {
        Self { lag: None, theiler: None, rule: DelayRule::MutualInformation, most: MOST_DIMENSIONS, tolerance: 0.01 }
    }
}

pub(super) const EMBEDDING: Quantity = Quantity {
    name: "embedding",
    what: "Delay and dimension in which each column shows the whole state, by false neighbours and Cao's measure",
    source: "Fraser, Swinney 1986; Kennel, Brown, Abarbanel 1992; Cao 1997",
    claim: "2 dimensions for Henon, 3 for Lorenz, a quarter of a period for a wave, none for noise",
    compares: false,
    defaults: written::<EmbeddingConfig>,
    run: |series, settings, ctx| {
        let c: EmbeddingConfig = read(settings)?;
        series.each("dimension", |x, name| {
            let theiler = match c.theiler {
                Some(theiler) => theiler,
                None => mean_period(x)?.min(x.len() / 10).max(1),
            };
            let lag = match c.lag {
                Some(lag) => lag,
                None => delay(x, c.rule, most_lag(x.len(), theiler))?,
            };
            let x = thinned(x, lag);
            let shares = false_neighbours(x, lag, c.most, theiler, ctx)?;
            let measures = cao(x, lag, c.most, theiler, ctx)?;
            let enough = shares.iter().position(|share| *share <= c.tolerance).map_or(c.most, |k| k + 1);
            let dimensions = || (1..=c.most).map(|k| k as f64).collect();
            Ok(Found::default()
                .figure(name, enough as f64, None, "")
                .figure(name.replace("dimension", "delay"), lag as f64, None, "points")
                .curve(name.replace("dimension", "false neighbours"), ["dimension", "share"], dimensions(), shares)
                .curve(name.replace("dimension", "Cao's E1"), ["dimension", "E1"], dimensions(), measures.e1)
                .curve(name.replace("dimension", "Cao's E2"), ["dimension", "E2"], dimensions(), measures.e2))
        })
    },
};
