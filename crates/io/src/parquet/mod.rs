//! Parquet files, behind the feature `parquet`.

#[cfg(not(feature = "parquet"))]
mod disabled;
#[cfg(feature = "parquet")]
mod enabled;
#[cfg(feature = "parquet")]
mod logical;
#[cfg(feature = "parquet")]
mod output;
#[cfg(feature = "parquet")]
mod pages;
#[cfg(feature = "parquet")]
mod quiet;

#[cfg(not(feature = "parquet"))]
pub(crate) use disabled::{number_columns, read, rest, write, write_spilled};
#[cfg(feature = "parquet")]
pub(crate) use {
    enabled::{number_columns, read, rest},
    output::{write, write_spilled},
};
