//! What is known of a system, as data.

use crate::expr::is_name;
use thalweg_core::{Error, Result};

/// What the equations of a system mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The rates of change of the states.
    Flow,
    /// The next states.
    Map,
    /// The rates of change, which depend also on the states a time `tau` ago: `xd` is `x(t - tau)`.
    Delay,
}

impl Kind {
    /// The word that a record begins with.
    pub fn name(self) -> &'static str {
        match self {
            Self::Flow => "flow",
            Self::Map => "map",
            Self::Delay => "delay",
        }
    }
}

/// Lyapunov exponents, per unit of the time of the system (per iteration of a map), largest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Spectrum {
    /// The exponents; of a delay equation only the first few.
    pub exponents: Vec<f64>,
    /// Standard error of the largest, where known.
    pub error: Option<f64>,
}

/// A line of the catalogue, or of a file in its format ([`crate::read`]).
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Flow, map or delay equation.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Other names that it is found by.
    pub aliases: Vec<String>,
    /// Names of the states.
    pub states: Vec<String>,
    /// Names of the parameters and their usual values.
    pub parameters: Vec<(String, f64)>,
    /// The right-hand sides, one a state, in the expression language.
    pub equations: String,
    /// An initial state. Of a delay equation the constant past.
    pub start: Vec<f64>,
    /// The dominant period, in units of its time.
    pub period: Option<f64>,
    /// A step that resolves its fastest motion, in units of its time.
    pub step: Option<f64>,
    /// Lyapunov spectrum at the usual parameters and the initial state.
    pub spectrum: Option<Spectrum>,
    /// Kaplan-Yorke dimension there.
    pub kaplan_yorke: Option<f64>,
    /// The class first (`chaotic`, `weak`, `transient`, `regular`, `torus`), then properties (`conservative`, `forced`,
    /// `nonsmooth`, `stiff`, `corrected`).
    pub tags: Vec<String>,
    /// Where it was published.
    pub reference: String,
    /// What differs from the publication or from other collections, and other remarks.
    pub note: String,
}

/// Most states of a system.
const MOST_STATES: usize = 64;

impl Record {
    /// Whether it has this tag.
    pub fn has_tag(&self, tag: &str) -> bool {
        self.tags.iter().any(|own| own == tag)
    }

    /// Reads one record: its fields, separated by `|`.
    pub(crate) fn parse(line: &str) -> Result<Self> {
        let fields: Vec<&str> = line.split('|').map(str::trim).collect();
        let field = |k: usize| fields.get(k).copied().filter(|f| *f != "-").unwrap_or_default();
        if fields.len() < 5 {
            return Err(Error::input(format!(
                "The record has {} fields, but needs at least 5: kind and name | states | parameters | equations | initial state.",
                fields.len()
            )));
        }
        let (kind, names) = heading(field(0))?;
        let (name, aliases) = names.split_first().map(|(n, a)| (n.clone(), a.to_vec())).unwrap_or_default();
        let times = numbers(field(5), "period and step")?;
        let record = Self {
            kind,
            name,
            aliases,
            states: words(field(1)),
            parameters: parameters(field(2))?,
            equations: field(3).to_owned(),
            start: numbers(field(4), "initial state")?,
            period: times.first().copied(),
            step: times.get(1).copied(),
            spectrum: spectrum(field(6))?,
            kaplan_yorke: numbers(field(7), "Kaplan-Yorke dimension")?.first().copied(),
            tags: words(field(8)),
            reference: field(9).to_owned(),
            note: field(10).to_owned(),
        };
        record.check()?;
        Ok(record)
    }

    /// Refuses what no system can be: no states or too many, values that do not fit them, names that repeat or cannot be.
    ///
    /// # Errors
    /// The first of these. Equations are read by [`crate::System::new`].
    pub fn check(&self) -> Result<()> {
        let d = self.states.len();
        if d == 0 || d > MOST_STATES {
            return Err(Error::input(format!("There are {d} states, but a system has 1 to {MOST_STATES}.")));
        }
        if self.start.len() != d {
            return Err(Error::input(format!("There are {} initial values for {d} states.", self.start.len())));
        }
        let mut names: Vec<&str> = self.states.iter().map(String::as_str).collect();
        names.extend(self.parameters.iter().map(|(name, _)| name.as_str()));
        if let Some(bad) = names.iter().find(|name| !is_name(name)) {
            return Err(Error::input(format!("\"{bad}\" cannot be the name of a state or a parameter.")).advise(
                "Names begin with a letter (a to z), go on with letters, digits and _, and are not those of functions; t is the time.",
            ));
        }
        names.sort_unstable();
        if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(Error::input(format!("Two states or parameters are called {}.", pair[0])));
        }
        if let Some(time) = [self.period, self.step].into_iter().flatten().find(|t| *t <= 0.0) {
            return Err(Error::input(format!("A period or step is {time}, but both must be positive.")));
        }
        if self.kind == Kind::Delay && !self.parameters.iter().any(|(name, _)| name == "tau") {
            return Err(Error::input("A delay equation needs its delay as a parameter called tau."));
        }
        Ok(())
    }
}

/// `kind name, alias, ...`
fn heading(text: &str) -> Result<(Kind, Vec<String>)> {
    let (word, names) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let kind = [Kind::Flow, Kind::Map, Kind::Delay]
        .into_iter()
        .find(|kind| kind.name() == word)
        .ok_or_else(|| Error::input(format!("A record begins with flow, map or delay, but here stands \"{word}\".")))?;
    let names: Vec<String> = names.split(',').map(|name| name.trim().to_owned()).collect();
    let fits =
        |name: &String| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    match names.iter().find(|name| !fits(name)) {
        None => Ok((kind, names)),
        Some(bad) => Err(Error::input(format!("\"{bad}\" cannot be the name of a system."))
            .advise("Names of systems are letters, digits, - and _; other names follow after a comma.")),
    }
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn number(word: &str, what: &str) -> Result<f64> {
    word.parse::<f64>()
        .ok()
        .filter(|value| value.is_finite())
        .ok_or_else(|| Error::input(format!("\"{word}\" in the {what} is not a finite number.")))
}

fn numbers(text: &str, what: &str) -> Result<Vec<f64>> {
    text.split_whitespace().map(|word| number(word, what)).collect()
}

fn parameters(text: &str) -> Result<Vec<(String, f64)>> {
    text.split_whitespace()
        .map(|word| {
            let (name, value) = word.split_once('=').ok_or_else(|| {
                Error::input(format!("The parameter \"{word}\" has no value."))
                    .advise("Write name=value, without spaces.")
            })?;
            Ok((name.to_owned(), number(value, "parameters")?))
        })
        .collect()
}

/// `exponents ; se error`, the second part where known.
fn spectrum(text: &str) -> Result<Option<Spectrum>> {
    if text.is_empty() {
        return Ok(None);
    }
    let (exponents, error) = text.split_once(';').unwrap_or((text, ""));
    let error = match error.trim().strip_prefix("se") {
        Some(value) => Some(number(value.trim(), "standard error")?),
        None => None,
    };
    Ok(Some(Spectrum { exponents: numbers(exponents, "Lyapunov exponents")?, error }))
}
