//! What a page shows of a simulation: bounded parts of trajectories, figures made of them, and fields.

use super::diagram::Diagram;
use super::law::{Fields, Grid, Series};
use super::spectrum::{density, maxima};
use super::{Followed, Member, Outcome};
use serde::{Deserialize, Serialize};
use thalweg_core::{Class, Context, Result};
use thalweg_systems::{Kind, Lyapunov, Record, System};

/// Points of all orbits together.
const POINTS: usize = 12_000;
/// Orbits, and the fewest points of each.
const ORBITS: usize = 40;
const FEWEST: usize = 200;
/// States that are shown.
const STATES: usize = 12;
/// States whose spectra are shown.
const SPECTRA: usize = 6;
/// Points that a spectrum is made of.
const SPECTRAL: usize = 1 << 17;
/// Pairs of maxima that are shown.
const PAIRS: usize = 3000;
/// Times and nodes along each axis of a field on a line, and on a surface.
const LINE: (usize, usize) = (240, 400);
const SURFACE: (usize, usize) = (61, 208);
/// Fields that are shown.
const FIELDS: usize = 3;
/// Periods over which exponents are averaged, from the shortest to the longest.
const LENGTHS: [usize; 7] = [4, 8, 16, 32, 64, 128, 256];

/// What a page shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Picture {
    /// Names of the shown states.
    pub states: Vec<String>,
    /// Whether time is a count of iterations.
    pub discrete: bool,
    /// The dominant period, where it is known.
    pub period: Option<f64>,
    /// The largest Lyapunov exponent, where it is known and positive.
    pub exponent: Option<f64>,
    /// Beginnings of trajectories.
    pub orbits: Vec<Orbit>,
    /// Power spectra of the states of the first trajectory.
    pub spectra: Vec<Spectrum>,
    /// Successive extremes of one state.
    pub extremes: Option<Extremes>,
    /// Where the motion settles, against a swept parameter.
    pub diagram: Option<Diagram>,
    /// Exponents against the time that they are averaged over.
    pub convergence: Vec<Convergence>,
    /// Fields on a grid.
    pub fields: Vec<Shown>,
    /// Figures over time.
    pub series: Vec<(String, Vec<[f64; 2]>)>,
    /// The unit of the times.
    pub time_unit: String,
}

/// The beginning of a trajectory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Orbit {
    /// What sets it apart from the others; empty where there is one.
    pub name: String,
    /// Times.
    pub times: Vec<f64>,
    /// `times x states`.
    pub values: Vec<f32>,
    /// Whether each point was missed; empty where none was.
    pub missed: Vec<bool>,
}

/// A power spectral density, one-sided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spectrum {
    /// The state.
    pub state: String,
    /// In cycles a unit of time.
    pub frequencies: Vec<f64>,
    /// In squared units of the state times time.
    pub density: Vec<f64>,
}

/// A return map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Extremes {
    /// What is compared with what comes after it, for example `maximum of z`.
    pub what: String,
    /// A value and the next.
    pub pairs: Vec<[f64; 2]>,
}

/// Exponents over one length.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Convergence {
    /// The time that is averaged over.
    pub time: f64,
    /// The exponents, largest first.
    pub values: Vec<f64>,
    /// Their standard errors.
    pub errors: Vec<f64>,
}

/// A field, thinned for the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    /// Its name.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// `line`, `plane` or `sphere`.
    pub surface: String,
    /// Times.
    pub times: Vec<f64>,
    /// Names of the coordinates with their positions, slow first.
    pub axes: Vec<(String, Vec<f64>)>,
    /// `times x nodes`.
    pub values: Vec<f32>,
    /// Between which values colours are told apart, where that is not all that it has.
    #[serde(default)]
    pub span: Option<[f64; 2]>,
}

impl Picture {
    /// Of trajectories of the system of `record`.
    pub fn of(followed: &Followed, record: &Record) -> Self {
        let shown = followed.states.len().min(STATES);
        let states = followed.states[..shown].to_vec();
        let discrete = record.kind == Kind::Map;
        let (spectra, extremes) = match followed.members.first() {
            Some(member) => (spectra(member, &states), extremes(member, &states, discrete)),
            None => (Vec::new(), None),
        };
        let spectrum = record.spectrum.as_ref().and_then(|s| s.exponents.first().copied());
        Self {
            orbits: orbits(followed, shown),
            diagram: Diagram::of(followed, &states, discrete),
            spectra,
            extremes,
            discrete,
            period: record.period,
            exponent: spectrum.filter(|e| *e > 0.0),
            states,
            ..Self::default()
        }
    }

    /// Of what a law did.
    pub fn of_law(outcome: &Outcome) -> Self {
        let fields = outcome.fields.iter().flat_map(fields).collect();
        let series = outcome.series.iter().flat_map(series).collect();
        Self { fields, series, time_unit: outcome.time_unit.clone(), ..Self::default() }
    }

    /// With the exponents of `system` over longer and longer times; an interruption ends them early.
    ///
    /// # Errors
    /// As [`System::exponents`].
    pub fn with_exponents(mut self, system: &System, ctx: &Context) -> Result<Self> {
        let stretch = match system.record().kind {
            Kind::Flow => system.record().period.unwrap_or(1.0),
            Kind::Map => 100.0,
            Kind::Delay => system.delay()?.tau(),
        };
        for (k, stretches) in LENGTHS.into_iter().enumerate() {
            ctx.progress("exponents", k as u64, LENGTHS.len() as u64, "");
            let options = Lyapunov { orbits: 1, stretches, ..Lyapunov::default() };
            match system.exponents(&options, ctx) {
                // Minus infinity, of a map that loses a direction at once, cannot be drawn.
                Ok(found) if found.values.iter().chain(&found.errors).any(|v| !v.is_finite()) => break,
                Ok(found) => self.convergence.push(Convergence {
                    time: stretch * stretches as f64,
                    values: found.values,
                    errors: found.errors,
                }),
                Err(error) if error.class() == Class::Interrupted => break,
                Err(error) => return Err(error),
            }
        }
        if let Some(last) = self.convergence.last() {
            self.exponent = last.values.first().copied().filter(|e| *e > 0.0);
        }
        Ok(self)
    }
}

/// What sets a trajectory apart: the choice of the sweeps, and its number in the table where a choice has several.
fn named(member: &Member, number: usize, rows: usize) -> String {
    let values = member.parameters.iter().map(|(name, value)| format!("{name} = {value}"));
    let number = (rows > 1).then(|| format!("trajectory {number}"));
    values.chain(number).collect::<Vec<_>>().join(", ")
}

fn orbits(followed: &Followed, states: usize) -> Vec<Orbit> {
    let each = followed.members.iter().flat_map(|m| {
        let rows = m.path.states.first().map_or(0, thalweg_core::Points::len);
        (0..rows).map(move |row| (m, row, rows))
    });
    let all: Vec<(usize, (&Member, usize, usize))> = each.enumerate().collect();
    let count = all.len().min(ORBITS);
    let points = (POINTS / count.max(1)).max(FEWEST);
    // Spread over all of them, so that both ends of a sweep are seen.
    let chosen = (0..count).map(|k| all[k * all.len() / count]);
    chosen
        .map(|(number, (member, row, rows))| {
            let path = &member.path;
            // As narrow numbers too: JSON has no others.
            let fine = |x: &[f64]| x.iter().all(|v| (*v as f32).is_finite());
            let kept = path.states.iter().take(points).take_while(|s| fine(s.row(row))).count();
            let values = path.states[..kept].iter().flat_map(|s| s.row(row)[..states].iter().map(|v| *v as f32));
            let missed = member.missed.get(row).map_or(Vec::new(), |missed| missed[..kept].to_vec());
            Orbit {
                name: named(member, number, rows),
                times: path.times[..kept].to_vec(),
                values: values.collect(),
                missed,
            }
        })
        .collect()
}

/// A state of the first trajectory, as long as it is finite.
fn column(member: &Member, state: usize) -> Vec<f64> {
    let values = member.path.states.iter().take(SPECTRAL).map(|s| s.row(0)[state]);
    values.take_while(|v| v.is_finite()).collect()
}

fn spectra(member: &Member, states: &[String]) -> Vec<Spectrum> {
    let [first, second, ..] = member.path.times[..] else { return Vec::new() };
    let spectrum = |(k, state): (usize, &String)| {
        let (frequencies, density) = density(&column(member, k), second - first);
        (!density.is_empty() && density.iter().all(|v| v.is_finite())).then(|| Spectrum {
            state: state.clone(),
            frequencies,
            density,
        })
    };
    states.iter().take(SPECTRA).enumerate().filter_map(spectrum).collect()
}

/// Of a map the values of its first state; of a flow the maxima of its last state that has enough of them.
fn extremes(member: &Member, states: &[String], discrete: bool) -> Option<Extremes> {
    let pairs = |values: &[f64]| values.windows(2).take(PAIRS).map(|w| [w[0], w[1]]).collect::<Vec<_>>();
    if discrete {
        return Some(Extremes { what: states.first()?.clone(), pairs: pairs(&column(member, 0)) });
    }
    (0..states.len()).rev().find_map(|k| {
        let found = maxima(&column(member, k));
        (found.len() > 20).then(|| Extremes { what: format!("maximum of {}", states[k]), pairs: pairs(&found) })
    })
}

/// At most `most` of `count` places, evenly, both ends among them.
fn spread(count: usize, most: usize) -> Vec<usize> {
    if count <= most {
        return (0..count).collect();
    }
    (0..most).map(|k| k * (count - 1) / (most - 1)).collect()
}

fn fields(fields: &Fields) -> Vec<Shown> {
    let (surface, (times, nodes)) = match fields.grid {
        Grid::Line { .. } => ("line", LINE),
        Grid::Plane { .. } => ("plane", SURFACE),
        Grid::Sphere { .. } => ("sphere", SURFACE),
    };
    // A field that left the finite range is shown as far as it came.
    let nodes_of = fields.grid.nodes().max(1);
    let whole = |field: &super::Field| {
        field.values.chunks(nodes_of).take_while(|frame| frame.iter().all(|v| (*v as f32).is_finite())).count()
    };
    let kept = fields.fields.iter().map(whole).min().unwrap_or(0).min(fields.times.len());
    let frames = spread(kept, times);
    let axes = fields.grid.axes();
    let kept: Vec<Vec<usize>> = axes.iter().map(|(_, positions)| spread(positions.len(), nodes)).collect();
    let row = axes.last().map_or(0, |(_, positions)| positions.len());
    let places: Vec<usize> = match &kept[..] {
        [x] => x.clone(),
        [slow, fast, ..] => slow.iter().flat_map(|i| fast.iter().map(move |j| i * row + j)).collect(),
        [] => Vec::new(),
    };
    let positions = axes.iter().zip(&kept);
    let axes: Vec<_> =
        positions.map(|((name, p), kept)| ((*name).to_owned(), kept.iter().map(|k| p[*k]).collect())).collect();
    let nodes = fields.grid.nodes();
    let one = |field: &super::Field| Shown {
        name: field.name.clone(),
        unit: field.unit.clone(),
        surface: surface.to_owned(),
        times: frames.iter().map(|k| fields.times[*k]).collect(),
        axes: axes.clone(),
        values: frames.iter().flat_map(|k| places.iter().map(move |p| field.values[k * nodes + p] as f32)).collect(),
        span: field.span,
    };
    fields.fields.iter().take(FIELDS).map(one).collect()
}

fn series(series: &Series) -> Vec<(String, Vec<[f64; 2]>)> {
    let kept = spread(series.times.len(), 2000);
    let one = |(name, values): &(String, Vec<f64>)| {
        let points = kept.iter().map(|k| [series.times[*k], values[*k]]).filter(|p| p[1].is_finite()).collect();
        (name.clone(), points)
    };
    series.columns.iter().map(one).collect()
}
