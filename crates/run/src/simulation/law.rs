//! A law that `simulate` knows by name, beside the systems of the catalogue: a line of a table.

use std::fmt::Write;
use thalweg_core::{Context, Error, Report, Result};

/// A law with settings of its own.
pub struct Law {
    /// Kebab-case name: what a user writes after `simulate`.
    pub name: &'static str,
    /// One line: what it follows.
    pub summary: &'static str,
    /// The method that it belongs to, by number, for the page and the citation.
    pub method: &'static str,
    /// What may be set, in the order in which it is shown.
    pub settings: &'static [Setting],
    /// Follows it.
    pub simulate: fn(&Settings, &Context) -> Result<Outcome>,
}

/// Something that may be set.
pub struct Setting {
    /// Its name in `--set name=value`.
    pub name: &'static str,
    /// What it is where nothing is set.
    pub usual: Usual,
    /// What it means, with its unit and range.
    pub meaning: &'static str,
}

/// The kind of a setting and its usual value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Usual {
    /// A finite number.
    Number(f64),
    /// A whole number of at least 1.
    Whole(usize),
    /// One of these words; the first is the usual one.
    Word(&'static [&'static str]),
}

/// A value that was set.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Value {
    Number(f64),
    Whole(usize),
    Word(&'static str),
}

/// The values of all settings of a law.
#[derive(Clone, Debug)]
pub struct Settings {
    values: Vec<(&'static str, Value)>,
    /// Times that are kept, the first and the last included; at least 2.
    pub frames: usize,
}

/// Times that are kept where nothing else is asked for.
pub const FRAMES: usize = 101;

impl Law {
    /// The usual values, changed by `set` (name and value as text).
    ///
    /// # Errors
    /// A name that is not known, a value that is not of its kind, fewer than 2 frames.
    pub fn settings(&self, set: &[(String, String)], frames: Option<usize>) -> Result<Settings> {
        let frames = frames.unwrap_or(FRAMES);
        if frames < 2 {
            return Err(Error::input(format!("{frames} times were asked for, but at least 2 are kept: both ends.")));
        }
        let usual = |setting: &Setting| {
            let value = match setting.usual {
                Usual::Number(v) => Value::Number(v),
                Usual::Whole(v) => Value::Whole(v),
                Usual::Word(words) => Value::Word(words.first().copied().unwrap_or_default()),
            };
            (setting.name, value)
        };
        let mut settings = Settings { values: self.settings.iter().map(usual).collect(), frames };
        for (name, text) in set {
            let Some(k) = self.settings.iter().position(|s| s.name == name.as_str()) else {
                let names = self.settings.iter().map(|s| s.name);
                return Err(Error::input(format!("{} has no setting called {name}.", self.name))
                    .advise(format!("The nearest are {}.", nearest(name, names, 3).join(", "))));
            };
            settings.values[k].1 = value(&self.settings[k], text)?;
        }
        Ok(settings)
    }

    /// Follows it, and refuses arrays that do not fit each other.
    ///
    /// # Errors
    /// Those of the law; a result that is not whole.
    pub fn follow(&self, settings: &Settings, ctx: &Context) -> Result<Outcome> {
        let outcome = (self.simulate)(settings, ctx)?;
        outcome.check()?;
        Ok(outcome)
    }

    /// Its settings, one a line.
    pub fn described(&self) -> String {
        let mut out = String::new();
        for setting in self.settings {
            let usual = match setting.usual {
                Usual::Number(v) => v.to_string(),
                Usual::Whole(v) => v.to_string(),
                Usual::Word(words) => words.join("|"),
            };
            // Writing to a String cannot fail.
            let _ = writeln!(out, "  {:<24} {}", format!("{}={usual}", setting.name), setting.meaning);
        }
        out
    }
}

/// A text as a value of this setting.
fn value(setting: &Setting, text: &str) -> Result<Value> {
    let refuse = |wanted: String| Error::input(format!("{} is \"{text}\", but {wanted}.", setting.name));
    match setting.usual {
        Usual::Number(_) => match text.parse::<f64>().ok().filter(|v| v.is_finite()) {
            Some(v) => Ok(Value::Number(v)),
            None => Err(refuse("it must be a finite number".into())),
        },
        Usual::Whole(_) => match text.parse::<usize>().ok().filter(|v| *v > 0) {
            Some(v) => Ok(Value::Whole(v)),
            None => Err(refuse("it must be a whole number of at least 1".into())),
        },
        Usual::Word(words) => match words.iter().find(|word| **word == text) {
            Some(word) => Ok(Value::Word(word)),
            None => Err(refuse(format!("it must be one of {}", words.join(", ")))),
        },
    }
}

impl Settings {
    fn value(&self, name: &str) -> Option<Value> {
        self.values.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    /// The number called `name`.
    ///
    /// # Errors
    /// The law declares no number of this name.
    pub fn number(&self, name: &str) -> Result<f64> {
        match self.value(name) {
            Some(Value::Number(v)) => Ok(v),
            _ => Err(undeclared(name, "number")),
        }
    }

    /// The whole number called `name`.
    ///
    /// # Errors
    /// The law declares none of this name.
    pub fn whole(&self, name: &str) -> Result<usize> {
        match self.value(name) {
            Some(Value::Whole(v)) => Ok(v),
            _ => Err(undeclared(name, "whole number")),
        }
    }

    /// The word called `name`.
    ///
    /// # Errors
    /// The law declares none of this name.
    pub fn word(&self, name: &str) -> Result<&'static str> {
        match self.value(name) {
            Some(Value::Word(v)) => Ok(v),
            _ => Err(undeclared(name, "word")),
        }
    }

    /// Names and values as text, in the order of the law.
    pub fn listed(&self) -> Vec<(String, String)> {
        let text = |value: &Value| match value {
            Value::Number(v) => v.to_string(),
            Value::Whole(v) => v.to_string(),
            Value::Word(v) => (*v).to_owned(),
        };
        self.values.iter().map(|(name, value)| ((*name).to_owned(), text(value))).collect()
    }
}

fn undeclared(name: &str, kind: &str) -> Error {
    Error::failed(format!("The law declares no {kind} called {name}."))
}

/// The `count` names nearest to `word`.
pub(super) fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>, count: usize) -> Vec<&'a str> {
    let word = word.to_lowercase();
    let mut ranked: Vec<(usize, &str)> = names
        .into_iter()
        .map(|name| {
            let have = name.to_lowercase();
            let distance = strsim::levenshtein(&have, &word);
            let within = !word.is_empty() && (have.contains(&word) || word.contains(&have));
            (if within { distance.min(1) } else { distance }, name)
        })
        .collect();
    ranked.sort_by_key(|(distance, _)| *distance);
    ranked.into_iter().take(count).map(|(_, name)| name).collect()
}

/// What a law did.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Fields on a grid at the kept times.
    pub fields: Option<Fields>,
    /// Figures over time, such as an energy.
    pub series: Option<Series>,
    /// Figures of the whole, by name, such as the largest change of the energy.
    pub facts: Vec<(String, f64)>,
    /// The unit of the times, empty where they have none.
    pub time_unit: String,
    /// How it ended; what was done until then is kept.
    pub report: Report,
}

/// Fields on one grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Fields {
    /// Where the values are.
    pub grid: Grid,
    /// The kept times.
    pub times: Vec<f64>,
    /// The fields.
    pub fields: Vec<Field>,
}

/// One field.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its name; a column of the table.
    pub name: String,
    /// Its unit, empty where it has none.
    pub unit: String,
    /// `times x nodes`.
    pub values: Vec<f64>,
    /// Between which values colours are told apart, where that is not all that it has.
    pub span: Option<[f64; 2]>,
}

impl Field {
    /// A field whose colours span all its values.
    pub fn new(name: &str, unit: &str, values: Vec<f64>) -> Self {
        Self { name: name.to_owned(), unit: unit.to_owned(), values, span: None }
    }
}

/// Where the values of a field are.
#[derive(Clone, Debug, PartialEq)]
pub enum Grid {
    /// On a line; a node a position.
    Line {
        /// Positions.
        x: Vec<f64>,
    },
    /// On a plane; nodes row by row, `y` slow and `x` fast.
    Plane {
        /// Positions along a row.
        x: Vec<f64>,
        /// Positions of the rows.
        y: Vec<f64>,
        /// What the two are called.
        names: [String; 2],
    },
    /// On a sphere; nodes row by row, the colatitude slow and the longitude fast.
    Sphere {
        /// From the north pole, 0 to pi.
        colatitude: Vec<f64>,
        /// 0 to 2 pi.
        longitude: Vec<f64>,
    },
}

impl Grid {
    /// A plane of places.
    pub fn plane(x: Vec<f64>, y: Vec<f64>) -> Self {
        Self::Plane { x, y, names: ["x", "y"].map(str::to_owned) }
    }

    /// Number of nodes.
    pub fn nodes(&self) -> usize {
        match self {
            Self::Line { x } => x.len(),
            Self::Plane { x, y, .. } => x.len() * y.len(),
            Self::Sphere { colatitude, longitude } => colatitude.len() * longitude.len(),
        }
    }

    /// Names of the coordinates, slow first, with their positions.
    pub fn axes(&self) -> Vec<(&str, &[f64])> {
        match self {
            Self::Line { x } => vec![("x", x)],
            Self::Plane { x, y, names: [fast, slow] } => vec![(slow, y), (fast, x)],
            Self::Sphere { colatitude, longitude } => vec![("colatitude", colatitude), ("longitude", longitude)],
        }
    }
}

/// Figures over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Times, those of the fields or others.
    pub times: Vec<f64>,
    /// Name and a value a time.
    pub columns: Vec<(String, Vec<f64>)>,
}

impl Outcome {
    /// Refuses arrays that do not fit each other, before anything is written.
    ///
    /// # Errors
    /// One of another length.
    fn check(&self) -> Result<()> {
        let differs = |what: &str, have: usize, want: usize| {
            Err(Error::failed(format!("{what} has {have} values, but {want} are needed.")))
        };
        if let Some(Fields { grid, times, fields }) = &self.fields {
            for field in fields {
                let wanted = times.len() * grid.nodes();
                if field.values.len() != wanted {
                    return differs(&format!("The field {}", field.name), field.values.len(), wanted);
                }
            }
        }
        if let Some(Series { times, columns }) = &self.series
            && let Some((name, values)) = columns.iter().find(|(_, values)| values.len() != times.len())
        {
            return differs(&format!("The series {name}"), values.len(), times.len());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAW: Law = Law {
        name: "still",
        summary: "nothing moves",
        method: "S000",
        settings: &[
            Setting { name: "nu", usual: Usual::Number(0.5), meaning: "a number" },
            Setting { name: "nx", usual: Usual::Whole(16), meaning: "a whole number" },
            Setting { name: "start", usual: Usual::Word(&["kink", "breather"]), meaning: "a word" },
        ],
        simulate: |_, _| Err(Error::failed("It does not move.")),
    };

    fn set(name: &str, value: &str) -> Result<Settings> {
        LAW.settings(&[(name.to_owned(), value.to_owned())], None)
    }

    #[test]
    fn settings_keep_their_kind_and_what_is_wrong_is_named() {
        let settings = set("start", "breather").unwrap();
        assert_eq!(settings.number("nu").unwrap(), 0.5);
        assert_eq!(settings.whole("nx").unwrap(), 16);
        assert_eq!(settings.word("start").unwrap(), "breather");
        assert!(settings.number("nx").is_err());
        for (name, value, part) in [
            ("nux", "1", "nu"),
            ("nu", "inf", "finite"),
            ("nx", "2.5", "whole"),
            ("nx", "0", "at least 1"),
            ("start", "bump", "kink, breather"),
        ] {
            let error = set(name, value).unwrap_err();
            let said = format!("{} {}", error.message(), error.advice().unwrap_or_default());
            assert!(said.contains(part), "{said}");
        }
        assert!(LAW.settings(&[], Some(1)).is_err());
    }
}
