//! Flows through networks: the same call as `thalweg route`.

use crate::arrays::vector;
use crate::errors::raise;
use crate::job::{json, parse};
use crate::work::{Resources, work};
use numpy::{IntoPyArray, PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1};
use pyo3::prelude::*;
use std::path::PathBuf;
use thalweg_core::Result;
use thalweg_io::OutColumn;
use thalweg_ot::graph::path_lengths;
use thalweg_run::routing::{Columns, Demand, Network, Options, Routed, run};

/// One column of a table.
#[derive(FromPyObject)]
pub enum Column<'py> {
    Numbers(PyReadonlyArray1<'py, f64>),
    Texts(Vec<String>),
}

/// A file, or the columns of a table with what to call it.
#[derive(FromPyObject)]
pub enum Source<'py> {
    File(PathBuf),
    Table((String, Vec<(String, Column<'py>)>)),
}

/// As [`Source`], without Python.
enum Given {
    File(PathBuf),
    Table(Columns),
}

impl Source<'_> {
    fn given(self) -> PyResult<Given> {
        let (name, columns) = match self {
            Self::File(path) => return Ok(Given::File(path)),
            Self::Table(table) => table,
        };
        let column = |(name, column)| {
            let column = match column {
                Column::Numbers(v) => OutColumn::Numbers(crate::arrays::numbers(&v)?.to_vec()),
                Column::Texts(t) => OutColumn::Texts(t.into_iter().map(Some).collect()),
            };
            Ok((name, column))
        };
        let columns = columns.into_iter().map(column).collect::<PyResult<_>>()?;
        Ok(Given::Table(Columns { name, columns }))
    }
}

impl Given {
    fn network(&self, zones: &[String], memory: Option<u64>) -> Result<Network> {
        match self {
            Self::File(path) => Network::read(path, memory),
            Self::Table(table) => Network::of(table, zones),
        }
    }

    fn demand(&self, network: &Network, memory: Option<u64>) -> Result<Demand> {
        match self {
            Self::File(path) => Demand::read(path, network, memory),
            Self::Table(table) => Demand::of(table, network),
        }
    }
}

/// Flows on a network; use `thalweg.network.Flows`.
#[pyclass(frozen, module = "thalweg._thalweg")]
pub struct Flows {
    network: Network,
    routed: Routed,
}

/// The flows of trips through a network. `options` is JSON under the names of the record.
#[pyfunction]
pub fn route(
    py: Python<'_>,
    network: Source<'_>,
    trips: Source<'_>,
    zones: Vec<String>,
    options: &str,
    resources: Resources,
) -> PyResult<Flows> {
    let (network, trips) = (network.given()?, trips.given()?);
    work(py, &resources, |ctx| {
        let options: Options = parse(options)?;
        let network = network.network(&zones, ctx.memory())?;
        let demand = trips.demand(&network, ctx.memory())?;
        let routed = run(&network, &demand, &options, ctx)?;
        Ok(Flows { network, routed })
    })
}

/// Lengths of the shortest paths of the empty network, `sources x targets`, infinite where there is none.
#[pyfunction]
pub fn network_distances<'py>(
    py: Python<'py>,
    network: Source<'py>,
    sources: Vec<String>,
    targets: Vec<String>,
    zones: Vec<String>,
    resources: Resources,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let network = network.given()?;
    let found = work(py, &resources, |ctx| {
        let network = network.network(&zones, ctx.memory())?;
        let nodes = |names: &[String]| names.iter().map(|n| network.node(n)).collect::<Result<Vec<_>>>();
        let lengths: Vec<f64> = network.roads().iter().map(|r| r.free + r.fixed).collect();
        path_lengths(ctx, network.graph(), &lengths, &nodes(&sources)?, &nodes(&targets)?)
    })?;
    found.into_pyarray(py).reshape([sources.len(), targets.len()])
}

/// The paths of all trips: ends, flows and times, and the nodes of each, joined by blanks.
type Paths<'py> = (Vec<String>, Vec<String>, Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>, Vec<String>);

#[pymethods]
impl Flows {
    /// The record as JSON.
    #[getter]
    fn record(&self) -> PyResult<String> {
        json(&self.routed.record).map_err(raise)
    }

    /// Flow of each edge.
    fn flow<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        vector(py, self.routed.flow.clone())
    }

    /// Time of each edge.
    fn time<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        vector(py, self.routed.time.clone())
    }

    /// Names of both ends of each edge.
    fn ends(&self) -> (Vec<String>, Vec<String>) {
        let graph = self.network.graph();
        let name = |v: usize| self.network.label(v).to_owned();
        (0..graph.edges()).map(|e| graph.ends(e)).map(|(a, b)| (name(a), name(b))).unzip()
    }

    /// The paths with their flows.
    fn paths<'py>(&self, py: Python<'py>) -> Paths<'py> {
        let graph = self.network.graph();
        let (mut from, mut to, mut flow, mut time, mut nodes) = (vec![], vec![], vec![], vec![], vec![]);
        for (trip, route) in self.routed.routes.iter().flat_map(|(t, routes)| routes.iter().map(move |r| (t, r))) {
            let edges = || route.edges.iter().map(|e| *e as usize);
            from.push(self.network.label(trip.origin).to_owned());
            to.push(self.network.label(trip.destination).to_owned());
            flow.push(route.flow);
            time.push(edges().map(|e| self.routed.time[e]).sum());
            let passed = std::iter::once(trip.origin).chain(edges().map(|e| graph.ends(e).1));
            nodes.push(passed.map(|v| self.network.label(v)).collect::<Vec<_>>().join(" "));
        }
        (from, to, flow.into_pyarray(py), time.into_pyarray(py), nodes)
    }
}
