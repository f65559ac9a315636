//! What a run is asked to do, from a file and from the command line.

use crate::evaluate::Evaluation;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use thalweg_core::{Error, Result};

/// A configuration is smaller than this; whatever is longer is cut and will not parse.
const LARGEST: u64 = 1 << 20;
/// Tables within tables that `--set` may name: recursion ends well before the stack does.
const DEEPEST: usize = 16;

/// Everything that decides what a run computes. Two runs with equal configurations on equal data leave equal
/// models, byte for byte.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Method, by name or number; absent means: the one that fits the data.
    pub method: Option<String>,
    /// Column or key with the time of each row.
    pub time: Option<String>,
    /// Columns, `obsm:KEY` or `X`.
    pub features: Option<String>,
    /// Column or key with the weight of each row.
    pub weights: Option<String>,
    /// Times left out of training entirely.
    pub hold_out: Vec<f64>,
    /// Seed of every random stream.
    pub seed: u64,
    /// Settings of the method; what is absent keeps its default.
    pub settings: Map<String, Value>,
    /// How the run is evaluated.
    pub evaluation: Evaluation,
}

impl Config {
    /// Reads a TOML or JSON file.
    ///
    /// # Errors
    /// The file is missing, does not parse, or has an unknown or mistyped field; the message names it.
    pub fn read(path: &Path) -> Result<Self> {
        let shown = path.display();
        let mut text = String::new();
        let read = File::open(path).and_then(|file| file.take(LARGEST).read_to_string(&mut text));
        read.map_err(|e| {
            Error::input(format!("The configuration {shown} could not be read: {e}."))
                .advise("Give a TOML or JSON file with --config.")
        })?;
        Self::parse(&text).map_err(|e| {
            Error::input(format!("The configuration {shown} is not valid: {}.", e.trim_end().trim_end_matches('.')))
                .advise("The fields are those of `run.json` under `config`; `thalweg methods ID` lists the settings.")
        })
    }

    /// Reads TOML, or JSON where the text starts with a brace, as TOML never does.
    ///
    /// # Errors
    /// What the parser says.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.trim_start().starts_with('{') {
            serde_json::from_str(text).map_err(|e| e.to_string())
        } else {
            // The parser would quote the whole line, however long.
            toml::from_str(text).map_err(|e| match e.span() {
                Some(at) => {
                    let line = text.bytes().take(at.start).filter(|b| *b == b'\n').count() + 1;
                    format!("{} at line {line}", e.message().replace('\n', ", "))
                }
                None => e.message().to_owned(),
            })
        }
    }

    /// Refuses what no method can make sense of.
    ///
    /// # Errors
    /// An evaluation on fewer than two points or of no draw.
    pub fn check(&self) -> Result<()> {
        match (self.evaluation.points, self.evaluation.draws) {
            (2.., 1..) => Ok(()),
            (2.., _) => Err(Error::input("An evaluation of 0 draws cannot work.")
                .advise("Set evaluation.draws to 1 or more; 8 is the default.")),
            (points, _) => Err(Error::input(format!("An evaluation on {points} points of a snapshot cannot work."))
                .advise("Set evaluation.points to 2 or more; 1500 is the default.")),
        }
    }

    /// Applies `a.b=value` to the settings of the method. The value is JSON where it parses, text otherwise.
    ///
    /// # Errors
    /// There is no `=`, a part of the path is empty, or the path runs through a value that is not a table.
    pub fn set(&mut self, assignment: &str) -> Result<()> {
        let (path, text) = assignment.split_once('=').ok_or_else(|| {
            Error::input(format!("--set takes KEY=VALUE and got \"{assignment}\"."))
                .advise("For example --set fit.steps=2000.")
        })?;
        let value = serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()));
        let mut parts: Vec<&str> = path.split('.').map(str::trim).collect();
        if parts.len() > DEEPEST {
            return Err(Error::input(format!(
                "The key of --set has {} parts, but no setting lies so deep.",
                parts.len()
            ))
            .advise("`thalweg methods ID` lists the settings."));
        }
        if parts.iter().any(|p| p.is_empty()) {
            return Err(Error::input(format!("The key \"{path}\" of --set has an empty part."))
                .advise("For example --set fit.steps=2000."));
        }
        let last = parts.pop().unwrap_or_default();
        let mut table = &mut self.settings;
        for part in parts {
            let entry = table.entry(part).or_insert_with(|| Value::Object(Map::new()));
            table = entry.as_object_mut().ok_or_else(|| {
                Error::input(format!("--set {assignment} goes through \"{part}\", which is a value and not a table."))
            })?;
        }
        table.insert(last.to_owned(), value);
        Ok(())
    }
}

/// `defaults` with every field that `given` names replaced; unknown fields are left for the method to refuse.
///
/// A choice between kinds (a table with `kind`) may be given by its name alone, and one of another kind than the
/// default's replaces it whole: the fields of the one mean nothing to the other.
pub fn merged(defaults: &Value, given: &Map<String, Value>) -> Value {
    let mut out = defaults.clone();
    overlay(&mut out, &Value::Object(given.clone()));
    out
}

fn overlay(base: &mut Value, over: &Value) {
    let kind = base.get("kind").cloned();
    match (base, over) {
        (base, Value::String(name)) if kind.is_some() => overlay(base, &json!({ "kind": name })),
        (base, Value::Object(over)) if kind.is_some() && over.get("kind").is_some_and(|k| kind.as_ref() != Some(k)) => {
            *base = Value::Object(over.clone());
        }
        (Value::Object(base), Value::Object(over)) => {
            for (key, value) in over {
                overlay(base.entry(key).or_insert(Value::Null), value);
            }
        }
        (base, over) => *base = over.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assignments_build_tables() {
        let mut c = Config::default();
        c.set("fit.steps=200").unwrap();
        c.set("fit.schedule=cosine").unwrap();
        c.set("sigma=0.5").unwrap();
        assert_eq!(
            Value::Object(c.settings.clone()),
            json!({"fit": {"steps": 200, "schedule": "cosine"}, "sigma": 0.5})
        );
        let deep = format!("{}=1", vec!["a"; 60_000].join("."));
        for bad in ["steps", "fit..steps=1", "sigma.deep=1", &deep] {
            assert_eq!(c.set(bad).unwrap_err().exit_code(), 2, "{bad}");
        }
    }

    #[test]
    fn settings_overlay_defaults() {
        let c = json!({"fit": {"steps": 1}, "sigma": 2});
        let given = json!({"fit": {"steps": 9, "new": 1}});
        assert_eq!(merged(&c, given.as_object().unwrap()), json!({"fit": {"steps": 9, "new": 1}, "sigma": 2}));
    }

    #[test]
    fn another_kind_brings_its_own_fields() {
        let c = json!({"fit": {"schedule": {"kind": "cosine", "warmup": 100, "end": 0.1}, "steps": 1}});
        for (given, schedule) in [
            (json!({"kind": "exponential", "end": 0.2}), json!({"kind": "exponential", "end": 0.2})),
            (json!({"kind": "constant"}), json!({"kind": "constant"})),
            (json!("constant"), json!({"kind": "constant"})),
            (json!("cosine"), json!({"kind": "cosine", "warmup": 100, "end": 0.1})),
            (json!({"kind": "cosine", "warmup": 5}), json!({"kind": "cosine", "warmup": 5, "end": 0.1})),
            (json!({"warmup": 5}), json!({"kind": "cosine", "warmup": 5, "end": 0.1})),
        ] {
            let given = json!({"fit": {"schedule": given}});
            let expected = json!({"fit": {"schedule": schedule, "steps": 1}});
            assert_eq!(merged(&c, given.as_object().unwrap()), expected);
        }
    }

    #[test]
    fn unknown_fields_of_a_file_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("c.toml");
        std::fs::write(&path, "seeed = 3\n").unwrap();
        assert!(Config::read(&path).unwrap_err().to_string().contains("seeed"));
        std::fs::write(&path, "seed = 3\nhold_out = [1.0]\n[settings.fit]\nsteps = 7\n").unwrap();
        let c = Config::read(&path).unwrap();
        assert_eq!((c.seed, c.settings["fit"]["steps"].as_u64()), (3, Some(7)));
    }
}
