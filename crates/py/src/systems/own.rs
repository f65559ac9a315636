//! Systems of one's own, in words.

use thalweg_core::{Error, Result};
use thalweg_systems::{Kind, Record};

/// A user's system in words; read from JSON.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Own {
    kind: String,
    name: String,
    states: Vec<String>,
    #[serde(default)]
    parameters: Vec<(String, f64)>,
    #[serde(default)]
    equations: String,
    start: Vec<f64>,
    period: Option<f64>,
    step: Option<f64>,
}

impl Own {
    /// The record that the words make.
    pub(super) fn record(self) -> Result<Record> {
        let kind = [Kind::Flow, Kind::Map, Kind::Delay].into_iter().find(|kind| kind.name() == self.kind);
        let kind = kind
            .ok_or_else(|| Error::input(format!("The kind is \"{}\", but must be flow, map or delay.", self.kind)))?;
        let record = Record {
            kind,
            name: self.name,
            aliases: Vec::new(),
            states: self.states,
            parameters: self.parameters,
            equations: self.equations,
            start: self.start,
            period: self.period,
            step: self.step,
            spectrum: None,
            kaplan_yorke: None,
            tags: Vec::new(),
            reference: String::new(),
            note: String::new(),
        };
        record.check()?;
        Ok(record)
    }
}
