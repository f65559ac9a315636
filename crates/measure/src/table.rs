//! One interface to the measures of series: a table of them by name, with settings as data.
//!
//! The command line and Python read this table; a program that knows what it wants calls the functions themselves.

mod compare;
mod patterns;
mod sets;

use crate::embedding::{DelayRule, delay, embed, embedding_dimension};
use crate::series::{column, demand};
use crate::settings::{near, read_settings};
use crate::spectrum::mean_period;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thalweg_core::{Context, Error, Points, Result};

/// Rows at evenly spaced times, to measure.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// The rows (`n x d`), in the order of time.
    pub points: Points,
    /// Names of the `d` columns.
    pub columns: Vec<String>,
    /// Time from a row to the next.
    pub dt: f64,
    /// What it is compared with, by measures that compare: a generated series, or a forecast of the same times.
    pub other: Option<Points>,
}

/// Sizes of the values of a series.
const SMALLEST: f64 = 1e-60;
const LARGEST: f64 = 1e60;

impl Series {
    /// A series of rows `dt` apart.
    ///
    /// # Errors
    /// Numbers that are not finite, or of a size whose powers are not; another number of names than of columns; `dt` is not positive; another series with
    /// other columns.
    pub fn new(points: Points, columns: Vec<String>, dt: f64, other: Option<Points>) -> Result<Self> {
        points.check_finite()?;
        demand(dt > 0.0 && dt.is_finite(), "dt", dt, "positive")?;
        if columns.len() != points.dim() {
            return Err(Error::input(format!("{} names came with {} columns.", columns.len(), points.dim())));
        }
        // Powers of the values beyond these leave the range of numbers, and what is measured then says nothing.
        let size = points.values().iter().fold(0.0_f64, |size, v| size.max(v.abs()));
        if size > LARGEST || (size > 0.0 && size < SMALLEST) {
            return Err(Error::input(format!(
                "The largest value is {size:e} in size, but series are measured from {SMALLEST:e} to {LARGEST:e}."
            ))
            .advise("Change the unit of the values."));
        }
        match &other {
            Some(other) if other.dim() != points.dim() => Err(Error::input(format!(
                "The series has {} columns and the one it is compared with {}, but both must agree.",
                points.dim(),
                other.dim()
            ))),
            _ => Ok(Self { points, columns, dt, other }),
        }
    }

    fn other(&self) -> Result<&Points> {
        self.other.as_ref().ok_or_else(|| {
            Error::input("This measure compares two series, and one was given.")
                .advise("Give the other with --against, in Python as the second argument.")
        })
    }

    /// What `one` makes of each column, by its name.
    fn each(&self, name: &str, mut one: impl FnMut(&[f64], &str) -> Result<Found>) -> Result<Found> {
        let mut all = Found::default();
        for (k, column_name) in self.columns.iter().enumerate() {
            let label = if self.columns.len() == 1 { name.to_owned() } else { format!("{name} of {column_name}") };
            let mut found = one(&column(&self.points, k), &label)?;
            all.figures.append(&mut found.figures);
            all.curves.append(&mut found.curves);
        }
        Ok(all)
    }
}

/// The time between two rows, of times that must be evenly spaced and increase.
///
/// # Errors
/// Fewer than two times; times that stand still or fall; a step that differs from the mean by more than a thousandth of it.
pub fn spacing(times: &[f64]) -> Result<f64> {
    if times.len() < 2 {
        return Err(Error::input(format!("{} times have no spacing; two are needed.", times.len())));
    }
    let step = (times[times.len() - 1] - times[0]) / (times.len() - 1) as f64;
    if let Some(k) = times.windows(2).position(|w| w[1] <= w[0]) {
        return Err(Error::input(format!(
            "The time goes from {} in row {k} to {} in the next, but it must increase.",
            times[k],
            times[k + 1]
        ))
        .advise(
            "Sort the rows by time, keep one trajectory, or name another column as the time; --dt gives the spacing.",
        ));
    }
    let even = |w: &[f64]| (w[1] - w[0] - step).abs() <= 1e-3 * step;
    match times.windows(2).position(|w| !even(w)) {
        None => Ok(step),
        Some(k) => Err(Error::input(format!(
            "The time goes from {} in row {k} to {} in the next, and by {step} on average, but rows must be evenly spaced.",
            times[k],
            times[k + 1]
        ))
        .advise("Sort the rows by time, keep one trajectory, or interpolate to even times.")),
    }
}

/// A number that was measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// What it is.
    pub name: String,
    /// The number.
    pub value: f64,
    /// Its standard error, where one is known.
    pub error: Option<f64>,
    /// Its unit, empty for a pure number.
    pub unit: String,
}

/// A curve from which a figure was read, to judge it by.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Curve {
    /// What it is.
    pub name: String,
    /// What the axes are.
    pub axes: [String; 2],
    /// Places along the first.
    pub x: Vec<f64>,
    /// Values along the second.
    pub y: Vec<f64>,
}

/// What a measure found.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Found {
    /// The figures, the one that the measure is named for first.
    pub figures: Vec<Figure>,
    /// Curves behind them.
    pub curves: Vec<Curve>,
}

impl Found {
    fn figure(mut self, name: impl Into<String>, value: f64, error: Option<f64>, unit: &str) -> Self {
        // What could not be estimated is no error of zero.
        let error = error.filter(|e| e.is_finite());
        self.figures.push(Figure { name: name.into(), value, error, unit: unit.to_owned() });
        self
    }

    fn curve(mut self, name: impl Into<String>, axes: [&str; 2], x: Vec<f64>, y: Vec<f64>) -> Self {
        self.curves.push(Curve { name: name.into(), axes: axes.map(str::to_owned), x, y });
        self
    }
}

/// A line of the table: something that can be measured of a series.
pub struct Quantity {
    /// Kebab-case name: `permutation-entropy`.
    pub name: &'static str,
    /// What it is, in one sentence.
    pub what: &'static str,
    /// Where it is published.
    pub source: &'static str,
    /// What it is held against in the tests.
    pub claim: &'static str,
    /// Whether it compares two series.
    pub compares: bool,
    /// Its settings, as JSON.
    pub defaults: fn() -> Value,
    run: fn(&Series, Value, &Context) -> Result<Found>,
}

/// Every measure of a series, in alphabetical order.
pub static QUANTITIES: &[Quantity] = &[
    sets::DIMENSION,
    patterns::DRIFT,
    sets::EMBEDDING,
    patterns::ENTROPY,
    sets::LYAPUNOV,
    compare::MASE,
    patterns::MULTISCALE,
    patterns::PERMUTATION,
    sets::RECURRENCE,
    compare::SMAPE,
    compare::SPECTRAL,
    patterns::SPECTRUM,
    compare::STATES,
    patterns::SURROGATES,
    compare::VALID,
];

/// The measure called `word`.
///
/// # Errors
/// There is none; the message names the nearest and lists all.
pub fn quantity(word: &str) -> Result<&'static Quantity> {
    let same = |q: &&Quantity| q.name.eq_ignore_ascii_case(&word.replace('_', "-"));
    QUANTITIES.iter().find(same).ok_or_else(|| {
        let names: Vec<&str> = QUANTITIES.iter().map(|q| q.name).collect();
        Error::input(format!("There is no measure called \"{word}\".")).advise(near(word, &names))
    })
}

impl Quantity {
    /// Measures it on a series, with `settings` (an object, or null) in place of the defaults of the same names.
    ///
    /// # Errors
    /// A setting of an unknown name or out of range; a series that is too short, or lacks the other; interruption.
    pub fn measure(&self, series: &Series, settings: Value, ctx: &Context) -> Result<Found> {
        let settings = if settings.is_null() { Value::Object(Map::default()) } else { settings };
        (self.run)(series, settings, ctx).map_err(|e| e.within(self.name))
    }

    /// Whether it has a setting of this name.
    pub fn has(&self, setting: &str) -> bool {
        (self.defaults)().get(setting).is_some()
    }
}

/// The settings of a measure.
fn read<C: DeserializeOwned>(settings: Value) -> Result<C> {
    read_settings(settings)
}

fn written<C: Serialize + Default>() -> Value {
    serde_json::to_value(C::default()).unwrap_or_default()
}

/// How a series becomes points of a state space.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Space {
    /// Delays of an embedding of the first column; by default rows of several columns are states as they are, and one
    /// column is embedded by false neighbours.
    dim: Option<usize>,
    /// Points of a delay; by default the first minimum of the mutual information.
    lag: Option<usize>,
    /// Points within which pairs are of the same stretch; by default the mean period.
    theiler: Option<usize>,
}

/// States, and how they were made.
struct States {
    points: Points,
    theiler: usize,
    embedding: Option<(usize, usize)>,
}

/// Most delays and most dimensions that are tried.
const MOST_DIMENSIONS: usize = 8;

impl Space {
    /// The settings of a space, and the others, which are those of `C`.
    fn apart<C: DeserializeOwned>(settings: Value) -> Result<(Self, C)> {
        let Value::Object(all) = settings else { return Ok((Self::default(), read(settings)?)) };
        let names = written::<Self>();
        let (space, own): (Map<String, Value>, Map<String, Value>) =
            all.into_iter().partition(|(name, _)| names.get(name).is_some());
        Ok((read(Value::Object(space))?, read(Value::Object(own))?))
    }

    /// Both as one object, for who asks for the defaults; of a name that both have it is that of the space.
    fn beside(space: Self, own: &impl Serialize) -> Value {
        let object = |value: Value| value.as_object().cloned().unwrap_or_default();
        let mut all = object(serde_json::to_value(space).unwrap_or_default());
        for (name, value) in object(serde_json::to_value(own).unwrap_or_default()) {
            all.entry(name).or_insert(value);
        }
        Value::Object(all)
    }

    fn states(&self, series: &Series, ctx: &Context) -> Result<States> {
        let first = column(&series.points, 0);
        let theiler = match self.theiler {
            Some(theiler) => theiler,
            None => mean_period(&first)?.min(first.len() / 10).max(1),
        };
        if self.dim.is_none() && self.lag.is_none() && series.points.dim() > 1 {
            room(series.points.len(), series.points.dim(), ctx)?;
            return Ok(States { points: series.points.clone(), theiler, embedding: None });
        }
        let lag = match self.lag {
            Some(lag) => lag,
            None => delay(&first, DelayRule::MutualInformation, most_lag(first.len(), theiler))?,
        };
        let dim = match self.dim {
            Some(dim) => dim,
            None => {
                let thin = thinned(&first, lag);
                embedding_dimension(thin, lag, MOST_DIMENSIONS, theiler, 0.01, ctx)?
            }
        };
        room(first.len(), dim, ctx)?;
        Ok(States { points: embed(&first, dim, lag)?, theiler, embedding: Some((dim, lag)) })
    }
}

/// Refuses states that with the tree of their neighbours, its order and its boxes are more than memory.
fn room(rows: usize, dim: usize, ctx: &Context) -> Result<()> {
    let numbers = (rows as u64).saturating_mul(3 * dim as u64 + 2);
    ctx.require_memory(
        numbers.saturating_mul(8),
        &format!("A search for neighbours among {rows} states of {dim} numbers"),
    )
}

/// Lags among which a delay is looked for.
fn most_lag(n: usize, theiler: usize) -> usize {
    (3 * theiler).clamp(10, 500).min(n / 10).max(1)
}

/// A beginning that is long enough to find a dimension.
fn thinned(x: &[f64], lag: usize) -> &[f64] {
    &x[..x.len().min(20_000 + MOST_DIMENSIONS * lag)]
}

impl States {
    fn told(&self, found: Found) -> Found {
        let found = match self.embedding {
            Some((dim, lag)) => found.figure("dimension of the embedding", dim as f64, None, "").figure(
                "delay of the embedding",
                lag as f64,
                None,
                "points",
            ),
            None => found,
        };
        found.figure("window of time", self.theiler as f64, None, "points")
    }
}
