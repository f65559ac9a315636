//! `model.safetensors`: one array of parameters, the law in the header.

use super::{Law, Model};
use crate::archive::{self, Archive, Array};
use serde_json::{Value, json};
use std::path::Path;
use thalweg_core::{Error, Result};

impl Model {
    /// Writes the model to `path`, whole or not at all. The same model gives the same bytes.
    ///
    /// # Errors
    /// The operating system refused.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        archive::write(path.as_ref(), &self.header(), &[("params", Array::F32(&self.params))])
    }

    /// The bytes that [`Model::save`] writes.
    ///
    /// # Errors
    /// None that a consistent model could cause.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        archive::encode(&self.header(), &[("params", Array::F32(&self.params))])
            .map_err(|e| Error::failed(format!("The model could not be written as bytes: {e}.")))
    }

    fn header(&self) -> Value {
        json!({ "kind": "model", "format": 2, "law": self.law })
    }

    /// Reads a model from `path`. Nothing in the file is executed, and everything in it is checked.
    ///
    /// # Errors
    /// The file is missing, truncated, damaged, of another kind, or describes a law that is not consistent.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        Self::from_archive(archive::read(path.as_ref())?)
    }

    /// Reads a model from what [`Model::to_bytes`] gave.
    ///
    /// # Errors
    /// As [`Model::load`].
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self> {
        Self::from_archive(archive::decode(bytes, Path::new("The model in memory"))?)
    }

    fn from_archive(mut file: Archive) -> Result<Self> {
        if file.header["kind"] != "model" || file.header["format"] != 2 {
            return Err(file.broken("it is not a model of format 2"));
        }
        let law: Law = serde_json::from_value(file.header["law"].take()).map_err(|e| file.broken(e))?;
        let params = file.f32("params")?;
        Self::new(law, params).map_err(|e| e.within(file.path.display()))
    }
}
