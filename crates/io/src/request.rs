//! What to read out of a file.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thalweg_core::{Error, Result};

/// What to read: the columns that are time, coordinates, weights and labels.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Request {
    /// The column with the time of each row, in the unit of the data. Numbers, or text that is a number.
    pub time: Option<String>,
    /// The coordinates.
    pub features: Selection,
    /// The column with the weight of each row: finite and not negative.
    pub weights: Option<String>,
    /// The column with the group of each row, for pictures only.
    pub labels: Option<String>,
}

/// Which columns are coordinates. As text (command line, configuration, JSON): `all`, `X`, `obsm:KEY` or a
/// comma-separated list of names and of ranges `FIRST:LAST` in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Selection {
    /// Tables: every numeric column except time, weights and labels. NPZ: the only 2-D array with as many rows
    /// as the time. h5ad: the only entry of `obsm`, or `X_pca` among several.
    #[default]
    All,
    /// These columns in this order. NPZ: 1-D arrays, or whole 2-D arrays. h5ad: columns of `obs`, or variables
    /// of `X`.
    Columns(Vec<String>),
    /// h5ad: one entry of `obsm`.
    Obsm(String),
    /// h5ad: the matrix `X`, dense or sparse. Elsewhere: the array or column with this name.
    X,
}

impl FromStr for Selection {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let text = text.trim();
        if let Some(key) = text.strip_prefix("obsm:") {
            if key.is_empty() {
                return Err(Error::input("The features `obsm:` name no entry of obsm.")
                    .advise("Write the key after the colon, as in obsm:X_pca."));
            }
            return Ok(Self::Obsm(key.to_owned()));
        }
        match text {
            "" => Err(Error::input("The list of features is empty.")
                .advise("Give column names separated by commas, or leave the option out to take all numeric columns.")),
            "all" => Ok(Self::All),
            "X" => Ok(Self::X),
            list => {
                let names: Vec<String> = list.split(',').map(|s| s.trim().to_owned()).collect();
                if names.iter().any(String::is_empty) {
                    return Err(Error::input(format!("The list of features `{list}` has an empty name in it."))
                        .advise("Separate names by single commas."));
                }
                Ok(Self::Columns(names))
            }
        }
    }
}

impl TryFrom<String> for Selection {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::X => f.write_str("X"),
            Self::Obsm(key) => write!(f, "obsm:{key}"),
            Self::Columns(names) => f.write_str(&names.join(",")),
        }
    }
}

impl From<Selection> for String {
    fn from(selection: Selection) -> Self {
        selection.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selections_read_as_they_print() {
        for text in ["all", "X", "obsm:X_pca", "a,b,c:f"] {
            assert_eq!(text.parse::<Selection>().unwrap().to_string(), text);
        }
        assert_eq!(" a , b ".parse::<Selection>().unwrap(), Selection::Columns(vec!["a".into(), "b".into()]));
        for bad in ["", "obsm:", "a,,b"] {
            assert!(bad.parse::<Selection>().is_err(), "{bad}");
        }
    }
}
