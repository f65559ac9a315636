//! AnnData files, behind the feature `h5ad`.

#[cfg(feature = "h5ad")]
mod column;
#[cfg(not(feature = "h5ad"))]
mod disabled;
#[cfg(feature = "h5ad")]
mod enabled;
#[cfg(feature = "h5ad")]
mod matrix;
#[cfg(feature = "h5ad")]
mod numbers;

#[cfg(not(feature = "h5ad"))]
pub(crate) use disabled::{number_columns, read, rest};
#[cfg(feature = "h5ad")]
pub(crate) use enabled::{number_columns, read, rest};

#[cfg(feature = "h5ad")]
pub(crate) use column::{Shape, unreadable};
#[cfg(feature = "h5ad")]
pub(crate) use numbers::all as all_numbers;
