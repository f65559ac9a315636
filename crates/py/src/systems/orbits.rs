//! Trajectories as arrays, tables and pages.

use crate::arrays::vector;
use crate::errors::raise;
use crate::job::json;
use crate::work::{Resources, work};
use numpy::{IntoPyArray, PyArray1, PyArray3, PyArrayMethods, ToPyArray};
use pyo3::prelude::*;
use std::path::PathBuf;
use thalweg_core::{Error, Points};
use thalweg_report::write_simulation_page;
use thalweg_run::simulation::{Followed, Options, Picture, SimulationRecord, require_no_noise};
use thalweg_systems::{Record, System};

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

impl Path {
    /// What was followed, of a law in words where there is a system.
    pub(super) fn new(followed: Followed, record: Record, options: Options, system: Option<System>) -> Self {
        Self { followed, record, options, system }
    }
}

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
                require_no_noise(&self.options)?;
                if let Some(sweep) = self.options.sweep.first() {
                    return Err(Error::input(format!(
                        "Exponents on a page are those of one system, but {} was swept.",
                        sweep.parameter
                    ))
                    .advise("Call System.exponents() at each value, or leave exponents out of the page."));
                }
                let values = system.parameters().map(|(name, value)| (name.to_owned(), value));
                let values: Vec<(String, f64)> = values.chain(self.options.parameters.iter().cloned()).collect();
                let start = self.options.start.clone().unwrap_or_else(|| system.start().into_values());
                let system = System::new(&self.record)?.starting_at(&start)?;
                let system = values.iter().try_fold(system, |s, (name, v)| s.with(name, *v))?;
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
        write_simulation_page(&path, &record, &picture).map_err(raise)
    }
}
