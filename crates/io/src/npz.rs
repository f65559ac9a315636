//! Tables in NPY and NPZ: columns are 1-D arrays, coordinates a 2-D array.

use std::fs::File;
use std::io::{BufReader, Seek, Write};
use std::path::Path;

use thalweg_core::{Error, Result};

use crate::budget::{Budget, corrupt};
use crate::names;
use crate::npy::{self, Header};
use crate::out::{Cells, Entry, OutColumn};
use crate::plan::{Kind, Plan, no_obsm, not_a_number, number};
use crate::store::{Archive, ArchiveWriter, Array, Values, numbers};
use crate::table::Parts;
use crate::{OutTable, Request, Rest, Selection, Slot, Table};

/// Reads the arrays that are asked for, and only those.
pub(crate) fn read(path: &Path, request: &Request, budget: &mut Budget) -> Result<Table> {
    let mut archive = Archive::open(path)?;
    names::distinct(archive.names())?;
    let times = column(&mut archive, &request.time, budget)?;
    let weights = column(&mut archive, &request.weights, budget)?;
    let labels = match &request.labels {
        None => None,
        Some(name) => Some((name.clone(), vector(&mut archive, name, budget)?.texts())),
    };
    let arrays = select(&mut archive, request, times.as_ref().map(|(_, t)| t.len()), budget)?;
    let mut parts = side_by_side(&mut archive, &arrays, budget)?;
    parts.index = match archive.names().iter().position(|n| n == "index") {
        Some(i) if archive.header(i, budget).is_ok_and(|h| !h.is_numeric() && h.shape == [parts.rows]) => {
            Some(archive.array(i, budget)?.texts())
        }
        _ => None,
    };
    (parts.times, parts.weights, parts.labels) = (times, weights, labels);
    parts.check()
}

/// The arrays that are the coordinates.
fn select(archive: &mut Archive, request: &Request, rows: Option<usize>, budget: &Budget) -> Result<Vec<usize>> {
    match &request.features {
        Selection::X => Ok(vec![archive.find("X")?]),
        Selection::Columns(wanted) => names::find_all(archive.names(), wanted, "array"),
        Selection::Obsm(key) => Err(no_obsm(key)),
        Selection::All => {
            let taken = [&request.time, &request.weights, &request.labels];
            let (mut matrices, mut vectors) = (Vec::new(), Vec::new());
            for i in 0..archive.names().len() {
                if taken.into_iter().flatten().any(|t| *t == archive.names()[i]) {
                    continue;
                }
                // What is not read (objects, structures) is no candidate; it is refused only when asked for.
                let Ok(header) = archive.header(i, budget) else { continue };
                let fits = header.is_numeric() && rows.is_none_or(|n| header.shape.first() == Some(&n));
                match header.shape.len() {
                    2 if fits => matrices.push(i),
                    1 if fits => vectors.push(i),
                    _ => {}
                }
            }
            let named =
                |list: &[usize]| names::list(&list.iter().map(|&i| archive.names()[i].clone()).collect::<Vec<_>>());
            match (matrices.len(), vectors.len()) {
                (1, _) => Ok(matrices),
                (0, 0) => Err(Error::input("No array of numbers has one row for each time.")
                    .advise(format!("The arrays are: {}.", names::list(archive.names())))),
                (0, _) => Ok(vectors),
                _ => Err(Error::input(format!(
                    "There are {} 2-D arrays that could be the features: {}.",
                    matrices.len(),
                    named(&matrices)
                ))
                .advise("Name one with --features.")),
            }
        }
    }
}

/// Joins 1-D and 2-D arrays into rows.
fn side_by_side(archive: &mut Archive, arrays: &[usize], budget: &mut Budget) -> Result<Parts> {
    let mut blocks = Vec::new();
    let mut features = Vec::new();
    for &i in arrays {
        let name = archive.names()[i].clone();
        let array = archive.array(i, budget)?;
        let width = match array.shape[..] {
            [_] => 1,
            [_, width] => width,
            _ => {
                return Err(Error::input(format!(
                    "The array `{name}` has shape {:?}, but coordinates are columns or rows of columns.",
                    array.shape
                ))
                .advise("Reshape it to (rows, columns)."));
            }
        };
        features.extend(column_names(archive, &name, array.shape.len(), width, budget)?);
        blocks.push((
            name.clone(),
            array.shape[0],
            width,
            array.numbers().map_err(|e| e.within(format_args!("Array `{name}`")))?,
        ));
    }
    let rows = blocks[0].1;
    if let Some(other) = blocks.iter().find(|b| b.1 != rows) {
        return Err(Error::input(format!(
            "The array `{}` has {} rows, but `{}` has {rows}.",
            other.0, other.1, blocks[0].0
        )));
    }
    let values = if blocks.len() == 1 { blocks.swap_remove(0).3 } else { interleave(&blocks, rows, budget)? };
    Ok(Parts { rows, values, features, times: None, weights: None, labels: None, index: None, warnings: Vec::new() })
}

fn interleave(blocks: &[(String, usize, usize, Vec<f64>)], rows: usize, budget: &mut Budget) -> Result<Vec<f64>> {
    let width: usize = blocks.iter().map(|b| b.2).sum();
    budget.grant((rows * width) as u64, size_of::<f64>() as u64, "the features")?;
    let mut values = Vec::with_capacity(rows * width);
    for row in 0..rows {
        for (_, _, width, block) in blocks {
            values.extend_from_slice(&block[row * width..(row + 1) * width]);
        }
    }
    Ok(values)
}

/// The names in the array `NAME_features` where it fits, otherwise the name and a number.
fn column_names(
    archive: &mut Archive,
    name: &str,
    dims: usize,
    width: usize,
    budget: &mut Budget,
) -> Result<Vec<String>> {
    if dims == 1 {
        return Ok(vec![name.to_owned()]);
    }
    let key = format!("{name}_features");
    if let Some(i) = archive.names().iter().position(|n| *n == key)
        && archive.header(i, budget).is_ok_and(|h| h.shape == [width] && !h.is_numeric())
    {
        return Ok(archive.array(i, budget)?.texts());
    }
    budget.check(width as u64, size_of::<String>() as u64 + 16, "the names of the columns")?;
    Ok((0..width).map(|k| numbered(name, k)).collect())
}

/// The name of a column of an array that has no names for them.
fn numbered(array: &str, k: usize) -> String {
    format!("{array}_{k}")
}

fn column(archive: &mut Archive, name: &Option<String>, budget: &mut Budget) -> Result<Option<(String, Vec<f64>)>> {
    let Some(name) = name else { return Ok(None) };
    let values = match vector(archive, name, budget)?.values {
        Values::Numbers(v) => v,
        Values::Texts(t) => t
            .iter()
            .enumerate()
            .map(|(row, text)| number(text).ok_or_else(|| not_a_number(row, name, text)))
            .collect::<Result<_>>()?,
    };
    Ok(Some((name.clone(), values)))
}

/// Every vector of `rows` entries but `features`, and the place of the arrays that hold these.
pub(crate) fn rest(path: &Path, features: &[String], rows: usize, budget: &mut Budget) -> Result<Rest> {
    let mut archive = Archive::open(path)?;
    let names = archive.names().to_vec();
    let mut rest = Rest::default();
    for (i, name) in names.iter().enumerate() {
        // The names of the columns of an array that is there belong to that array.
        if name.strip_suffix("_features").is_some_and(|array| names.iter().any(|n| n == array)) {
            continue;
        }
        let shape = archive.header(i, budget).map(|header| header.shape).unwrap_or_default();
        match shape[..] {
            [n] if n == rows => match features.iter().position(|f| f == name) {
                Some(k) => rest.slots.push(Slot::Coordinate(k)),
                None => rest.add(name, Some(archive.column(i, budget)?)),
            },
            [n, width] if n == rows && width > 0 => {
                let columns = column_names(&mut archive, name, 2, width, budget)?;
                match features.windows(width).position(|f| f == columns) {
                    Some(first) => rest.slots.push(Slot::Array(name.clone(), first..first + width)),
                    None => rest.add(name, None),
                }
            }
            _ => rest.add(name, None),
        }
    }
    Ok(rest)
}

/// Names of the vectors of numbers.
pub(crate) fn number_columns(path: &Path, budget: &Budget) -> Result<Vec<String>> {
    let mut archive = Archive::open(path)?;
    let names = archive.names().to_vec();
    let vector = |i: usize| archive.header(i, budget).is_ok_and(|h| h.is_numeric() && h.shape.len() == 1);
    let numbers: Vec<bool> = (0..names.len()).map(vector).collect();
    Ok(names.into_iter().zip(numbers).filter(|(_, number)| *number).map(|(name, _)| name).collect())
}

fn vector(archive: &mut Archive, name: &str, budget: &mut Budget) -> Result<Array> {
    let i = archive.find(name)?;
    let shape = archive.header(i, budget)?.shape;
    match shape[..] {
        [_] | [_, 1] => archive.array(i, budget),
        _ => Err(Error::input(format!(
            "The array `{name}` has shape {shape:?}, but a column has one entry for each row."
        ))
        .advise("Choose a 1-D array.")),
    }
}

/// Reads one array, whose columns are named `x0`, `x1` and so on.
pub(crate) fn read_npy(path: &Path, request: &Request, budget: &mut Budget) -> Result<Table> {
    let mut file = BufReader::new(File::open(path).map_err(|e| Error::system("open the file", e))?);
    let header = Header::read(&mut file)?;
    let width = match header.shape[..] {
        [_] => 1,
        [_, width] => width,
        _ => {
            return Err(Error::input(format!(
                "The array has shape {:?}, but a table has rows and columns.",
                header.shape
            ))
            .advise("Reshape it to (rows, columns)."));
        }
    };
    if header.total() != budget.file_bytes() {
        return Err(corrupt(format_args!(
            "its header describes {} bytes, but it has {}",
            header.total(),
            budget.file_bytes()
        )));
    }
    budget.check(width as u64, size_of::<String>() as u64 + 16, "the names of the columns")?;
    let names: Vec<String> = (0..width).map(|k| format!("x{k}")).collect();
    let request = Request {
        features: if request.features == Selection::X { Selection::All } else { request.features.clone() },
        ..request.clone()
    };
    let plan = Plan::new(&request, &names, &vec![Kind::Number; width])?;
    let rows = header.shape[0];
    let values = npy::values(&mut file, &header, budget, "the array")?.numbers()?;
    let pick = |place: Option<usize>| {
        place.map(|k| (names[k].clone(), (0..rows).map(|i| values[i * width + k]).collect::<Vec<_>>()))
    };
    let (times, weights, labels) = (pick(plan.time), pick(plan.weights), pick(plan.labels));
    let features = plan.features.iter().map(|&k| names[k].clone()).collect();
    let values = if plan.features.len() == width {
        values
    } else {
        values.chunks_exact(width.max(1)).flat_map(|row| plan.features.iter().map(|&k| row[k])).collect()
    };
    let labels = labels.map(|(name, v)| (name, v.iter().map(f64::to_string).collect()));
    Parts { rows, values, features, times, weights, labels, index: None, warnings: plan.warnings }.check()
}

/// Writes every column as an array, coordinates as one 2-D array with the names of its columns beside it.
pub(crate) fn write(file: &mut (impl Write + Seek), table: &OutTable) -> Result<()> {
    let mut archive = ArchiveWriter::new(file);
    for entry in table.entries() {
        match entry {
            Entry::Column { name, column } => write_column(&mut archive, name, column)?,
            Entry::Points { key, features, points } => {
                let shape = [points.len(), points.dim()];
                archive.array(key, |f| numbers(f, "f8", &shape, points.values().iter().map(|x| x.to_le_bytes())))?;
                if features.iter().enumerate().any(|(k, name)| *name != numbered(key, k)) {
                    archive.array(&format!("{key}_features"), |f| npy::write_texts(f, &[features.len()], features))?;
                }
            }
        }
    }
    archive.finish()
}

/// Writes a column in its own type; with 64-bit floats where integers or truth values are missing, since NumPy has no
/// other way to say so.
fn write_column<W: Write + Seek>(archive: &mut ArchiveWriter<W>, name: &str, column: &OutColumn) -> Result<()> {
    match column {
        OutColumn::Texts(v) => {
            let texts: Vec<&str> = v.iter().map(|t| t.as_deref().unwrap_or_default()).collect();
            archive.array(name, |f| npy::write_texts(f, &[texts.len()], &texts))
        }
        OutColumn::Integers(v) if v.iter().all(Option::is_some) => {
            archive.array(name, |f| numbers(f, "i8", &[v.len()], v.iter().flatten().map(|x| x.to_le_bytes())))
        }
        OutColumn::Booleans(v) if v.iter().all(Option::is_some) => {
            archive.array(name, |f| numbers(f, "b1", &[v.len()], v.iter().flatten().map(|x| [u8::from(*x)])))
        }
        OutColumn::Integers(v) if v.iter().flatten().any(|x| x.unsigned_abs() > 1 << 53) => Err(Error::input(format!(
            "The column `{name}` has missing values beside integers beyond 2^53, which an NPZ file cannot hold together."
        ))
        .advise("Write .parquet or .csv instead.")),
        other => {
            let values = other.to_numbers().unwrap_or_default();
            archive.array(name, |f| numbers(f, "f8", &[values.len()], values.iter().map(|x| x.to_le_bytes())))
        }
    }
}

/// Writes all columns side by side as one 2-D array.
pub(crate) fn write_npy(file: &mut dyn Write, table: &OutTable) -> Result<()> {
    let columns = table.flat();
    if let Some(text) = columns.iter().find(|c| matches!(c.cells, Cells::Column(OutColumn::Texts(_)))) {
        return Err(Error::input(format!(
            "The column `{}` holds text, which an NPY file of numbers cannot.",
            text.name
        ))
        .advise("Write .npz, .csv or .parquet instead."));
    }
    let values = (0..table.rows()).flat_map(|row| columns.iter().map(move |c| c.cells.number(row).to_le_bytes()));
    numbers(file, "f8", &[table.rows(), columns.len()], values).map_err(|e| Error::system("write the array", e))
}
