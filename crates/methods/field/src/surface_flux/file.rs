//! Maps in files: NetCDF and HDF5 in, NetCDF with the conventions of CF out.

use super::{Evolution, Observation, Trust};
use crate::sphere::Sphere;
use std::f64::consts::{FRAC_PI_2, PI, TAU};
use std::path::Path;
use thalweg_core::{Error, Result};
use thalweg_io::{Attribute, Grids, Variable, read_grids, write_grids};

/// Maps on one mesh.
#[derive(Clone, Debug)]
pub struct Maps {
    /// The mesh.
    pub sphere: Sphere,
    /// Fields, rows x columns each; one for each place along the other dimensions of the file.
    pub maps: Vec<Vec<f64>>,
}

/// Names that a variable of magnetic field has in files.
const FIELDS: [&str; 5] = ["br", "data", "b", "map", "bradial"];

/// Reads maps from NetCDF or HDF5, within `memory` bytes.
///
/// The field is the variable `br` (or `Data`, as HipFT writes it, or the only one over latitude and longitude). Latitudes in
/// degrees, colatitudes in radians (`theta`, `dim2`) and either order of rows and of dimensions are understood. A last longitude
/// that repeats the first is averaged with it. Where a file has no row at a pole, one is added with the mean of the row
/// beside it. Along a dimension `time` only the last maps are taken.
///
/// # Errors
/// What [`read_grids`] refuses; no variable over latitude and longitude; longitudes that are not evenly spaced or do not go
/// around; missing values.
pub fn read_maps(path: &Path, memory: Option<u64>) -> Result<Maps> {
    let whole = |grids: Grids| {
        let (maps, name) = parse(&grids, &FIELDS, Times::Last)?;
        if maps.maps.iter().flatten().any(|b| !b.is_finite()) {
            return Err(Error::input(format!("The variable {name} has missing values."))
                .advise("Fill them first; a map must cover the whole sphere."));
        }
        Ok(maps)
    };
    whole(read_grids(path, memory)?).map_err(|e| e.within(path.display()))
}

/// Reads an observed map for the mesh of a run, within `memory` bytes.
///
/// Its cells are trusted by the variable `weight` or `mu` over the same mesh; HipFT's maps of three slices (field, weights,
/// mu) by the second; all others wholly. Cells without a value are not used.
///
/// # Errors
/// As [`read_maps`], but for missing values; another mesh than that of the run.
pub fn read_observation(path: &Path, hours: f64, sphere: &Sphere, memory: Option<u64>) -> Result<Observation> {
    let read = |grids: Grids| {
        let one = |names: &[&str]| parse(&grids, names, Times::Last).map(|(maps, _)| maps);
        let has = |name: &str| grids.variables.iter().any(|v| v.name == name && v.dimensions.len() >= 2);
        let Maps { sphere: mesh, mut maps } = one(&FIELDS)?;
        let near = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-4;
        if (mesh.rows(), mesh.columns()) != (sphere.rows(), sphere.columns())
            || !mesh.colatitudes().iter().zip(sphere.colatitudes()).all(near)
        {
            return Err(Error::input(format!(
                "The observation has {} rows and {} columns, the run {} and {}, or they lie elsewhere.",
                mesh.rows(),
                mesh.columns(),
                sphere.rows(),
                sphere.columns()
            ))
            .advise("Interpolate the observation to the mesh of the run."));
        }
        let count = maps.len();
        let mut values = maps.swap_remove(0);
        let mut trust = match (has("weight"), has("mu"), count) {
            (true, ..) => Trust::Weights(one(&["weight"])?.maps.swap_remove(0)),
            (_, true, _) => Trust::Mu(one(&["mu"])?.maps.swap_remove(0)),
            // The last map was put where the first was.
            (.., 3) => Trust::Weights(maps.swap_remove(1)),
            _ => Trust::Weights(vec![1.0; values.len()]),
        };
        let (Trust::Weights(trusted) | Trust::Mu(trusted)) = &mut trust;
        for (value, trusted) in values.iter_mut().zip(trusted) {
            if !(value.is_finite() && trusted.is_finite()) {
                (*value, *trusted) = (0.0, 0.0);
            }
        }
        Ok(Observation { hours, values, trust })
    };
    read(read_grids(path, memory)?).map_err(|e| e.within(path.display()))
}

/// The variable of the field, and which of its dimensions are latitude and longitude.
fn field<'a>(grids: &'a Grids, names: &[&str]) -> Result<(&'a Variable, usize, usize)> {
    let placed = |v: &Variable| {
        let at =
            |test: fn(&Grids, &str) -> bool| v.dimensions.iter().position(|d| test(grids, &grids.dimensions[*d].0));
        Some((at(is_latitude)?, at(is_longitude)?))
    };
    let candidates: Vec<_> = grids.variables.iter().filter_map(|v| placed(v).map(|(a, o)| (v, a, o))).collect();
    let named = candidates.iter().find(|c| names.contains(&c.0.name.to_lowercase().as_str()));
    match (named, &candidates[..]) {
        (Some(found), _) => Ok(*found),
        (None, [one]) => Ok(*one),
        (None, []) => Err(Error::input("No variable lies over a latitude and a longitude.")
            .advise("Name the dimensions lat and lon, or theta and phi, with coordinates of the same names.")),
        (None, several) => {
            let names: Vec<&str> = several.iter().map(|c| c.0.name.as_str()).collect();
            Err(Error::input(format!("Several variables lie over latitude and longitude: {}.", names.join(", ")))
                .advise("Call the magnetic field br."))
        }
    }
}

fn axis_is(grids: &Grids, name: &str, names: &[&str], standard: &str) -> bool {
    names.contains(&name.to_lowercase().as_str())
        || grids.find(name).and_then(|v| v.text("standard_name")).is_some_and(|s| s == standard)
}

fn is_latitude(grids: &Grids, name: &str) -> bool {
    axis_is(grids, name, &["lat", "latitude", "theta", "colatitude", "dim2"], "latitude")
}

fn is_longitude(grids: &Grids, name: &str) -> bool {
    axis_is(grids, name, &["lon", "longitude", "phi", "dim1"], "longitude")
}

/// Coordinates of an axis in radians.
fn radians(grids: &Grids, name: &str, length: usize) -> Result<Vec<f64>> {
    let found = grids.find(name).filter(|v| v.values.len() == length);
    let Some(axis) = found else {
        return Err(Error::input(format!("The dimension {name} has no coordinate.")));
    };
    let units = axis.text("units").unwrap_or("").to_lowercase();
    // Without units, angles beyond two turns of a radian are degrees.
    let degrees = units.starts_with("deg") || (units.is_empty() && axis.values.iter().any(|v| v.abs() > TAU + 0.1));
    Ok(axis.values.iter().map(|v| if degrees { v.to_radians() } else { *v }).collect())
}

/// Which maps of a dimension `time` are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Times {
    Last,
    All,
}

/// The maps of the variable with one of these names, and its name.
pub(super) fn parse<'a>(grids: &'a Grids, names: &[&str], times: Times) -> Result<(Maps, &'a str)> {
    let (variable, lat, lon) = field(grids, names)?;
    let shape = grids.shape(variable);
    let name = |place: usize| grids.dimensions[variable.dimensions[place]].0.as_str();
    let (rows, columns) = (shape[lat], shape[lon]);
    let mut colatitudes = radians(grids, name(lat), rows)?;
    if ["lat", "latitude"].contains(&name(lat).to_lowercase().as_str()) || colatitudes.iter().any(|t| *t < -1e-5) {
        colatitudes.iter_mut().for_each(|t| *t = FRAC_PI_2 - *t);
    }
    let longitudes = radians(grids, name(lon), columns)?;
    let distinct = distinct_columns(&longitudes)?;
    let downward = colatitudes.first() < colatitudes.last();
    if !downward {
        colatitudes.reverse();
    }
    let strides: Vec<usize> = (0..shape.len()).map(|d| shape[d + 1..].iter().product()).collect();
    let maps: Vec<Vec<f64>> =
        starts(&shape, &strides, lat, lon, |d| times == Times::Last && name(d).eq_ignore_ascii_case("time"))
            .into_iter()
            .map(|start| {
                let at = |j: usize, k: usize| variable.values[start + j * strides[lat] + k * strides[lon]];
                let row = |j: usize| {
                    let j = if downward { j } else { rows - 1 - j };
                    let seam = if distinct < columns { 0.5 * (at(j, 0) + at(j, columns - 1)) } else { at(j, 0) };
                    std::iter::once(seam).chain((1..distinct).map(move |k| at(j, k)))
                };
                (0..rows).flat_map(row).collect()
            })
            .collect();
    let (colatitudes, maps) = with_poles(colatitudes, maps, distinct);
    let sphere = Sphere::new(colatitudes, distinct)?.starting_at(longitudes[0]);
    Ok((Maps { sphere, maps }, &variable.name))
}

/// Where the maps start: one for each place along other dimensions, of `last` ones the last.
fn starts(shape: &[usize], strides: &[usize], lat: usize, lon: usize, last: impl Fn(usize) -> bool) -> Vec<usize> {
    (0..shape.len()).filter(|d| *d != lat && *d != lon).fold(vec![0], |starts, d| {
        let places = if last(d) { shape[d].saturating_sub(1)..shape[d] } else { 0..shape[d] };
        starts.iter().flat_map(|s| places.clone().map(move |i| s + i * strides[d])).collect()
    })
}

/// How many of the longitudes are distinct; all, or all but the last.
fn distinct_columns(longitudes: &[f64]) -> Result<usize> {
    let columns = longitudes.len();
    let step = (longitudes[columns - 1] - longitudes[0]) / (columns.max(2) - 1) as f64;
    let uneven = longitudes.windows(2).any(|w| ((w[1] - w[0]) / step - 1.0).abs() > 1e-2);
    let around = (columns as f64 * step / TAU - 1.0).abs() < 0.5 / columns as f64;
    let closed = ((columns - 1) as f64 * step / TAU - 1.0).abs() < 0.5 / columns as f64;
    match (uneven, closed, around) {
        (false, true, _) => Ok(columns - 1),
        (false, _, true) => Ok(columns),
        _ => Err(Error::input("The longitudes are not evenly spaced eastward all around the sphere.")
            .advise("Interpolate the map to even longitudes first.")),
    }
}

/// Adds the rows of the poles where they are missing.
fn with_poles(mut colatitudes: Vec<f64>, mut maps: Vec<Vec<f64>>, columns: usize) -> (Vec<f64>, Vec<Vec<f64>>) {
    let mean = |row: &[f64]| row.iter().sum::<f64>() / row.len() as f64;
    if colatitudes.first().is_some_and(|t| *t > 1e-4) {
        colatitudes.insert(0, 0.0);
        for map in &mut maps {
            let pole = mean(&map[..columns]);
            map.splice(0..0, std::iter::repeat_n(pole, columns));
        }
    }
    if colatitudes.last().is_some_and(|t| *t < PI - 1e-4) {
        colatitudes.push(PI);
        for map in &mut maps {
            let pole = mean(&map[map.len() - columns..]);
            map.extend(std::iter::repeat_n(pole, columns));
        }
    }
    (colatitudes, maps)
}

/// Writes a run as NetCDF: `br(realization, time, latitude, longitude)` and the history of every realisation.
///
/// Settings that vary are variables over `realization`; all settings are the attribute `settings`.
///
/// # Errors
/// Maps of 4 GiB or more together; what the disk refuses.
pub fn write_evolution(path: &Path, run: &Evolution, settings: &str) -> Result<()> {
    let sphere = &run.sphere;
    let mut grids = Grids::default();
    let text = |name: &str, value: &str| (name.to_owned(), Attribute::Text(value.to_owned()));
    grids.attributes = vec![
        text("Conventions", "CF-1.10"),
        text("title", "Surface flux transport"),
        text("source", concat!("thalweg ", env!("CARGO_PKG_VERSION"))),
        text("settings", settings),
    ];
    let numbers = (0..run.realizations.len()).map(|i| i as f64).collect();
    let realization = grids.axis("realization", numbers, &[("standard_name", "realization")]);
    let time = grids.axis("time", run.times.clone(), &[("units", "hours"), ("long_name", "time since the start")]);
    let latitudes = sphere.colatitudes().iter().map(|t| 90.0 - t.to_degrees()).collect();
    let longitudes = (0..sphere.columns()).map(|k| sphere.longitude(k).to_degrees()).collect();
    let north = [("units", "degrees_north"), ("standard_name", "latitude")];
    let latitude = grids.axis("latitude", latitudes, &north);
    let longitude = grids.axis("longitude", longitudes, &[("units", "degrees_east"), ("standard_name", "longitude")]);
    let areas = (0..sphere.rows()).map(|j| sphere.area(j)).collect();
    grids.variable("cell_area", vec![latitude], areas, &[("units", "sr"), ("long_name", "area of a cell of the row")]);
    let about = [("units", "gauss"), ("long_name", "radial magnetic field at the photosphere")];
    grids.variable("br", vec![realization, time, latitude, longitude], run.maps(), &about);
    let line = grids.dimensions.len();
    grids.dimensions.push(("line".to_owned(), run.lines()));
    for (name, units, values) in run.history() {
        grids.variable(name, vec![realization, line], values, &[("units", units)]);
    }
    write_grids(path, &grids)
}
