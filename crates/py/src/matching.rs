//! Matching two clouds: the same call as `thalweg match`.

use crate::arrays::{Rows, matrix, numbers, vector};
use crate::job::{json, parse};
use crate::work::{Resources, work};
use numpy::{IntoPyArray, PyArray1, PyArray2, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;
use std::path::{Path, PathBuf};
use thalweg_core::{Context, Result};
use thalweg_io::Selection;
use thalweg_ot::RestrictedCosts;
use thalweg_run::matching::{Cloud, Entries, Matched, Options, along, along_files, run, run_with};
use thalweg_run::routing::Network;

/// An array that Python owns.
type Matrix<'py> = Bound<'py, PyArray2<f64>>;
/// As [`Matrix`].
type Vector<'py> = Bound<'py, PyArray1<f64>>;
/// As [`Matrix`], of whole numbers.
type Indices<'py> = Bound<'py, PyArray1<i64>>;

/// One side of a match; read from the attributes of a Python object.
#[derive(FromPyObject)]
pub struct Side<'py> {
    name: String,
    x: PyReadonlyArray2<'py, f64>,
    weights: Option<PyReadonlyArray1<'py, f64>>,
    /// Names of the columns, where the data have names.
    features: Option<Vec<String>>,
}

impl Side<'_> {
    fn cloud(&self) -> PyResult<impl FnOnce() -> Result<Cloud> + Send> {
        let rows = Rows::of(&self.x)?;
        let (dim, values) = (rows.dim, rows.values.to_vec());
        let weights = self.weights.as_ref().map(numbers).transpose()?.map(<[f64]>::to_vec);
        let (name, features) = (self.name.clone(), self.features.clone());
        Ok(move || Ok(Cloud::of(&name, thalweg_core::Points::new(dim, values)?, weights, features)))
    }
}

/// Where the rows of two clouds are on a network; read from the attributes of a Python object.
#[derive(FromPyObject)]
pub struct Places {
    /// File of the network.
    graph: PathBuf,
    /// Node of each source.
    source: Vec<String>,
    /// Node of each target.
    target: Vec<String>,
}

impl Places {
    fn costs(&self, ctx: &Context) -> Result<RestrictedCosts> {
        let network = Network::read(&self.graph, ctx.memory())?;
        along(&network, &self.source, &self.target, ctx).map_err(|e| e.within(self.graph.display()))
    }
}

/// A match; use `thalweg.Match`.
#[pyclass(frozen, module = "thalweg._thalweg")]
pub struct Match {
    found: Matched,
    /// Where the entries are, if not in memory.
    folder: Option<PathBuf>,
}

/// Matches the rows of two arrays. `options` is JSON under the names of `match.json`; `costs` (`n x m`), or the paths between
/// `places`, take the place of its cost where they are given.
#[pyfunction]
pub fn match_rows(
    py: Python<'_>,
    source: Side<'_>,
    target: Side<'_>,
    costs: Option<PyReadonlyArray2<'_, f64>>,
    places: Option<Places>,
    options: &str,
    command: String,
    output: Option<PathBuf>,
    resources: Resources,
) -> PyResult<Match> {
    let (source, target) = (source.cloud()?, target.cloud()?);
    let costs = costs.as_ref().map(Rows::of).transpose()?;
    work(py, &resources, |ctx| {
        let (source, target, output) = (source()?, target()?, output.as_deref());
        let given = match (costs, &places) {
            (Some(costs), _) => RestrictedCosts::new(costs.len(), costs.dim, costs.values.to_vec())?,
            (None, Some(places)) => places.costs(ctx)?,
            (None, None) => return matched(&source, target, options, command, output, ctx),
        };
        let found = run_with(&source, target, given, &parse(options)?, &[command], output, ctx)?;
        finished(found, output, ctx)
    })
}

/// Matches two files, read as the command line reads them. `features`, `weights` and `network`, a file and the column of both
/// with a node of it: as its flags.
#[pyfunction]
pub fn match_files(
    py: Python<'_>,
    source: PathBuf,
    target: PathBuf,
    features: Option<String>,
    target_features: Option<String>,
    weights: Option<String>,
    network: Option<(PathBuf, String)>,
    options: &str,
    command: String,
    output: Option<PathBuf>,
    resources: Resources,
) -> PyResult<Match> {
    work(py, &resources, |ctx| {
        let read = |path: &Path, features: &Option<String>| {
            let features = match features {
                Some(text) => text.parse()?,
                None => Selection::default(),
            };
            Cloud::read(path, &features, weights.as_deref(), ctx.memory())
        };
        let from = read(&source, &features)?;
        let to = read(&target, if target_features.is_some() { &target_features } else { &features })?;
        // The other columns are wanted only where the projection is written.
        let from = if output.is_some() { from.with_rest(&source, ctx.memory())? } else { from };
        let Some((graph, node)) = &network else {
            return matched(&from, to, options, command, output.as_deref(), ctx);
        };
        let costs = along_files(graph, node, [&source, &target], ctx)?;
        let found = run_with(&from, to, costs, &parse(options)?, &[command], output.as_deref(), ctx)?;
        finished(found, output.as_deref(), ctx)
    })
}

fn matched(
    source: &Cloud,
    target: Cloud,
    options: &str,
    command: String,
    output: Option<&Path>,
    ctx: &Context,
) -> Result<Match> {
    let options: Options = parse(options)?;
    finished(run(source, target, &options, &[command], output, ctx)?, output, ctx)
}

fn finished(found: Matched, output: Option<&Path>, ctx: &Context) -> Result<Match> {
    if let Some(root) = output {
        thalweg_report::write_page(root, ctx)?;
    }
    Ok(Match { found, folder: output.map(Path::to_owned) })
}

#[pymethods]
impl Match {
    /// The record, as JSON.
    #[getter]
    fn record(&self) -> PyResult<String> {
        json(&self.found.record).map_err(crate::errors::raise)
    }

    /// Source, target, mass and cost of the kept entries.
    fn entries<'py>(&self, py: Python<'py>) -> PyResult<(Indices<'py>, Indices<'py>, Vector<'py>, Vector<'py>)> {
        let (record, kept) = (&self.found.record, &self.found.entries);
        let read = self.folder.as_deref().map(|root| {
            Entries::load(root, (record.source.points, record.target.points), None).map_err(crate::errors::raise)
        });
        let read = read.transpose()?;
        let entries = read.as_ref().unwrap_or(kept);
        let integers = |v: &[u32]| v.iter().map(|i| i64::from(*i)).collect::<Vec<i64>>().into_pyarray(py);
        let (source, target) = (integers(&entries.source), integers(&entries.target));
        Ok((source, target, vector(py, entries.mass.clone()), vector(py, entries.cost.clone())))
    }

    /// The factors `left` (`n x r`), `inner` (`r`) and `right` (`m x r`) of a plan of low rank.
    fn factors<'py>(&self, py: Python<'py>) -> PyResult<Option<(Matrix<'py>, Vector<'py>, Matrix<'py>)>> {
        let Some(plan) = self.found.factors() else { return Ok(None) };
        let rank = plan.inner().len();
        let (left, right) = (matrix(py, plan.left().to_vec(), rank)?, matrix(py, plan.right().to_vec(), rank)?);
        Ok(Some((left, vector(py, plan.inner().to_vec()), right)))
    }

    /// Where new points (`k x d`) go on average under an entropic plan.
    fn map<'py>(
        &self,
        py: Python<'py>,
        points: PyReadonlyArray2<'py, f64>,
        resources: Resources,
    ) -> PyResult<Matrix<'py>> {
        let rows = Rows::of(&points)?;
        let images = work(py, &resources, |ctx| self.found.map(&rows.points()?, ctx))?;
        let dim = images.dim();
        matrix(py, images.into_values(), dim)
    }

    /// One target for each of the given sources, drawn in proportion to its row.
    fn sample<'py>(
        &self,
        py: Python<'py>,
        rows: PyReadonlyArray1<'py, i64>,
        resources: Resources,
    ) -> PyResult<Indices<'py>> {
        let rows = rows.as_slice().map_err(|_| crate::errors::raise(crate::arrays::contiguous()))?;
        let drawn = work(py, &resources, |ctx| self.found.sample(rows, ctx))?;
        Ok(drawn.into_iter().map(|j| j as i64).collect::<Vec<i64>>().into_pyarray(py))
    }

    /// Source, target, mass and cost of the `k` largest entries of each row of the whole plan.
    fn top_k<'py>(
        &self,
        py: Python<'py>,
        k: usize,
        resources: Resources,
    ) -> PyResult<(Indices<'py>, Indices<'py>, Vector<'py>, Vector<'py>)> {
        let entries = work(py, &resources, |ctx| self.found.top_k(k, ctx))?;
        let integers = |v: Vec<u32>| v.into_iter().map(i64::from).collect::<Vec<i64>>().into_pyarray(py);
        Ok((integers(entries.source), integers(entries.target), vector(py, entries.mass), vector(py, entries.cost)))
    }

    /// Dual potentials of the sources and of the targets.
    fn potentials<'py>(&self, py: Python<'py>) -> (Vector<'py>, Vector<'py>) {
        let potentials = &self.found.potentials;
        (vector(py, potentials.source.clone()), vector(py, potentials.target.clone()))
    }

    /// Mass that leaves each source and that reaches each target.
    fn marginals<'py>(&self, py: Python<'py>) -> (Vector<'py>, Vector<'py>) {
        (vector(py, self.found.sent.clone()), vector(py, self.found.received.clone()))
    }

    /// Mean target of each source (`n x d`).
    fn image<'py>(&self, py: Python<'py>) -> PyResult<Matrix<'py>> {
        matrix(py, self.found.image.values().to_vec(), self.found.image.dim())
    }

    /// Amounts on the source (`n x k`) carried to the targets (`m x k`).
    fn push<'py>(
        &self,
        py: Python<'py>,
        values: PyReadonlyArray2<'py, f64>,
        resources: Resources,
    ) -> PyResult<Matrix<'py>> {
        let rows = Rows::of(&values)?;
        let carried = work(py, &resources, |ctx| self.found.push(&rows.points()?, ctx))?;
        matrix(py, carried.into_values(), rows.dim)
    }

    /// Amounts on the target (`m x k`) carried back to the sources (`n x k`).
    fn pull<'py>(
        &self,
        py: Python<'py>,
        values: PyReadonlyArray2<'py, f64>,
        resources: Resources,
    ) -> PyResult<Matrix<'py>> {
        let rows = Rows::of(&values)?;
        let carried = work(py, &resources, |ctx| self.found.pull(&rows.points()?, ctx))?;
        matrix(py, carried.into_values(), rows.dim)
    }
}
