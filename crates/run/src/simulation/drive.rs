//! Terms in the expression language, one a state: drives that are added to rates, coefficients of noise.

use super::law::nearest;
use thalweg_core::{Error, Result};
use thalweg_systems::{Record, System};

/// The expression of each state of `record`; `0` where there is none. An empty name is every state.
///
/// # Errors
/// A name that no state has; an expression that cannot be read, with a caret under the place.
pub(super) fn terms(record: &Record, what: &str, given: &[(String, String)]) -> Result<Vec<String>> {
    let mut terms = vec![String::from("0"); record.states.len()];
    for (state, term) in given {
        if term.contains(';') || term.trim().is_empty() {
            return Err(Error::input(format!("\"{term}\" is not one expression, but the {what} of a state is one.")));
        }
        if state.is_empty() {
            terms.fill(term.clone());
            continue;
        }
        let k = record.states.iter().position(|known| known == state).ok_or_else(|| {
            Error::input(format!("{} has no state called {state}.", record.name)).advise(format!(
                "The nearest are {}.",
                nearest(state, record.states.iter().map(String::as_str), 3).join(", ")
            ))
        })?;
        terms[k].clone_from(term);
    }
    Ok(terms)
}

/// A system whose right-hand sides are these terms, with the states and parameters of `record`.
pub(super) fn system_of(record: &Record, what: &str, terms: &[String]) -> Result<System> {
    let name = format!("the {what} of {}", record.name);
    System::new(&Record { name, equations: terms.join("; "), ..record.clone() })
}

/// The record with a term added to some of its right-hand sides. What was known of its motion is not known any more.
///
/// # Errors
/// A name that no state has; an expression that cannot be read, with a caret under the place.
pub fn driven(record: &Record, given: &[(String, String)]) -> Result<Record> {
    if given.is_empty() {
        return Ok(record.clone());
    }
    let terms = terms(record, "drive", given)?;
    // Read by itself first, so that a caret stands under what the user wrote.
    system_of(record, "drive", &terms)?;
    let mut added = terms.iter();
    let statements: Vec<String> = record
        .equations
        .split(';')
        .map(str::trim)
        .filter(|statement| !statement.is_empty())
        .map(|statement| {
            match statement.starts_with("let ").then_some("0").or_else(|| added.next().map(String::as_str)) {
                Some("0") | None => statement.to_owned(),
                Some(term) => format!("({statement})+({term})"),
            }
        })
        .collect();
    Ok(Record { equations: statements.join("; "), spectrum: None, kaplan_yorke: None, ..record.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_core::VectorField;
    use thalweg_systems::{catalogue, find};

    fn pair(state: &str, term: &str) -> Vec<(String, String)> {
        vec![(state.into(), term.into())]
    }

    #[test]
    fn a_drive_is_added_to_one_rate() {
        let record = find(catalogue().unwrap(), "lorenz63").unwrap();
        let (plain, driven) = (System::new(record).unwrap(), driven(record, &pair("y", "2*cos(t)+rho")).unwrap());
        let driven = System::new(&driven).unwrap();
        let (t, x, mut a, mut b) = (0.7, [1.0, 2.0, 3.0], [0.0; 3], [0.0; 3]);
        plain.flow().unwrap().velocity(t, &x, &mut a);
        driven.flow().unwrap().velocity(t, &x, &mut b);
        assert!((b[1] - a[1] - 2.0 * t.cos() - 28.0).abs() < 1e-12 && a[0] == b[0] && a[2] == b[2]);
    }

    #[test]
    fn every_system_can_be_driven() {
        for record in catalogue().unwrap() {
            let (plain, term) = (System::new(record).unwrap(), pair("", "3"));
            let driven = System::new(&driven(record, &term).unwrap()).unwrap();
            let Ok((plain, driven)) = plain.flow().and_then(|a| Ok((a, driven.flow()?))) else { continue };
            let (mut a, mut b) = (vec![0.0; record.states.len()], vec![0.0; record.states.len()]);
            plain.velocity(0.3, &record.start, &mut a);
            driven.velocity(0.3, &record.start, &mut b);
            let near = |(a, b): (&f64, &f64)| (b - a - 3.0).abs() <= 1e-9 * a.abs().max(1.0);
            assert!(a.iter().zip(&b).all(near), "{}", record.name);
        }
    }

    #[test]
    fn what_cannot_be_read_is_shown_where_it_stands() {
        let record = find(catalogue().unwrap(), "lorenz63").unwrap();
        for (state, term, part) in
            [("q", "1", "x, y, z"), ("x", "2*", "^"), ("x", "1;2", "one expression"), ("x", "yy", "^")]
        {
            let error = driven(record, &pair(state, term)).unwrap_err();
            let said = format!("{} {}", error.message(), error.advice().unwrap_or_default());
            assert!(said.contains(part), "{said}");
        }
    }
}
