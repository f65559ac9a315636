//! Dependence is a line: no crate may depend on one of its own layer or above.

use crate::Outcome;
use crate::process::cargo;
use serde_json::Value;

/// The layers, lowest first. Crates of one layer do not know each other.
const LAYERS: &[&[&str]] = &[
    &["thalweg-core"],
    &["thalweg-ot", "thalweg-solve", "thalweg-path", "thalweg-quantum", "thalweg-io"],
    &["thalweg-nn", "thalweg-systems", "thalweg-measure"],
    &["thalweg-flow", "thalweg-bridge", "thalweg-match", "thalweg-dynamics", "thalweg-field"],
    &["thalweg-run"],
    &["thalweg-report"],
    &["thalweg-cli", "thalweg-py"],
    &["thalweg", "xtask"],
];

/// Reads the manifests and compares every dependence, those of tests and build scripts included, with the layers.
///
/// # Errors
/// The manifests cannot be read, a crate is in no layer, or a crate depends sideways or upward.
pub fn check() -> Outcome {
    let output = cargo(&["metadata", "--no-deps", "--format-version", "1"])
        .output()
        .map_err(|e| format!("cargo metadata could not be started: {e}."))?;
    if !output.status.success() {
        return Err(format!("cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr).trim()));
    }
    let metadata: Value =
        serde_json::from_slice(&output.stdout).map_err(|e| format!("cargo metadata wrote no JSON: {e}."))?;
    let faults = faults(&metadata);
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n")) }
}

fn layer(name: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&name))
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value[key].as_array().into_iter().flatten()
}

fn faults(metadata: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    for package in list(metadata, "packages") {
        let name = package["name"].as_str().unwrap_or_default();
        let Some(own) = layer(name) else {
            faults.push(format!("The crate {name} is in no layer; give it one in xtask/src/layers.rs."));
            continue;
        };
        for dependence in list(package, "dependencies") {
            let on = dependence["name"].as_str().unwrap_or_default();
            if layer(on).is_some_and(|other| other >= own) {
                faults.push(format!("{name} (layer {own}) depends on {on}, which is not below it."));
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn no_crate_depends_upward() {
        assert_eq!(check(), Ok(()));
    }

    #[test]
    fn a_crate_that_depends_upward_is_found() {
        let package = |name: &str, on: &str| json!({"name": name, "dependencies": [{"name": on}]});
        let found = |name, on| faults(&json!({"packages": [package(name, on)]})).len();
        assert_eq!(found("thalweg-nn", "thalweg-core"), 0);
        assert_eq!(found("thalweg-nn", "serde"), 0);
        assert_eq!(found("thalweg-core", "thalweg-nn"), 1);
        assert_eq!(found("thalweg-ot", "thalweg-solve"), 1);
        assert_eq!(found("thalweg-unheard-of", "serde"), 1);
    }
}
