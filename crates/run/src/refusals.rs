//! What a run is refused for before any work, and before anything is written.

use serde_json::Value;
use thalweg_core::{Error, Result, Snapshots};

/// Between these, coordinates over times (velocities) fit into the single precision of pages. Nanoseconds since 1970 do.
const SMALLEST: f64 = 1e-18;
const LARGEST: f64 = 1e19;

/// Refuses a time left out from which no prediction could start: one before all that training sees.
///
/// # Errors
/// As said; `training` is what is left without the times `held`.
pub(crate) fn check_held(held: &[f64], training: &Snapshots) -> Result<()> {
    let first = training.get(0).time;
    match held.iter().find(|t| **t < first) {
        None => Ok(()),
        Some(t) => Err(Error::input(format!(
            "Time {t} is held out, but a prediction of it would have to start from an earlier time, and the first that is \
             left is {first}."
        ))
        .advise("Hold out a later time; to learn without the first, remove its rows from the table.")),
    }
}

/// Refuses coordinates, times and weights of a size that is lost or overflows on the way to the page.
///
/// # Errors
/// A figure too large; or a spread of the points, a span between times or a mass too small.
pub(crate) fn check_scale(snapshots: &Snapshots) -> Result<()> {
    let advise = |e: Error| e.advise("Give it in another unit, so that typical numbers are near 1.");
    let large = |what: &str, value: f64| {
        advise(Error::input(format!("{what} is {value:e}, but its size must not exceed {LARGEST:e}.")))
    };
    let small = |what: &str, value: f64| {
        advise(Error::input(format!("{what} is {value:e}, but it must be at least {SMALLEST:e}.")))
    };
    let names = snapshots.features();
    let mut ends = vec![(f64::INFINITY, f64::NEG_INFINITY); names.len()];
    for snapshot in snapshots.items() {
        for row in snapshot.measure.points().rows() {
            ends.iter_mut().zip(row).for_each(|(end, x)| *end = (end.0.min(*x), end.1.max(*x)));
        }
    }
    for (name, (low, high)) in names.iter().zip(&ends) {
        if let Some(value) = [*low, *high].into_iter().find(|v| v.abs() > LARGEST) {
            return Err(large(&format!("A value of `{name}`"), value));
        }
    }
    // Points in one place have no spread, and need none.
    let spread = ends.iter().map(|(low, high)| high - low).fold(0.0, f64::max);
    if spread > 0.0 && spread < SMALLEST {
        return Err(small("The widest range of a coordinate", spread));
    }
    let times = snapshots.times();
    if let Some(time) = times.iter().find(|t| t.abs() > LARGEST) {
        return Err(large("A time", *time));
    }
    if let Some(pair) = times.windows(2).find(|pair| pair[1] - pair[0] < SMALLEST) {
        return Err(small("The shortest interval between times", pair[1] - pair[0]));
    }
    for snapshot in snapshots.items() {
        let (what, mass) = (format!("The mass of the snapshot at time {}", snapshot.time), snapshot.measure.mass());
        if mass > LARGEST {
            return Err(large(&what, mass));
        }
        if mass < SMALLEST {
            return Err(small(&what, mass));
        }
    }
    Ok(())
}

/// Refuses early stopping, which watches the loss on data kept back: no method keeps any.
///
/// # Errors
/// The setting of that name is given, at whatever depth.
pub(crate) fn check_early_stop(settings: &Value) -> Result<()> {
    let Value::Object(table) = settings else { return Ok(()) };
    if table.get("early_stop").is_some_and(|rule| !rule.is_null()) {
        return Err(Error::input(
            "The setting fit.early_stop needs data that are kept back for validation, and no method keeps any.",
        )
        .advise("Leave it out; fit.steps and fit.max_seconds say when a training ends."));
    }
    table.values().try_for_each(check_early_stop)
}
