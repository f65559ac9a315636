//! `model.safetensors`: one array of parameters, the law in the header.

use super::{Law, Model};
use crate::archive::{self, Array};
use serde_json::json;
use std::path::Path;
use thalweg_core::Result;

impl Model {
    /// Writes the model to `path`, whole or not at all. The same model gives the same bytes.
    ///
    /// # Errors
    /// The operating system refused.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let header = json!({ "kind": "model", "format": 1, "law": self.law });
        archive::write(path.as_ref(), &header, &[("params", Array::F32(&self.params))])
    }

    /// Reads a model from `path`. Nothing in the file is executed, and everything in it is checked.
    ///
    /// # Errors
    /// The file is missing, truncated, damaged, of another kind, or describes a law that is not consistent.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let mut file = archive::read(path)?;
        if file.header["kind"] != "model" || file.header["format"] != 1 {
            return Err(file.broken("it is not a model of format 1"));
        }
        let law: Law = serde_json::from_value(file.header["law"].take()).map_err(|e| file.broken(e))?;
        Self::new(law, file.f32("params")?).map_err(|e| e.within(path.display()))
    }
}
