//! A system of the catalogue, or one in words.

use super::orbits::Path;
use super::own::Own;
use super::{LawOutcome, described};
use crate::arrays::{Rows, matrix, vector};
use crate::errors::raise;
use crate::job::{json, parse};
use crate::work::{Resources, work, work_kept};
use numpy::{IntoPyArray, PyArray1, PyArray2, PyArray3, PyArrayMethods, PyReadonlyArray2};
use pyo3::prelude::*;
use thalweg_core::{Error, VectorField};
use thalweg_run::simulation::{Options, SimulationRecord, Stretch, Subject, driven, follow, stretch};
use thalweg_systems::{Kind, Lyapunov, System};

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
        Ok(Path::new(followed, record, options, Some(self.system.clone())))
    }

    /// Finite-time exponents on a plane of its states; `asked` is JSON under the names of
    /// `thalweg_run::simulation::Stretch`.
    fn stretch(&self, py: Python<'_>, asked: &str, resources: Resources) -> PyResult<LawOutcome> {
        let asked: Stretch = parse(asked).map_err(raise)?;
        let outcome = work_kept(py, &resources, |ctx| stretch(&self.system, &asked, ctx))?;
        let record = self.system.record();
        let way = if asked.length > 0.0 { "forward: ridges repel" } else { "backward: ridges attract" };
        let mut settings: Vec<_> = self.system.parameters().map(|(k, v)| (k.to_owned(), v.to_string())).collect();
        settings.push(("time".into(), asked.length.to_string()));
        let told = SimulationRecord {
            kind: record.kind.name().into(),
            summary: format!("finite-time Lyapunov exponents of {}, {way}", record.name),
            settings,
            reference: record.reference.clone(),
            ..SimulationRecord::new(&record.name, resources.seed(), &outcome.report)
        };
        Ok(LawOutcome::new(told, outcome))
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
