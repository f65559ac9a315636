//! The two clouds of a match: read, named and held against each other.

use std::path::Path;
use thalweg_core::{Error, Points, Result, listed};
use thalweg_io::{Format, Request, Rest, Selection};

/// One side of a match.
#[derive(Clone, Debug)]
pub struct Cloud {
    /// What the user calls it: the path of a file, or the name of an argument.
    pub name: String,
    /// `n x d`.
    pub points: Points,
    /// One a point; none where each counts the same.
    pub weights: Option<Vec<f64>>,
    /// Names of the `d` coordinates.
    pub features: Vec<String>,
    /// Whether these are names that the data have. Columns of bare arrays are numbered, and numbers name nothing.
    pub named: bool,
    /// Format of a file with the same rows.
    pub format: Format,
    /// What the file has beside the coordinates.
    pub rest: Rest,
    /// Whole sentences the user should read.
    pub warnings: Vec<String>,
}

impl Cloud {
    /// A cloud in memory. `features` are the names of the columns, where they have names.
    pub fn of(name: &str, points: Points, weights: Option<Vec<f64>>, features: Option<Vec<String>>) -> Self {
        let warnings = thalweg_io::dimension_warning(points.len(), points.dim()).into_iter().collect();
        let named = features.is_some();
        let features = features.unwrap_or_else(|| (0..points.dim()).map(|k| format!("x_{k}")).collect());
        Self {
            name: name.to_owned(),
            points,
            weights,
            features,
            named,
            format: Format::Npz,
            rest: Rest::default(),
            warnings,
        }
    }

    /// Reads the coordinates and the column `weights` of the file at `path`.
    ///
    /// # Errors
    /// As [`thalweg_io::read`].
    pub fn read(path: &Path, features: &Selection, weights: Option<&str>, memory: Option<u64>) -> Result<Self> {
        let request = Request { features: features.clone(), weights: weights.map(str::to_owned), ..Request::default() };
        let table = thalweg_io::read(path, &request, memory)?;
        let format = Format::of(path)?;
        Ok(Self {
            name: path.display().to_string(),
            named: match format {
                Format::Npy => false,
                Format::Npz | Format::H5ad => !numbered(&table.features),
                Format::Csv | Format::Tsv | Format::Parquet => true,
            },
            points: table.points,
            weights: table.weights,
            features: table.features,
            format,
            rest: Rest::default(),
            warnings: table.warnings,
        })
    }

    /// Reads what the file at `path` has beside the coordinates, to be written back beside where they went.
    ///
    /// # Errors
    /// As [`thalweg_io::read_rest`].
    pub fn with_rest(mut self, path: &Path, memory: Option<u64>) -> Result<Self> {
        if self.format != Format::Npy {
            self.rest = thalweg_io::read_rest(path, &self.features, self.points.len(), memory)?;
        }
        if !self.rest.left_out.is_empty() {
            self.warnings.push(format!(
                "What holds dates, lists or anything else but one number, truth value or text a row is left out of the projection: {}.",
                self.rest.left_out.join(", ")
            ));
        }
        Ok(self)
    }
}

/// Whether the features are one key, numbered: `X_pca_0`, `X_pca_1` and so on.
fn numbered(features: &[String]) -> bool {
    let key = features.first().and_then(|f| f.strip_suffix("_0"));
    key.is_some_and(|key| features.iter().enumerate().all(|(k, f)| *f == format!("{key}_{k}")))
}

/// The target with its columns in the order of the source's.
///
/// Named columns are matched by name, numbered ones by place.
///
/// # Errors
/// Different dimensions; a name that only one side has.
pub fn aligned(source: &Cloud, target: Cloud) -> Result<Cloud> {
    if source.named && target.named {
        return by_name(source, target);
    }
    if source.points.dim() == target.points.dim() {
        return Ok(Cloud { features: source.features.clone(), ..target });
    }
    Err(Error::input(format!(
        "{} has {} coordinates and {} has {}; they must live in one space.",
        source.name,
        source.points.dim(),
        target.name,
        target.points.dim()
    ))
    .advise("Choose columns that both have with --features."))
}

fn by_name(source: &Cloud, mut target: Cloud) -> Result<Cloud> {
    let only = |one: &Cloud, other: &Cloud| -> Vec<String> {
        one.features.iter().filter(|f| !other.features.contains(f)).map(|f| format!("`{f}`")).collect()
    };
    for (one, other) in [(source, &target), (&target, source)] {
        let alone = only(one, other);
        if let Some(more) = alone.len().checked_sub(1) {
            let word = if more == 0 { "column" } else { "columns" };
            return Err(Error::input(format!(
                "{} has the {word} {}, and {} has not.",
                one.name,
                listed(&alone, 5),
                other.name
            ))
            .advise("Name the columns that both have with --features."));
        }
    }
    if source.features == target.features {
        return Ok(target);
    }
    let place = |name: &String| target.features.iter().position(|f| f == name).unwrap_or_default();
    let order: Vec<usize> = source.features.iter().map(place).collect();
    let values = target.points.rows().flat_map(|row| order.iter().map(|&k| row[k])).collect();
    target.points = Points::new(order.len(), values)?;
    target.features.clone_from(&source.features);
    Ok(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cloud(name: &str, features: &[&str], values: Vec<f64>) -> Cloud {
        let points = Points::new(features.len(), values).unwrap();
        Cloud::of(name, points, None, Some(features.iter().map(|f| (*f).to_owned()).collect()))
    }

    #[test]
    fn columns_are_matched_by_name() {
        let source = cloud("a", &["x", "y"], vec![0.0, 1.0]);
        let target = aligned(&source, cloud("b", &["y", "x"], vec![1.0, 2.0, 3.0, 4.0])).unwrap();
        assert_eq!(target.points.values(), [2.0, 1.0, 4.0, 3.0]);
        let said = aligned(&source, cloud("b", &["x", "z"], vec![1.0, 2.0])).unwrap_err().to_string();
        assert!(said.contains("a has the column `y`, and b has not"), "{said}");
        let said = aligned(&source, cloud("b", &["x", "y", "z"], vec![1.0; 3])).unwrap_err().to_string();
        assert!(said.contains("b has the column `z`, and a has not"), "{said}");
    }

    #[test]
    fn numbered_columns_are_matched_by_place() {
        let source = Cloud::of("a", Points::zeros(1, 2), None, None);
        aligned(&source, cloud("b", &["u", "v"], vec![1.0, 2.0])).unwrap();
        let said = aligned(&source, Cloud::of("b", Points::zeros(4, 3), None, None)).unwrap_err().to_string();
        assert!(said.contains("a has 2 coordinates and b has 3"), "{said}");
        assert!(numbered(&["k_0".into(), "k_1".into()]) && !numbered(&["k_0".into(), "x".into()]));
    }
}
