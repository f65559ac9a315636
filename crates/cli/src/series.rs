//! What `thalweg measure` reads: which column is the time, and which trajectories there are.

use crate::{args, console};
use std::path::Path;
use thalweg_core::{Error, Points, Result};
use thalweg_io::{Request, Selection, Table, number_columns};
use thalweg_measure::{Found, Series, spacing};

/// The column that `simulate` numbers trajectories by.
const TRAJECTORY: &str = "trajectory";
/// What a column of times is called where none was named, in any case.
const TIMES: [&str; 2] = ["time", "t"];

/// The series of a file.
pub struct Tracks {
    /// The column that their times were taken from.
    pub time: Option<String>,
    /// One a trajectory; at least one.
    pub tracks: Vec<Track>,
}

/// One trajectory.
pub struct Track {
    /// Its number in the file, where there are several.
    number: Option<String>,
    /// Its rows.
    pub series: Series,
}

impl Track {
    /// `all` and what was found of this one, by its number.
    pub fn joined(&self, mut all: Found, one: Found) -> Found {
        let named = |name: String| match &self.number {
            Some(number) => format!("{name}, {TRAJECTORY} {number}"),
            None => name,
        };
        all.figures.extend(one.figures.into_iter().map(|f| thalweg_measure::Figure { name: named(f.name), ..f }));
        all.curves.extend(one.curves.into_iter().map(|c| thalweg_measure::Curve { name: named(c.name), ..c }));
        all
    }

    /// The error, with the number of the trajectory that it is of.
    pub fn within(&self, error: Error) -> Error {
        match &self.number {
            Some(number) => error.within(format_args!("{TRAJECTORY} {number}")),
            None => error,
        }
    }
}

/// What was read, in a line.
pub fn heading(tracks: &[Track], time: Option<&str>) -> String {
    let Some(Track { series, .. }) = tracks.first() else { return String::new() };
    let rows = tracks.iter().map(|t| t.series.points.len());
    let (least, most) = (rows.clone().min().unwrap_or(0), rows.max().unwrap_or(0));
    let rows = if least == most { most.to_string() } else { format!("{least} to {most}") };
    let each = if tracks.len() > 1 { format!("{} trajectories, each ", tracks.len()) } else { String::new() };
    let by = time.map_or(String::new(), |name| format!(" by the column {name}"));
    format!("{each}{rows} rows of {}, {} apart{by}\n\n", series.columns.join(", "), series.dt)
}

/// The series of the file, and what they are compared with.
///
/// Rows of several trajectories, as `simulate --ensemble` writes them, are a series each.
pub fn tracks(args: &args::Measure, memory: Option<u64>) -> Result<Tracks> {
    let Some(file) = &args.file else { return Err(Error::input("There is no table to measure.")) };
    let asked = request(args, file, memory)?;
    let table = read(file, &asked, memory)?;
    let groups = groups(&table);
    let other = args.against.as_deref().map(|path| compared(args, path, memory)).transpose()?;
    if other.is_some() && groups.len() > 1 {
        return Err(several(file, groups.len()));
    }
    let time = asked.time.filter(|_| args.dt.is_none());
    // A sweep's parameter is a column of the table, and no state.
    let states = if args.column.is_none() { states(&table, &groups) } else { (0..table.features.len()).collect() };
    let names: Vec<String> = states.iter().map(|k| table.features[*k].clone()).collect();
    let fixed: Vec<usize> = (0..table.features.len()).filter(|k| !states.contains(k)).collect();
    let choice = |row: usize| {
        let one = |k: &usize| format!(", {}={}", table.features[*k], table.points.row(row)[*k]);
        fixed.iter().map(one).collect::<String>()
    };
    let one = |(number, rows): (Option<String>, Vec<usize>)| {
        let dt = match (args.dt, &table.times) {
            (Some(dt), _) => Ok(dt),
            (None, Some(times)) => {
                let times: Vec<f64> = rows.iter().map(|row| times[*row]).collect();
                spacing(&times).map_err(|error| missing(&times).unwrap_or(error))
            }
            (None, None) => Ok(1.0),
        };
        let kept = |row: &usize| states.iter().map(|k| table.points.row(*row)[*k]).collect::<Vec<_>>();
        let points = Points::new(states.len(), rows.iter().flat_map(kept).collect());
        let series = dt.and_then(|dt| Series::new(points?, names.clone(), dt, other.clone()));
        let within = |e: Error| match &number {
            Some(number) => e.within(format_args!("{}, {TRAJECTORY} {number}", file.display())),
            None => e.within(file.display()),
        };
        let series = series.map_err(within)?;
        Ok(Track {
            series,
            number: number.map(|number| number + &rows.first().map_or(String::new(), |row| choice(*row))),
        })
    };
    let tracks = groups.into_iter().map(one).collect::<Result<_>>()?;
    Ok(Tracks { time, tracks })
}

fn read(path: &Path, request: &Request, memory: Option<u64>) -> Result<Table> {
    let table = thalweg_io::read(path, request, memory)?;
    table.warnings.iter().for_each(|sentence| console::note(&format!("warning: {sentence}")));
    Ok(table)
}

/// What is read of a file: the time where it was named or goes without saying, and the numbers of trajectories, which are no
/// coordinates. A column that was named as one stays one.
fn request(args: &args::Measure, path: &Path, memory: Option<u64>) -> Result<Request> {
    let features: Selection = args.column.as_deref().map(str::parse).transpose()?.unwrap_or_default();
    let chosen: &[String] = if let Selection::Columns(names) = &features { names } else { &[] };
    // A range may span any column.
    let free = |name: &String| !chosen.iter().any(|c| c == name || c.contains(':'));
    let columns: Vec<String> = number_columns(path, memory)?.into_iter().filter(free).collect();
    let called = |word: &str| columns.iter().find(|name| name.eq_ignore_ascii_case(word)).cloned();
    let time = args.time.clone().or_else(|| TIMES.into_iter().find_map(called));
    let labels = called(TRAJECTORY).filter(|name| Some(name) != time.as_ref());
    Ok(Request { time, features, labels, ..Request::default() })
}

/// The other series, which must be one.
fn compared(args: &args::Measure, path: &Path, memory: Option<u64>) -> Result<Points> {
    let table = read(path, &request(args, path, memory)?, memory)?;
    match groups(&table).len() {
        0 | 1 => Ok(table.points),
        count => Err(several(path, count)),
    }
}

/// The columns that are states: all but those that stand still along every trajectory and are not the same in all.
fn states(table: &Table, groups: &[(Option<String>, Vec<usize>)]) -> Vec<usize> {
    let at = |k: usize, row: usize| table.points.row(row)[k];
    let is_fixed = |k: &usize| {
        let of = |rows: &Vec<usize>| rows.iter().all(|row| at(*k, *row) == at(*k, rows[0]));
        groups.iter().all(|(_, rows)| of(rows))
            && groups.iter().any(|(_, rows)| at(*k, rows[0]) != at(*k, groups[0].1[0]))
    };
    let moving: Vec<usize> = (0..table.features.len()).filter(|k| groups.len() > 1 && !is_fixed(k)).collect();
    if moving.is_empty() { (0..table.features.len()).collect() } else { moving }
}

/// The error for times that are all on one even grid, of which some have no row, as `simulate --gaps` leaves them.
fn missing(times: &[f64]) -> Option<Error> {
    let steps: Vec<f64> = times.windows(2).map(|w| w[1] - w[0]).collect();
    let least = steps.iter().copied().reduce(f64::min).filter(|least| *least > 0.0)?;
    let whole = |step: &f64| (step / least - (step / least).round()).abs() < 1e-3;
    if !steps.iter().all(whole) {
        return None;
    }
    let rows = steps.iter().map(|step| (step / least).round()).sum::<f64>() + 1.0;
    let gaps = rows - times.len() as f64;
    Some(
        Error::input(format!(
            "{gaps} of {rows} rows that are {least} apart are missing, but measures need rows that are evenly spaced."
        ))
        .advise(
            "Fill them in first, in Python with numpy.interp or the interpolate of pandas, or measure a stretch that has no gap.",
        ),
    )
}

fn several(path: &Path, count: usize) -> Error {
    Error::input(format!("{} has {count} trajectories, but --against compares one series with one.", path.display()))
        .advise("Keep the rows of one trajectory in a file of their own.")
}

/// The rows of each trajectory, in the order in which they appear; without a number where there is one.
fn groups(table: &Table) -> Vec<(Option<String>, Vec<usize>)> {
    let mut groups: Vec<(Option<String>, Vec<usize>)> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for (row, label) in table.labels.iter().flatten().enumerate() {
        let place = *places.entry(label).or_insert_with(|| {
            groups.push((Some(label.clone()), Vec::new()));
            groups.len() - 1
        });
        groups[place].1.push(row);
    }
    if groups.len() > 1 { groups } else { vec![(None, (0..table.points.len()).collect())] }
}
