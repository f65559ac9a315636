//! AnnData files: `obs`, `obsm`, `var` and `X` as current anndata writes them (format 0.8 and later).
//!
//! Only the elements asked for are read. Source of the layout: the anndata documentation, "On-disk format".

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use hdf5_pure::{File, FormatError, Group};
use thalweg_core::{Error, Result};

use super::column::{self, Shape, unreadable};
use super::matrix;
use crate::budget::{Budget, corrupt};
use crate::table::Parts;
use crate::{OutColumn, Request, Rest, Selection, Slot, Table, names};

/// Reads the parts of an AnnData file that are asked for.
pub(crate) fn read(path: &Path, request: &Request, budget: &mut Budget) -> Result<Table> {
    // The HDF5 reader checks what it reads and answers with errors. It is large, though, and a file is not ours: a
    // panic that slips through on corrupt bytes is a corrupt file to the user, not a crash.
    catch_unwind(AssertUnwindSafe(|| parts(path, request, budget)?.check()))
        .unwrap_or_else(|_| Err(corrupt("its HDF5 structure contradicts itself")))
}

fn parts(path: &Path, request: &Request, budget: &mut Budget) -> Result<Parts> {
    let file = File::open_streaming(path).map_err(unreadable)?;
    let root = file.root();
    let obs = frame(&root, "obs")?;
    let mut reading = Reading { root, obs, budget, warnings: Vec::new() };
    let index = reading.obs.index(reading.budget)?;
    let times = reading.numbers(&request.time)?;
    let weights = reading.numbers(&request.weights)?;
    let labels = match &request.labels {
        None => None,
        Some(name) => Some((name.clone(), reading.obs.column(name, "obs column")?.texts(reading.budget)?)),
    };
    let (features, values) = reading.features(request)?;
    let taken = [&request.time, &request.weights];
    if let Some(twice) = taken.into_iter().flatten().find(|t| request.features != Selection::X && features.contains(t))
    {
        return Err(Error::input(format!("The column `{twice}` is both --time or --weights and one of the features."))
            .advise("Leave it out of --features."));
    }
    let rows = index.len();
    if rows > 0 && values.len() != rows * features.len() {
        return Err(corrupt(format_args!(
            "obs has {rows} rows, but the features have {}",
            values.len() / features.len().max(1)
        )));
    }
    Ok(Parts { rows, values, features, times, weights, labels, index: Some(index), warnings: reading.warnings })
}

/// The names of the rows and every column of `obs` but `features`.
pub(crate) fn rest(path: &Path, features: &[String], budget: &mut Budget) -> Result<Rest> {
    catch_unwind(AssertUnwindSafe(|| {
        let obs = frame(&File::open_streaming(path).map_err(unreadable)?.root(), "obs")?;
        let texts = |v: Vec<String>| OutColumn::Texts(v.into_iter().map(Some).collect());
        let mut rest = Rest::of(&obs.columns, features, |i| {
            let name = &obs.columns[i];
            // What is neither numbers nor text is left out.
            let Ok(column) = column::open(&obs.group, name) else { return Ok(None) };
            Ok(match column.numbers(name, budget) {
                Ok(numbers) => Some(OutColumn::Numbers(numbers)),
                Err(_) => column.texts(budget).ok().map(texts),
            })
        })?;
        let taken = obs.columns.iter().any(|name| name == "index");
        if !taken {
            rest.slots.insert(0, Slot::Column("index".to_owned(), texts(obs.index(budget)?)));
        }
        Ok(rest)
    }))
    .unwrap_or_else(|_| Err(corrupt("its HDF5 structure contradicts itself")))
}

/// Names of the columns of `obs` that are plain numbers.
pub(crate) fn number_columns(path: &Path) -> Result<Vec<String>> {
    catch_unwind(AssertUnwindSafe(|| {
        let obs = frame(&File::open_streaming(path).map_err(unreadable)?.root(), "obs")?;
        let number = |name: &&String| match column::open(&obs.group, name) {
            Ok(column::Column::Plain(dataset)) => Shape::of(&dataset).is_ok_and(|shape| !shape.is_text()),
            _ => false,
        };
        Ok(obs.columns.iter().filter(number).cloned().collect())
    }))
    .unwrap_or_else(|_| Err(corrupt("its HDF5 structure contradicts itself")))
}

/// A data frame in the file.
pub(crate) struct Frame {
    group: Group,
    index: String,
    /// Names of the columns in their order, without the index.
    pub(crate) columns: Vec<String>,
}

/// Opens the data frame `key` of `parent`.
pub(crate) fn frame(parent: &Group, key: &str) -> Result<Frame> {
    let group = parent.group(key).map_err(|e| not_a_frame(e, key))?;
    let attributes = group.attrs().map_err(unreadable)?;
    let index = attributes.get("_index").and_then(|a| a.as_str()).unwrap_or("_index").to_owned();
    let mut present = column::members(&group)?;
    present.retain(|name| *name != index && name != "__categories");
    // The attribute has the order of the data frame; the file lists its members by name.
    let order = attributes.get("column-order").and_then(|a| a.as_strings()).unwrap_or_default();
    let place = |name: &String| order.iter().position(|o| o == name).unwrap_or(usize::MAX);
    present.sort_by(|a, b| place(a).cmp(&place(b)).then_with(|| a.cmp(b)));
    Ok(Frame { group, index, columns: present })
}

impl Frame {
    fn index(&self, budget: &mut Budget) -> Result<Vec<String>> {
        column::open(&self.group, &self.index)?.texts(budget)
    }

    fn column(&self, name: &str, what: &str) -> Result<column::Column> {
        names::find(&self.columns, name, what)?;
        column::open(&self.group, name)
    }

    /// The columns with these names side by side, row-major.
    pub(crate) fn block(&self, columns: &[String], budget: &mut Budget) -> Result<Vec<f64>> {
        let mut parts = Vec::with_capacity(columns.len());
        for name in columns {
            parts.push(column::open(&self.group, name)?.numbers(name, budget)?);
        }
        let rows = parts.first().map_or(0, Vec::len);
        if let Some(k) = parts.iter().position(|c| c.len() != rows) {
            return Err(corrupt(format_args!(
                "the columns `{}` and `{}` have different lengths",
                columns[0], columns[k]
            )));
        }
        budget.grant((rows * columns.len()) as u64, size_of::<f64>() as u64, "the features")?;
        Ok((0..rows).flat_map(|i| parts.iter().map(move |c| c[i])).collect())
    }
}

struct Reading<'a> {
    root: Group,
    obs: Frame,
    budget: &'a mut Budget,
    warnings: Vec<String>,
}

impl Reading<'_> {
    fn numbers(&mut self, name: &Option<String>) -> Result<Option<(String, Vec<f64>)>> {
        let Some(name) = name else { return Ok(None) };
        let values = self.obs.column(name, "obs column")?.numbers(name, self.budget)?;
        Ok(Some((name.clone(), values)))
    }

    fn features(&mut self, request: &Request) -> Result<(Vec<String>, Vec<f64>)> {
        match &request.features {
            Selection::Obsm(key) => self.obsm(key),
            Selection::X => self.x(None),
            Selection::All => {
                let keys = self.obsm_keys()?;
                match keys.iter().find(|k| keys.len() == 1 || *k == "X_pca") {
                    Some(key) => {
                        self.warnings.push(format!("The features are obsm:{key}, since none were named."));
                        self.obsm(&key.clone())
                    }
                    None => {
                        Err(Error::input("An h5ad file has many candidates for features, and none were named.").advise(
                            format!("Give --features: X, columns of obs, or an entry of obsm ({}).", prefixed(&keys)),
                        ))
                    }
                }
            }
            Selection::Columns(wanted) => match names::find_all(&self.obs.columns, wanted, "obs column") {
                Ok(places) => {
                    let columns: Vec<String> = places.iter().map(|&i| self.obs.columns[i].clone()).collect();
                    let values = self.obs.block(&columns, self.budget)?;
                    Ok((columns, values))
                }
                // Names that are no columns of obs may be variables, such as genes.
                Err(not_obs) => {
                    let var = frame(&self.root, "var")?.index(self.budget)?;
                    match names::find_all(&var, wanted, "variable") {
                        Ok(places) => self.x(Some((&var, places))),
                        Err(_) => Err(not_obs),
                    }
                }
            },
        }
    }

    fn obsm_keys(&self) -> Result<Vec<String>> {
        match self.root.group("obsm") {
            Ok(group) => column::members(&group),
            Err(_) => Ok(Vec::new()),
        }
    }

    fn obsm(&mut self, key: &str) -> Result<(Vec<String>, Vec<f64>)> {
        let keys = self.obsm_keys()?;
        names::find(&keys, key, "entry of obsm")?;
        let obsm = self.root.group("obsm").map_err(unreadable)?;
        if column::encoding(&obsm, key) == "dataframe" {
            let frame = frame(&obsm, key)?;
            let values = frame.block(&frame.columns, self.budget)?;
            return Ok((frame.columns, values));
        }
        let matrix = matrix::open(&obsm, key)?;
        let values = matrix.read(None, self.budget)?;
        Ok(((0..matrix.columns()).map(|k| format!("{key}_{k}")).collect(), values))
    }

    /// The matrix `X`, or these columns of it.
    fn x(&mut self, chosen: Option<(&[String], Vec<usize>)>) -> Result<(Vec<String>, Vec<f64>)> {
        if !column::members(&self.root)?.iter().any(|m| m == "X") {
            return Err(Error::input("The file has no X.")
                .advise(format!("Choose an entry of obsm ({}).", prefixed(&self.obsm_keys()?))));
        }
        let matrix = matrix::open(&self.root, "X")?;
        let agree = |names: &[String]| match names.len() == matrix.columns() {
            true => Ok(()),
            false => Err(corrupt(format_args!("var has {} rows, but X has {} columns", names.len(), matrix.columns()))),
        };
        match chosen {
            Some((var, places)) => {
                agree(var)?;
                let values = matrix.read(Some(&places), self.budget)?;
                Ok((places.iter().map(|&k| var[k].clone()).collect(), values))
            }
            None => {
                let var = frame(&self.root, "var")?.index(self.budget)?;
                agree(&var)?;
                Ok((var, matrix.read(None, self.budget)?))
            }
        }
    }
}

fn prefixed(keys: &[String]) -> String {
    match keys {
        [] => "there are none".to_owned(),
        keys => names::list(&keys.iter().map(|k| format!("obsm:{k}")).collect::<Vec<_>>()),
    }
}

fn not_a_frame(error: hdf5_pure::Error, key: &str) -> Error {
    let why = match error {
        hdf5_pure::Error::NotAGroup(_) => format!("The file stores `{key}` as anndata before version 0.7 did."),
        hdf5_pure::Error::Format(FormatError::PathNotFound(_)) => {
            format!("The file has no data frame `{key}`, so it is not an AnnData file.")
        }
        _ => return unreadable(error),
    };
    Error::input(why).advise("Read it with a current anndata and write it again.")
}

/// Bytes that reading `shape` elements of `size` bytes takes, granted or refused.
pub(crate) fn admit(shape: &Shape, budget: &mut Budget, what: &str) -> Result<()> {
    budget.plausible(shape.bytes(), budget.file_bytes(), what)?;
    budget.check(shape.chunk, 2, what)?;
    budget.grant(shape.count(), shape.kept(), what)
}
