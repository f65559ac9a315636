//! stub
use crate::{CostMatrix, Exact};
use thalweg_core::{Context, Error, Result};
pub(crate) struct Transportation;
impl Transportation {
    pub(crate) fn new(_a: &[f64], _b: &[f64], _cost: &CostMatrix) -> Result<Self> {
        Ok(Self)
    }
    pub(crate) fn solve(self, _ctx: &Context) -> Result<Exact> {
        Err(Error::failed("not built yet"))
    }
}
