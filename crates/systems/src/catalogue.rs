//! The shipped records, and files of a user's own.

use crate::Record;
use crate::names::{nearest, plain};
use std::sync::LazyLock;
use thalweg_core::{Error, Result};

/// The data files, in the order of the catalogue.
const FILES: [&str; 3] =
    [include_str!("../data/flows.txt"), include_str!("../data/maps.txt"), include_str!("../data/delays.txt")];

/// The records, or the sentence that says why the shipped data cannot be read (a test holds that they can).
static RECORDS: LazyLock<Result<Vec<Record>, String>> = LazyLock::new(|| {
    let read_all = || FILES.iter().map(|text| read(text)).collect::<Result<Vec<_>>>();
    read_all().map(|files| files.concat()).map_err(|error| error.to_string())
});

/// The shipped systems: flows, then maps, then delay equations, each by name.
///
/// # Errors
/// The shipped data are damaged.
pub fn catalogue() -> Result<&'static [Record]> {
    match &*RECORDS {
        Ok(records) => Ok(records),
        Err(message) => Err(Error::failed(message.clone()).within("The catalogue")),
    }
}

/// Reads records from a text in the format of the catalogue.
///
/// A record is a line of fields separated by `|`:
///
/// ```text
/// kind name, other names | states | name=value ... | equations | initial state | period step |
///     exponents ; se error | Kaplan-Yorke dimension | class and tags | reference | note
/// ```
///
/// `kind` is `flow`, `map` or `delay`; the equations, one a state, are separated by `;`. The fields after the initial
/// state may be left out, or be `-`. A line that begins with a space goes on with the record before it; `#` begins a
/// line of remarks.
///
/// # Errors
/// The first record that cannot be read, with the number of its line; two systems of one name. Equations are not
/// read here but by [`crate::System::new`].
pub fn read(text: &str) -> Result<Vec<Record>> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        match lines.last_mut() {
            Some((_, record)) if line.starts_with([' ', '\t']) => {
                record.push(' ');
                record.push_str(line.trim());
            }
            _ => lines.push((number + 1, line.to_owned())),
        }
    }
    let mut records: Vec<Record> = Vec::with_capacity(lines.len());
    let mut seen = std::collections::HashSet::new();
    for (number, line) in lines {
        let place = format!("Line {number}");
        let record = Record::parse(&line).map_err(|error| error.within(&place))?;
        // A map and a flow may share a name: their kind then tells them apart.
        if !seen.insert((record.kind.name(), plain(&record.name))) {
            return Err(Error::input(format!("There is a {} {} before this one.", record.kind.name(), record.name))
                .within(place));
        }
        records.push(record);
    }
    Ok(records)
}

/// The record called `name` among `records`; case, `-` and `_` do not matter. `map duffing` asks for a kind as well.
///
/// # Errors
/// None is; the message names the nearest.
pub fn find<'a>(records: &'a [Record], name: &str) -> Result<&'a Record> {
    let (kind, bare) = match name.trim().split_once(' ') {
        Some((kind, bare)) => (Some(kind), bare),
        None => (None, name),
    };
    let wanted = plain(bare);
    let of_kind = |record: &&Record| kind.is_none_or(|kind| kind == record.kind.name());
    records
        .iter()
        .filter(of_kind)
        .find(|record| plain(&record.name) == wanted)
        .or_else(|| records.iter().filter(of_kind).find(|record| record.aliases.iter().any(|a| plain(a) == wanted)))
        .ok_or_else(|| {
            let names = records.iter().flat_map(|r| std::iter::once(&r.name).chain(&r.aliases)).map(String::as_str);
            let error = Error::input(format!("There is no system called \"{name}\"."));
            match nearest(bare, names, 3).join(", ") {
                near if near.is_empty() => error.advise("There are none to choose from."),
                near => error.advise(format!("The nearest are {near}.")),
            }
        })
}
