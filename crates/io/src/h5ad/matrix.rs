//! A matrix in an AnnData file: dense, or compressed by rows or by columns.

use hdf5_pure::{AttrValue, Dataset, Group};
use thalweg_core::{Error, Result};

use super::column::{self, Shape, unreadable};
use super::enabled::admit;
use super::numbers;
use crate::budget::{Budget, corrupt};

/// Numbers that are decoded at once: what stands beside the result in memory.
const WINDOW: u64 = 1 << 17;

/// A matrix that was found but not yet read.
pub(crate) struct Matrix {
    rows: usize,
    columns: usize,
    stored: Stored,
    what: String,
}

enum Stored {
    Dense(Dataset),
    Sparse(Box<Sparse>),
}

/// Compressed along rows (CSR) or columns (CSC).
struct Sparse {
    by_row: bool,
    data: Dataset,
    indices: Dataset,
    indptr: Dataset,
}

/// Finds the matrix `key` of `parent`.
pub(crate) fn open(parent: &Group, key: &str) -> Result<Matrix> {
    let what = format!("`{key}`");
    let (dims, stored) = match parent.group(key) {
        Err(_) => {
            let dataset = parent.dataset(key).map_err(|e| unreadable(e).within(&what))?;
            (dataset.shape().map_err(unreadable)?, Stored::Dense(dataset))
        }
        Ok(group) => {
            let part = |name| group.dataset(name).map_err(|e| unreadable(e).within(&what));
            let by_row = match column::encoding(parent, key).as_str() {
                "csr_matrix" => true,
                "csc_matrix" => false,
                other => {
                    return Err(Error::input(format!(
                        "{what} has the encoding `{other}`, which is not read as a matrix."
                    ))
                    .advise("Write it as a dense array, a CSR or a CSC matrix."));
                }
            };
            let attributes = group.attrs().map_err(unreadable)?;
            let dims = match attributes.get("shape") {
                Some(AttrValue::I64Array(dims)) => dims.iter().map(|&k| u64::try_from(k)).collect::<Result<_, _>>(),
                Some(AttrValue::I32Array(dims)) => dims.iter().map(|&k| u64::try_from(k)).collect(),
                Some(AttrValue::U64Array(dims)) => Ok(dims.clone()),
                _ => Ok(Vec::new()),
            };
            let dims = dims.map_err(corrupt)?;
            (
                dims,
                Stored::Sparse(Box::new(Sparse {
                    by_row,
                    data: part("data")?,
                    indices: part("indices")?,
                    indptr: part("indptr")?,
                })),
            )
        }
    };
    let [rows, columns] = dims[..] else {
        return Err(Error::input(format!("{what} has the shape {dims:?}, but a matrix has rows and columns.")));
    };
    let fits = |k: u64| usize::try_from(k).map_err(corrupt);
    Ok(Matrix { rows: fits(rows)?, columns: fits(columns)?, stored, what })
}

impl Matrix {
    /// Number of columns.
    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    /// All columns, or these, row-major.
    pub(crate) fn read(&self, chosen: Option<&[usize]>, budget: &mut Budget) -> Result<Vec<f64>> {
        let width = chosen.map_or(self.columns, <[usize]>::len);
        // Names of the columns come on top of the numbers.
        budget.check(width as u64, 64, &self.what)?;
        match &self.stored {
            Stored::Dense(dataset) => self.dense(dataset, chosen, width, budget),
            Stored::Sparse(sparse) => {
                let cells = (self.rows as u64).saturating_mul(width as u64);
                budget.grant(cells, size_of::<f64>() as u64, &self.what)?;
                let mut out = vec![0.0; self.rows * width];
                let mut place = vec![None; self.columns];
                match chosen {
                    None => place.iter_mut().enumerate().for_each(|(k, p)| *p = Some(k)),
                    Some(list) => list.iter().enumerate().for_each(|(k, &c)| place[c] = Some(k)),
                }
                self.visit(sparse, budget, |row, column, value| {
                    if let Some(k) = place[column] {
                        // Repeated entries add up, as they do where such a matrix is multiplied.
                        out[row * width + k] += value;
                    }
                })?;
                Ok(out)
            }
        }
    }

    fn dense(
        &self,
        dataset: &Dataset,
        chosen: Option<&[usize]>,
        width: usize,
        budget: &mut Budget,
    ) -> Result<Vec<f64>> {
        let shape = Shape::of(dataset)?;
        let Some(chosen) = chosen else {
            admit(&shape, budget, &self.what)?;
            return numbers::all(dataset);
        };
        budget.plausible(shape.bytes(), budget.file_bytes(), &self.what)?;
        budget.check(shape.chunk, 2, &self.what)?;
        budget.grant((self.rows as u64).saturating_mul(width as u64), size_of::<f64>() as u64, &self.what)?;
        let mut out = Vec::with_capacity(self.rows * width);
        // Whole chunks at a time, so that none is unpacked twice.
        let tall = dataset.chunk_shape().map_err(unreadable)?.map_or(1, |c| c[0]).max(1);
        let step = (WINDOW / (self.columns as u64).max(1)).max(1).next_multiple_of(tall).min(self.rows.max(1) as u64);
        budget.check(step.saturating_mul(self.columns as u64), 2 * size_of::<f64>() as u64, &self.what)?;
        let mut start = 0;
        while start < self.rows as u64 {
            let count = step.min(self.rows as u64 - start);
            let window = numbers::rows(dataset, start, count)?;
            for row in window.chunks_exact(self.columns) {
                out.extend(chosen.iter().map(|&k| row[k]));
            }
            start += count;
        }
        Ok(out)
    }

    /// Visits the stored entries as (row, column, value).
    fn visit(&self, stored: &Sparse, budget: &mut Budget, mut visit: impl FnMut(usize, usize, f64)) -> Result<()> {
        let Sparse { by_row, data, indices, indptr } = stored;
        let broken = |why: &str| corrupt(format_args!("{}: {why}", self.what));
        let (outer, inner) = if *by_row { (self.rows, self.columns) } else { (self.columns, self.rows) };
        let shape = Shape::of(indptr)?;
        admit(&shape, budget, &self.what)?;
        let starts = indptr.read_u64().map_err(unreadable)?;
        for part in [data, indices] {
            let shape = Shape::of(part)?;
            budget.plausible(shape.bytes(), budget.file_bytes(), &self.what)?;
            budget.check(shape.chunk, 2, &self.what)?;
            if shape.dims != [starts.last().copied().unwrap_or(0)] {
                return Err(broken("the numbers of its values and of its indices differ"));
            }
        }
        if starts.len() != outer + 1 || starts[0] != 0 || starts.windows(2).any(|w| w[0] > w[1]) {
            return Err(broken("its row pointers do not increase"));
        }
        let total = starts[outer];
        let tall = data.chunk_shape().map_err(unreadable)?.map_or(1, |c| c[0]).max(1);
        let step = WINDOW.min(total.max(1)).next_multiple_of(tall.min(total.max(1)));
        budget.check(step, 32, &self.what)?;
        let (mut start, mut line) = (0, 0);
        while start < total {
            let count = step.min(total - start);
            let values = numbers::rows(data, start, count)?;
            let places = indices.read_u64_rows(start, count).map_err(unreadable)?;
            for (k, (&value, &place)) in values.iter().zip(&places).enumerate() {
                while starts[line + 1] <= start + k as u64 {
                    line += 1;
                }
                let place = usize::try_from(place)
                    .ok()
                    .filter(|p| *p < inner)
                    .ok_or_else(|| broken("an index is out of range"))?;
                let (row, column) = if *by_row { (line, place) } else { (place, line) };
                visit(row, column, value);
            }
            start += count;
        }
        Ok(())
    }
}
