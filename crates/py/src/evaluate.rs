//! A law at many rows, each at a time of its own.

use crate::arrays::Rows;
use crate::errors::raise;
use crate::work::{Resources, work};
use pyo3::prelude::*;
use rayon::prelude::*;
use thalweg_core::{Context, Error, Result};

/// Rows that one call of the law takes.
const BLOCK: usize = 4096;

/// Writes `width` numbers a row: `(t, x, out)`.
pub type Quantity<'a> = dyn Fn(f64, &[f64], &mut [f64]) -> Result<()> + Sync + 'a;

/// `quantity` at the rows of `x`, `width` numbers each; `times` is one for all or one a row.
///
/// Up to a block of rows is done where it is asked for, more on the threads of the call.
pub fn evaluate(
    py: Python<'_>,
    times: &[f64],
    x: Rows<'_>,
    width: usize,
    resources: &Resources,
    quantity: &Quantity<'_>,
) -> PyResult<Vec<f64>> {
    check(times, x).map_err(raise)?;
    let mut out = vec![0.0; x.len() * width];
    if x.len() <= BLOCK {
        py.detach(|| block(times, x, width, quantity, &mut out)).map_err(raise)?;
        return Ok(out);
    }
    work(py, resources, |ctx| blocks(times, x, width, quantity, &mut out, ctx))?;
    Ok(out)
}

fn check(times: &[f64], x: Rows<'_>) -> Result<()> {
    if times.len() != 1 && times.len() != x.len() {
        return Err(Error::input(format!("{} times came with {} points.", times.len(), x.len()))
            .advise("Give one time for all points or one for each."));
    }
    if let Some(t) = times.iter().find(|t| !t.is_finite()) {
        return Err(Error::input(format!("The time {t} is not a finite number.")));
    }
    Ok(())
}

fn blocks(
    times: &[f64],
    x: Rows<'_>,
    width: usize,
    quantity: &Quantity<'_>,
    out: &mut [f64],
    ctx: &Context,
) -> Result<()> {
    ctx.install(|| {
        out.par_chunks_mut(BLOCK * width).enumerate().try_for_each(|(k, out)| {
            ctx.check_stop()?;
            let (first, rows) = (k * BLOCK, out.len() / width);
            let times = if times.len() == 1 { times } else { &times[first..first + rows] };
            let values = &x.values[first * x.dim..(first + rows) * x.dim];
            block(times, Rows { dim: x.dim, values }, width, quantity, out)
        })
    })
}

/// A block, the rows of each time together.
fn block(times: &[f64], x: Rows<'_>, width: usize, quantity: &Quantity<'_>, out: &mut [f64]) -> Result<()> {
    if let [t] = times {
        return quantity(*t, x.values, out);
    }
    let mut order: Vec<usize> = (0..times.len()).collect();
    order.sort_by(|&i, &j| times[i].total_cmp(&times[j]));
    for group in order.chunk_by(|&i, &j| times[i] == times[j]) {
        let gathered: Vec<f64> = group.iter().flat_map(|&i| &x.values[i * x.dim..(i + 1) * x.dim]).copied().collect();
        let mut results = vec![0.0; group.len() * width];
        quantity(times[group[0]], &gathered, &mut results)?;
        for (&i, result) in group.iter().zip(results.chunks_exact(width)) {
            out[i * width..(i + 1) * width].copy_from_slice(result);
        }
    }
    Ok(())
}
