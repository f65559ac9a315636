//! Laws with settings of their own, and fields.

use crate::arrays::{matrix, vector};
use crate::errors::raise;
use crate::job::json;
use crate::work::{Resources, work_kept};
use numpy::{PyArray1, PyArray2, ToPyArray};
use pyo3::prelude::*;
use serde_json::json as value;
use std::path::PathBuf;
use thalweg_core::Error;
use thalweg_report::write_simulation_page;
use thalweg_run::registry;
use thalweg_run::simulation::laws::{LAWS, law};
use thalweg_run::simulation::{Outcome, Picture, SimulationRecord, keep};

/// What a law did; use `thalweg.systems.simulate`.
#[pyclass(frozen, module = "thalweg._thalweg")]
pub struct LawOutcome {
    record: SimulationRecord,
    outcome: Outcome,
}

impl LawOutcome {
    /// What came of what `record` tells of; rows and figures are added here.
    pub(super) fn new(record: SimulationRecord, outcome: Outcome) -> Self {
        // JSON has no other numbers.
        let facts = outcome.facts.iter().filter(|(_, value)| value.is_finite()).cloned().collect();
        Self { record: SimulationRecord { facts, ..record }, outcome }
    }
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
    let outcome = work_kept(py, &resources, |ctx| law.follow(&settings, ctx))?;
    let method = registry::method(law.method).map_err(raise)?;
    let record = SimulationRecord {
        kind: "law".into(),
        summary: law.summary.into(),
        settings: settings.listed(),
        citation: Some(method.citation.bibtex.into()),
        ..SimulationRecord::new(law.name, resources.seed(), &outcome.report)
    };
    Ok(LawOutcome::new(record, outcome))
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
            "settings": self.record.settings,
            "time_unit": self.outcome.time_unit,
            "summary": self.record.summary,
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
            let table = self.outcome.table()?;
            let mut record = SimulationRecord { rows: table.rows(), ..self.record.clone() };
            let picture = Picture::of_law(&self.outcome);
            if !folder {
                return write_simulation_page(&path, &record, &picture);
            }
            keep(&path, &mut record, &picture, &table, self.outcome.figures()?.as_ref())?;
            write_simulation_page(&path.join("report.html"), &record, &picture)
        };
        made().map_err(raise)
    }
}
