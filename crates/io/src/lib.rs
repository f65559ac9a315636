//! Tables in and out: CSV, TSV, NPY, NPZ, Parquet and h5ad.
//!
//! [`read`] takes a path and a [`Request`] (which column is the time, which are the coordinates, which weigh
//! the rows) and gives a checked [`Table`]; [`write`] takes an [`OutTable`]. The format follows from the
//! extension. Only what was asked for is read, nothing in a file is ever executed, sizes that a file claims
//! are compared with the file and with a memory budget before anything is allocated, and a file on disk is
//! either the old one or the new one, never half of it.
//!
//! Parquet and h5ad are the cargo features `parquet` and `h5ad` (`all` is both): without them the readers
//! answer with a sentence that names the feature.
//!
//! Numbers on grids have files of their own: [`read_grids`] and [`write_grids`] speak NetCDF.

mod atomic;
mod budget;
mod columns;
mod counts;
mod delimited;
mod format;
mod h5ad;
mod half;
mod names;
mod netcdf;
mod npy;
mod npz;
mod out;
mod parquet;
mod plan;
mod request;
mod rest;
mod spill;
mod store;
mod strays;
mod table;
mod tntp;

pub use atomic::write_atomically;
pub use columns::number_columns;
pub use counts::count_warning;
pub use format::{Format, check_output, read, write};
pub use netcdf::{Attribute, Grids, Variable, read_grids, write_grids};
pub use out::{OutColumn, OutTable};
pub use request::{Request, Selection};
pub use rest::{Rest, Slot, read_rest};
pub use spill::{Cell, Spill};
pub use store::{Array, Npz, NpzWriter, Values, read_npz};
pub use strays::stray_warning;
pub use table::{Table, dimension_warning};
pub use tntp::{TntpLink, TntpNetwork, read_tntp_network, read_tntp_trips};
