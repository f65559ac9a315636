//! Reading the root of an HDF5 file: NetCDF-4, and files with dimension scales under names of their own.

use super::{Attribute, Grids, Variable};
use crate::budget::{Budget, corrupt};
use crate::h5ad::{Shape, all_numbers, unreadable};
use hdf5_pure::{AttrValue, File};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use thalweg_core::Result;

pub(super) fn read(path: &Path, budget: &mut Budget) -> Result<Grids> {
    // As for h5ad: a panic of the HDF5 reader on corrupt bytes is a corrupt file to the user, not a crash.
    catch_unwind(AssertUnwindSafe(|| root(path, budget)))
        .unwrap_or_else(|_| Err(corrupt("its HDF5 structure contradicts itself")))
}

fn root(path: &Path, budget: &mut Budget) -> Result<Grids> {
    let root = File::open_streaming(path).map_err(unreadable)?.root();
    let mut names = root.datasets().map_err(unreadable)?;
    names.sort();
    let mut found = Vec::new();
    for name in names {
        let dataset = root.dataset(&name).map_err(unreadable)?;
        let shape = Shape::of(&dataset)?;
        if shape.is_text() {
            continue;
        }
        budget.plausible(shape.bytes(), budget.file_bytes(), &format!("the dataset `{name}`"))?;
        budget.check(shape.chunk, 1, "a chunk")?;
        budget.grant(shape.count(), 8, &format!("the dataset `{name}`"))?;
        // What is neither text nor numbers (compounds, references) is no variable.
        let Ok(values) = all_numbers(&dataset) else { continue };
        let mut attributes: Vec<_> =
            dataset.attrs().map_err(unreadable)?.into_iter().filter_map(|(k, v)| Some((k, attribute(&v)?))).collect();
        attributes.sort_by(|a, b| a.0.cmp(&b.0));
        found.push((shape.dims, Variable { name, dimensions: vec![], attributes, values }));
    }
    let mut grids = Grids::default();
    let scales: Vec<(String, usize)> =
        found.iter().filter(|(d, _)| d.len() == 1).map(|(d, v)| (v.name.clone(), d[0] as usize)).collect();
    for (dims, mut variable) in found {
        let mut taken = Vec::new();
        for length in &dims {
            let name = axis(&scales, &variable.name, dims.len(), *length as usize, &taken);
            taken.push(name.clone());
            variable.dimensions.push(place(&mut grids, name, *length as usize));
        }
        grids.variables.push(variable);
    }
    Ok(grids)
}

/// The name of the axis of this length: the first coordinate that has it and is not taken.
fn axis(scales: &[(String, usize)], variable: &str, rank: usize, length: usize, taken: &[String]) -> String {
    if rank == 1 {
        return variable.to_owned();
    }
    let free = |scale: &&(String, usize)| scale.1 == length && !taken.contains(&scale.0);
    scales.iter().find(free).map_or_else(|| format!("dim_{length}"), |scale| scale.0.clone())
}

fn place(grids: &mut Grids, name: String, length: usize) -> usize {
    grids.dimensions.iter().position(|d| *d == (name.clone(), length)).unwrap_or_else(|| {
        grids.dimensions.push((name, length));
        grids.dimensions.len() - 1
    })
}

fn attribute(value: &AttrValue) -> Option<Attribute> {
    if let Some(text) = value.as_str() {
        return Some(Attribute::Text(text.to_owned()));
    }
    let numbers = match value {
        AttrValue::F32(v) => vec![f64::from(*v)],
        AttrValue::F32Array(v) => v.iter().map(|v| f64::from(*v)).collect(),
        AttrValue::F64(v) => vec![*v],
        AttrValue::F64Array(v) => v.clone(),
        AttrValue::I16(v) => vec![f64::from(*v)],
        AttrValue::I16Array(v) => v.iter().map(|v| f64::from(*v)).collect(),
        AttrValue::I32(v) => vec![f64::from(*v)],
        AttrValue::I32Array(v) => v.iter().map(|v| f64::from(*v)).collect(),
        AttrValue::I64(v) => vec![*v as f64],
        AttrValue::I64Array(v) => v.iter().map(|v| *v as f64).collect(),
        _ => return None,
    };
    Some(Attribute::Numbers(numbers))
}
