//! Known laws: the same calls as `thalweg systems` and `thalweg simulate`.

use crate::arrays::{Rows, matrix, vector};
use crate::errors::raise;
use crate::job::{json, parse};
use crate::work::{Resources, work, work_kept};
use numpy::{
    IntoPyArray, PyArray1, PyArray2, PyArray3, PyArrayMethods, PyReadonlyArray2, PyUntypedArrayMethods, ToPyArray,
};
use pyo3::prelude::*;
use serde_json::{Value, json as value};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use thalweg_core::{Error, Points, Result, VectorField};
use thalweg_run::registry;
use thalweg_run::simulation::laws::{LAWS, law};
use thalweg_run::simulation::{
    Diffusion, Followed, Law, Options, Outcome, Picture, SimulationRecord, Subject, driven, follow, keep,
};
use thalweg_systems::{Kind, Lyapunov, Record, System, catalogue};

/// A record as JSON, under the names of the command line.
fn described(record: &Record) -> Value {
    let spectrum = record.spectrum.as_ref();
    value!({
        "name": record.name,
        "aliases": record.aliases,
        "kind": record.kind.name(),
        "states": record.states,
        "parameters": record.parameters.iter().map(|(k, v)| (k.clone(), value!(v))).collect::<serde_json::Map<_, _>>(),
        "equations": record.equations,
        "start": record.start,
        "period": record.period,
        "step": record.step,
        "lyapunov": spectrum.map(|s| &s.exponents),
        "lyapunov_error": spectrum.and_then(|s| s.error),
        "kaplan_yorke": record.kaplan_yorke,
        "tags": record.tags,
        "reference": record.reference,
        "note": record.note,
    })
}

/// The catalogue and the laws as JSON.
#[pyfunction]
pub fn systems() -> PyResult<String> {
    let records = catalogue().map_err(raise)?.iter().map(described);
    let law = |law: &&Law| {
        let settings = law.settings(&[], None).map(|settings| settings.listed()).unwrap_or_default();
        value!({
            "name": law.name, "kind": "law", "summary": law.summary, "method": law.method,
            "settings": settings.into_iter().map(|(k, v)| (k, value!(v))).collect::<serde_json::Map<_, _>>(),
            "help": law.described(),
        })
    };
    json(&records.chain(LAWS.iter().map(law)).collect::<Vec<_>>()).map_err(raise)
}

/// A user's system in words; read from JSON.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Own {
    kind: String,
    name: String,
    states: Vec<String>,
    #[serde(default)]
    parameters: Vec<(String, f64)>,
    #[serde(default)]
    equations: String,
    start: Vec<f64>,
    period: Option<f64>,
    step: Option<f64>,
}

impl Own {
    fn record(self) -> Result<Record> {
        let kind = [Kind::Flow, Kind::Map, Kind::Delay].into_iter().find(|kind| kind.name() == self.kind);
        let kind = kind
            .ok_or_else(|| Error::input(format!("The kind is \"{}\", but must be flow, map or delay.", self.kind)))?;
        let record = Record {
            kind,
            name: self.name,
            aliases: Vec::new(),
            states: self.states,
            parameters: self.parameters,
            equations: self.equations,
            start: self.start,
            period: self.period,
            step: self.step,
            spectrum: None,
            kaplan_yorke: None,
            tags: Vec::new(),
            reference: String::new(),
            note: String::new(),
        };
        record.check()?;
        Ok(record)
    }
}

/// A system with values of its parameters; use `thalweg.systems.System`.
#[pyclass(frozen, module = "thalweg._thalweg")]
pub struct KnownSystem {
    system: System,
}

#[pymethods]
impl KnownSystem {
    /// The system of the catalogue called `name`.
    #[staticmethod]
    fn named(name: &str) -> PyResult<Self> {
        System::named(name).map(|system| Self { system }).map_err(raise)
    }

    /// A user's own, from JSON.
    #[staticmethod]
    fn own(words: &str) -> PyResult<Self> {
        let made = || System::new(&parse::<Own>(words)?.record()?);
        made().map(|system| Self { system }).map_err(raise)
    }

    /// With other values of parameters and, where it is given, another initial state.
    fn having(&self, values: Vec<(String, f64)>, start: Option<Vec<f64>>) -> PyResult<Self> {
        let system = values.iter().try_fold(self.system.clone(), |s, (name, value)| s.with(name, *value));
        let system = system.and_then(|s| match &start {
            Some(start) => s.starting_at(start),
            None => Ok(s),
        });
        system.map(|system| Self { system }).map_err(raise)
    }

    /// The record as JSON.
    #[getter]
    fn record(&self) -> PyResult<String> {
        json(&described(self.system.record())).map_err(raise)
    }

    /// Names and values of the parameters.
    fn parameters(&self) -> Vec<(String, f64)> {
        self.system.parameters().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// The initial state.
    fn start<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        vector(py, self.system.start().into_values())
    }

    /// Right-hand sides at each row: rates of a flow or a delay equation (then `past` is needed), next states of a map.
    #[pyo3(signature = (t, x, past=None))]
    fn rates<'py>(
        &self,
        py: Python<'py>,
        t: f64,
        x: PyReadonlyArray2<'py, f64>,
        past: Option<PyReadonlyArray2<'py, f64>>,
    ) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let rows = self.rows(&x)?;
        let mut out = vec![0.0; rows.values.len()];
        match (self.system.record().kind, &past) {
            (Kind::Flow, _) => self.system.flow().map_err(raise)?.velocity(t, rows.values, &mut out),
            (Kind::Map, _) => self.system.map().map_err(raise)?.next(t, rows.values, &mut out),
            (Kind::Delay, Some(past)) => {
                let past = self.rows(past)?;
                if past.len() != rows.len() {
                    return Err(raise(Error::input(format!(
                        "There are {} states and {} states a delay ago, but each needs one.",
                        rows.len(),
                        past.len()
                    ))));
                }
                self.system.delay().map_err(raise)?.rates(t, rows.values, past.values, &mut out);
            }
            (Kind::Delay, None) => {
                return Err(raise(
                    Error::input(format!(
                        "The rates of {} depend on the state a delay ago.",
                        self.system.record().name
                    ))
                    .advise("Give it as past."),
                ));
            }
        }
        matrix(py, out, rows.dim)
    }

    /// Jacobians at each row, `n x d x d`.
    fn jacobian<'py>(
        &self,
        py: Python<'py>,
        t: f64,
        x: PyReadonlyArray2<'py, f64>,
    ) -> PyResult<Bound<'py, PyArray3<f64>>> {
        let rows = self.rows(&x)?;
        let (n, d) = (rows.len(), rows.dim);
        let mut out = vec![0.0; n * d * d];
        match self.system.record().kind {
            Kind::Flow => self.system.flow().map_err(raise)?.jacobian(t, rows.values, &mut out),
            Kind::Map => self.system.map().map_err(raise)?.jacobian(t, rows.values, &mut out),
            Kind::Delay => {
                return Err(raise(Error::input(format!(
                    "{} is a delay equation: its state is a function, which has no Jacobian of {d} by {d}.",
                    self.system.record().name
                ))));
            }
        }
        out.into_pyarray(py).reshape([n, d, d])
    }

    /// Trajectories; `options` is JSON under the names of `thalweg_run::simulation::Options`.
    fn follow(&self, py: Python<'_>, options: &str, resources: Resources) -> PyResult<Path> {
        let options: Options = parse(options).map_err(raise)?;
        let record = driven(self.system.record(), &options.drive).map_err(raise)?;
        let subject = Subject::System(self.system.clone());
        let followed = work_kept(py, &resources, |ctx| follow(&subject, &options, ctx))?;
        Ok(Path { followed, record, options, system: Some(self.system.clone()) })
    }

    /// Exponents, their errors, the mean divergence of a flow, and the Kaplan-Yorke dimension.
    fn exponents<'py>(
        &self,
        py: Python<'py>,
        lengths: (usize, usize, usize, usize),
        tolerance: f64,
        leading: usize,
        resources: Resources,
    ) -> PyResult<Exponents<'py>> {
        let (orbits, stretches, settle, restarts) = lengths;
        let options = Lyapunov { orbits, stretches, settle, restarts, tolerance, leading };
        let found = work(py, &resources, |ctx| self.system.exponents(&options, ctx))?;
        let dimension = found.kaplan_yorke();
        Ok((vector(py, found.values), vector(py, found.errors), found.divergence, dimension))
    }
}

impl KnownSystem {
    fn rows<'a>(&self, x: &'a PyReadonlyArray2<'_, f64>) -> PyResult<Rows<'a>> {
        let rows = Rows::of(x)?;
        if rows.dim == self.system.dim() {
            return Ok(rows);
        }
        Err(raise(Error::input(format!(
            "The states have {} coordinates, but {} has {}: {}.",
            rows.dim,
            self.system.record().name,
            self.system.dim(),
            self.system.record().states.join(", ")
        ))))
    }
}

type Exponents<'py> = (Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>, Option<f64>, f64);

/// A function of Python, `f(t, x) -> rates` on `n x d` arrays, as a field. The first exception is kept, and what it did
/// not compute is not a number, which ends the motion.
struct Called<'a> {
    dim: usize,
    function: &'a Py<PyAny>,
    raised: &'a Mutex<Option<PyErr>>,
}

impl Called<'_> {
    fn call(&self, t: f64, x: &[f64], out: &mut [f64]) -> PyResult<()> {
        Python::attach(|py| {
            let rows = x.to_pyarray(py).reshape([x.len() / self.dim, self.dim])?;
            let found = self.function.bind(py).call1((t, rows))?;
            let found: PyReadonlyArray2<'_, f64> = found.extract()?;
            // The Python half has seen to the shape; this is for those who call the native half themselves.
            match found.as_slice() {
                Ok(rates) if rates.len() == out.len() => out.copy_from_slice(rates),
                _ => {
                    let shape = found.shape();
                    return Err(raise(Error::input(format!(
                        "The function gave rates of shape {shape:?} for {} states of {} coordinates.",
                        x.len() / self.dim,
                        self.dim
                    ))));
                }
            }
            Ok(())
        })
    }
}

impl VectorField for Called<'_> {
    fn dim(&self) -> usize {
        self.dim
    }

    fn velocity(&self, t: f64, x: &[f64], out: &mut [f64]) {
        let mut raised = self.raised.lock().unwrap_or_else(PoisonError::into_inner);
        if raised.is_none() {
            drop(raised);
            let Err(error) = self.call(t, x, out) else { return };
            raised = self.raised.lock().unwrap_or_else(PoisonError::into_inner);
            raised.get_or_insert(error);
        }
        out.fill(f64::NAN);
    }
}

/// Trajectories of a law that is a function of Python; `words` is JSON as for `KnownSystem.own`.
#[pyfunction]
pub fn follow_function(
    py: Python<'_>,
    words: &str,
    rates: Py<PyAny>,
    noise: Option<(Py<PyAny>, bool)>,
    options: &str,
    resources: Resources,
) -> PyResult<Path> {
    let options: Options = parse(options).map_err(raise)?;
    let record = parse::<Own>(words).and_then(Own::record).map_err(raise)?;
    let raised = Mutex::new(None);
    let dim = record.states.len();
    let drift = Called { dim, function: &rates, raised: &raised };
    let diffusion = noise.as_ref().map(|(function, additive)| Diffusion {
        size: Box::new(Called { dim, function, raised: &raised }),
        additive: *additive,
    });
    let subject = Subject::Law { record: Box::new(record.clone()), drift: &drift, diffusion };
    let followed = work_kept(py, &resources, |ctx| follow(&subject, &options, ctx));
    if let Some(error) = raised.lock().unwrap_or_else(PoisonError::into_inner).take() {
        return Err(error);
    }
    Ok(Path { followed: followed?, record, options, system: None })
}

/// Trajectories; use `thalweg.systems.Orbits`.
#[pyclass(frozen, module = "thalweg._thalweg")]
pub struct Path {
    followed: Followed,
    record: Record,
    options: Options,
    system: Option<System>,
}

/// Parameters, times, states (`times x trajectories x states`) and missed points (`trajectories x times`, or empty).
type Member<'py> =
    (Vec<(String, f64)>, Bound<'py, PyArray1<f64>>, Bound<'py, PyArray3<f64>>, Vec<Bound<'py, PyArray1<bool>>>);

#[pymethods]
impl Path {
    /// The report as JSON.
    #[getter]
    fn report(&self) -> PyResult<String> {
        json(&self.followed.report).map_err(raise)
    }

    /// What was followed at each choice of the swept parameters.
    fn members<'py>(&self, py: Python<'py>) -> PyResult<Vec<Member<'py>>> {
        self.followed
            .members
            .iter()
            .map(|m| {
                let (times, dim) = (m.path.times.len(), self.followed.states.len());
                let rows = m.path.states.first().map_or(0, Points::len);
                let values: Vec<f64> = m.path.states.iter().flat_map(|s| s.values().iter().copied()).collect();
                let states = values.into_pyarray(py).reshape([times, rows, dim])?;
                let missed = m.missed.iter().map(|row| row.to_pyarray(py)).collect();
                Ok((m.parameters.clone(), vector(py, m.path.times.clone()), states, missed))
            })
            .collect()
    }

    /// Writes the table, by extension.
    fn write(&self, path: PathBuf) -> PyResult<()> {
        thalweg_io::check_output(&path).map_err(raise)?;
        self.followed.table().and_then(|table| thalweg_io::write(&path, &table)).map_err(raise)
    }

    /// Writes the page; with `exponents` their convergence too.
    fn page(&self, py: Python<'_>, path: PathBuf, exponents: bool, resources: Resources) -> PyResult<()> {
        let picture = match (&self.system, exponents) {
            (Some(system), true) => work(py, &resources, |ctx| {
                let values = system.parameters().map(|(name, value)| (name.to_owned(), value));
                let values: Vec<(String, f64)> = values.chain(self.options.parameters.iter().cloned()).collect();
                let system = values.iter().try_fold(System::new(&self.record)?, |s, (name, v)| s.with(name, *v))?;
                Picture::of(&self.followed, &self.record).with_exponents(&system, ctx)
            })?,
            (None, true) => {
                return Err(raise(
                    Error::input("Exponents need the derivatives of a law, and those of a function are not known.")
                        .advise("Write the law in the expression language."),
                ));
            }
            (_, false) => Picture::of(&self.followed, &self.record),
        };
        let record = SimulationRecord {
            kind: self.record.kind.name().into(),
            summary: format!("a {} of {} states", self.record.kind.name(), self.record.states.len()),
            trajectories: self.followed.trajectories(),
            rows: self.followed.points(),
            reference: self.record.reference.clone(),
            ..SimulationRecord::new(&self.record.name, self.options.seed, &self.followed.report)
        };
        written(&path, &record, &picture).map_err(raise)
    }
}

fn written(path: &std::path::Path, record: &SimulationRecord, picture: &Picture) -> Result<()> {
    let page = thalweg_report::simulation_html(record, picture)?;
    thalweg_io::write_atomically(path, |out| {
        std::io::Write::write_all(out, page.as_bytes())
            .map_err(|e| Error::system(format_args!("write {}", path.display()), e))
    })
}

/// What a law did; use `thalweg.systems.simulate`.
#[pyclass(frozen, module = "thalweg._thalweg")]
pub struct LawOutcome {
    law: &'static Law,
    settings: Vec<(String, String)>,
    seed: u64,
    outcome: Outcome,
}

/// Follows the law called `name`; `settings` are names and values as text.
#[pyfunction]
pub fn simulate_law(
    py: Python<'_>,
    name: &str,
    settings: Vec<(String, String)>,
    frames: Option<usize>,
    resources: Resources,
) -> PyResult<LawOutcome> {
    let Some(law) = law(name) else {
        let names: Vec<&str> = LAWS.iter().map(|law| law.name).collect();
        return Err(raise(
            Error::input(format!("There is no law called \"{name}\"."))
                .advise(format!("The laws are {}.", names.join(", "))),
        ));
    };
    let settings = law.settings(&settings, frames).map_err(raise)?;
    let outcome = work(py, &resources, |ctx| law.follow(&settings, ctx))?;
    Ok(LawOutcome { law, settings: settings.listed(), seed: resources.seed(), outcome })
}

/// Name, unit and values (`times x nodes`) of a field.
type Field<'py> = (String, String, Bound<'py, PyArray2<f64>>);
/// Times, name and positions of each axis (slow first), fields.
type Fields<'py> = (Bound<'py, PyArray1<f64>>, Vec<(String, Bound<'py, PyArray1<f64>>)>, Vec<Field<'py>>);
/// Times, and name and values of each figure.
type Series<'py> = (Bound<'py, PyArray1<f64>>, Vec<(String, Bound<'py, PyArray1<f64>>)>);

#[pymethods]
impl LawOutcome {
    /// Report, facts, settings and unit of time as JSON.
    #[getter]
    fn record(&self) -> PyResult<String> {
        json(&value!({
            "report": self.outcome.report,
            "facts": self.outcome.facts,
            "settings": self.settings,
            "time_unit": self.outcome.time_unit,
            "summary": self.law.summary,
        }))
        .map_err(raise)
    }

    /// The fields.
    fn fields<'py>(&self, py: Python<'py>) -> PyResult<Option<Fields<'py>>> {
        let Some(fields) = &self.outcome.fields else { return Ok(None) };
        let axes = fields.grid.axes().into_iter();
        let axes = axes.map(|(name, positions)| (name.to_owned(), positions.to_pyarray(py))).collect();
        let all = fields
            .fields
            .iter()
            .map(|f| Ok((f.name.clone(), f.unit.clone(), matrix(py, f.values.clone(), fields.grid.nodes())?)))
            .collect::<PyResult<_>>()?;
        Ok(Some((vector(py, fields.times.clone()), axes, all)))
    }

    /// Figures over time.
    fn series<'py>(&self, py: Python<'py>) -> Option<Series<'py>> {
        let series = self.outcome.series.as_ref()?;
        let columns = series.columns.iter().map(|(name, values)| (name.clone(), values.to_pyarray(py))).collect();
        Some((vector(py, series.times.clone()), columns))
    }

    /// Writes the table, by extension.
    fn write(&self, path: PathBuf) -> PyResult<()> {
        thalweg_io::check_output(&path).map_err(raise)?;
        self.outcome.table().and_then(|table| thalweg_io::write(&path, &table)).map_err(raise)
    }

    /// Writes the page, where `folder` is set into a new folder with tables and record.
    fn page(&self, path: PathBuf, folder: bool) -> PyResult<()> {
        let made = || {
            let method = registry::method(self.law.method)?;
            let table = self.outcome.table()?;
            let mut record = SimulationRecord {
                kind: "law".into(),
                summary: self.law.summary.into(),
                settings: self.settings.clone(),
                rows: table.rows(),
                // JSON has no other numbers.
                facts: self.outcome.facts.iter().filter(|(_, value)| value.is_finite()).cloned().collect(),
                citation: Some(method.citation.bibtex.into()),
                ..SimulationRecord::new(self.law.name, self.seed, &self.outcome.report)
            };
            let picture = Picture::of_law(&self.outcome);
            if !folder {
                return written(&path, &record, &picture);
            }
            keep(&path, &mut record, &picture, &table, self.outcome.figures()?.as_ref())?;
            written(&path.join("report.html"), &record, &picture)
        };
        made().map_err(raise)
    }
}
