//! A system: a record with values of its parameters.

use crate::equations::{Equations, Law};
use crate::names::nearest;
use crate::{Delay, Flow, Kind, Map, Record, catalogue, find};
use std::sync::Arc;
use thalweg_core::{Error, Points, Result, Stream};

/// A record with values of its parameters, of which [`Flow`], [`Map`] and [`Delay`] are made.
#[derive(Clone, Debug)]
pub struct System {
    record: Arc<Record>,
    values: Vec<f64>,
    start: Vec<f64>,
}

/// Most numbers that are kept of a trajectory, or of initial states: 80 GB.
pub(crate) const MOST_NUMBERS: usize = 10_000_000_000;

impl System {
    /// The system of the catalogue called `name`; case, `-` and `_` do not matter. Where a flow and a map share
    /// a name it is the flow; `"map duffing"` is the map.
    ///
    /// # Errors
    /// There is none; the message names the nearest.
    pub fn named(name: &str) -> Result<Self> {
        find(catalogue()?, name).and_then(Self::new)
    }

    /// The system of a record, at its usual parameters.
    ///
    /// # Errors
    /// Equations that cannot be read, with a caret under the place; other than one equation a state.
    pub fn new(record: &Record) -> Result<Self> {
        let values: Vec<f64> = record.parameters.iter().map(|(_, value)| *value).collect();
        Equations::new(record, &values)?;
        Ok(Self { values, start: record.start.clone(), record: Arc::new(record.clone()) })
    }

    /// The same system with another value of a parameter.
    ///
    /// # Errors
    /// There is no such parameter (the message names the nearest), or the value is not finite.
    pub fn with(mut self, parameter: &str, value: f64) -> Result<Self> {
        let names = || self.record.parameters.iter().map(|(name, _)| name.as_str());
        let Some(k) = names().position(|name| name == parameter) else {
            let error = Error::input(format!("{} has no parameter called {parameter}.", self.record.name));
            let near = nearest(parameter, names(), 3);
            let advice = if near.is_empty() {
                "It has no parameters.".to_owned()
            } else {
                format!("The nearest are {}.", near.join(", "))
            };
            return Err(error.advise(advice));
        };
        if !value.is_finite() {
            return Err(Error::input(format!("The parameter {parameter} is {value}, but must be a finite number.")));
        }
        self.values[k] = value;
        Ok(self)
    }

    /// The same system from another initial state.
    ///
    /// # Errors
    /// Another number of values than there are states, or one that is not finite.
    pub fn starting_at(self, start: &[f64]) -> Result<Self> {
        if start.len() != self.dim() {
            return Err(Error::input(format!(
                "{} values cannot be an initial state of {}, which has {}: {}.",
                start.len(),
                self.record.name,
                self.dim(),
                self.record.states.join(", ")
            )));
        }
        if let Some(bad) = start.iter().find(|value| !value.is_finite()) {
            return Err(Error::input(format!("A value of the initial state is {bad}, but must be a finite number.")));
        }
        Ok(Self { start: start.to_vec(), ..self })
    }

    /// What is known of it. Figures there hold at the usual parameters and the initial state of the record.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// Names and values of its parameters.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, f64)> {
        self.record.parameters.iter().zip(&self.values).map(|((name, _), value)| (name.as_str(), *value))
    }

    /// Number of states.
    pub fn dim(&self) -> usize {
        self.record.states.len()
    }

    /// Its initial state (`1 x dim`).
    pub fn start(&self) -> Points {
        let mut point = Points::zeros(1, self.dim());
        point.row_mut(0).copy_from_slice(&self.start);
        point
    }

    /// `n` initial states (`n x dim`) around its own: normal, of standard deviation `spread` in each coordinate.
    ///
    /// # Errors
    /// `n` is zero; `spread` is negative or not finite.
    pub fn scattered(&self, n: usize, spread: f64, seed: u64) -> Result<Points> {
        if n == 0 || !(spread.is_finite() && spread >= 0.0) {
            return Err(Error::input(format!(
                "{n} states with the spread {spread} were asked for, but there must be at least 1, and a spread is not negative."
            )));
        }
        if n.saturating_mul(self.dim()) > MOST_NUMBERS {
            return Err(Error::input(format!(
                "{n} states of {} numbers were asked for, but at most {MOST_NUMBERS} numbers are kept.",
                self.dim()
            )));
        }
        let mut points = Points::zeros(n, self.dim());
        for row in 0..n {
            let mut stream = Stream::new(seed, "systems/scattered", row as u64);
            for (value, middle) in points.row_mut(row).iter_mut().zip(&self.start) {
                *value = middle + spread * stream.normal();
            }
        }
        Ok(points)
    }

    /// Its flow.
    ///
    /// # Errors
    /// It is a map or a delay equation.
    pub fn flow(&self) -> Result<Flow> {
        self.require(Kind::Flow)?;
        Ok(Flow::new(self.equations()?))
    }

    /// Its flow as a law, without what [`Flow`] derives of it.
    pub(crate) fn law(&self) -> Result<Law> {
        self.require(Kind::Flow)?;
        Ok(self.equations()?.law())
    }

    /// Its map.
    ///
    /// # Errors
    /// It is a flow or a delay equation.
    pub fn map(&self) -> Result<Map> {
        self.require(Kind::Map)?;
        Ok(Map::new(self.equations()?))
    }

    /// Its delay equation.
    ///
    /// # Errors
    /// It is a flow or a map; its delay is not positive.
    pub fn delay(&self) -> Result<Delay> {
        self.require(Kind::Delay)?;
        let tau = self.parameters().find(|(name, _)| *name == "tau").map_or(0.0, |(_, value)| value);
        if tau <= 0.0 {
            return Err(Error::input(format!("The delay tau of {} is {tau}, but must be positive.", self.record.name)));
        }
        Ok(Delay::new(self.equations()?, tau))
    }

    pub(crate) fn equations(&self) -> Result<Equations> {
        Equations::new(&self.record, &self.values)
    }

    fn require(&self, kind: Kind) -> Result<()> {
        if self.record.kind == kind {
            return Ok(());
        }
        Err(Error::input(format!(
            "{} is a {}, but a {} is needed here.",
            self.record.name,
            self.record.kind.name(),
            kind.name()
        )))
    }
}
