//! The table of all methods, family by family.

use serde_json::{Value, json};
use thalweg_core::{Error, Family, Maturity, Method, Result};
use thalweg_nn::Learner;

/// Every method that learns from snapshots, in the order of the families' tables.
pub fn learners() -> impl Iterator<Item = &'static Learner> {
    thalweg_flow::LEARNERS.iter().chain(thalweg_bridge::LEARNERS)
}

/// Every method, those that learn first.
pub fn methods() -> impl Iterator<Item = &'static Method> {
    learners()
        .map(|l| &l.method)
        .chain(thalweg_match::METHODS)
        .chain(thalweg_dynamics::METHODS)
        .chain(thalweg_field::METHODS)
}

/// The method called `word`, by system number or by name.
///
/// # Errors
/// No method is called so; the message names the nearest ones.
pub fn method(word: &str) -> Result<&'static Method> {
    methods().find(|m| m.is_called(word)).ok_or_else(|| unknown(word))
}

/// The learner called `word`, by system number or by name.
///
/// # Errors
/// No method is called so, and the message names the nearest ones; or the method does not learn from snapshots, and the
/// message says what it is for.
pub fn learner(word: &str) -> Result<&'static Learner> {
    let method = method(word)?;
    learners().find(|l| l.method.id == method.id).ok_or_else(|| no_learner(method))
}

/// Whether a method learns from snapshots, so that a run can be made with it.
pub fn learns(method: &Method) -> bool {
    learners().any(|l| l.method.id == method.id)
}

/// The methods that `word` names: a number, a name, a family, or `all`.
///
/// # Errors
/// Nothing is called so.
pub fn select(word: &str) -> Result<Vec<&'static Method>> {
    let chosen: Vec<_> = methods()
        .filter(|m| word.eq_ignore_ascii_case("all") || m.is_called(word) || m.family.name().eq_ignore_ascii_case(word))
        .collect();
    if chosen.is_empty() { Err(unknown(word)) } else { Ok(chosen) }
}

/// Everything the table knows of a method, as JSON: `thalweg methods --json`.
pub fn describe(method: &Method) -> Value {
    json!({
        "id": method.id,
        "name": method.name,
        "family": method.family.name(),
        "summary": method.summary,
        "learns": learns(method),
        "maturity": maturity(method),
        "settings": (method.defaults)(),
        "checks": method.checks.iter().map(|c| json!({"name": c.name, "claim": c.claim, "source": c.source})).collect::<Vec<_>>(),
        "bibtex": method.citation.bibtex,
    })
}

/// Lower-case name of how far a method can be trusted.
pub fn maturity(method: &Method) -> &'static str {
    match method.maturity {
        Maturity::Stable => "stable",
        Maturity::Preview => "preview",
    }
}

fn no_learner(method: &Method) -> Error {
    let names: Vec<_> = learners().map(|l| l.method.name).collect();
    Error::input(format!(
        "{} ({}) does not learn from snapshots; it is for something else: {}.",
        method.id, method.name, method.summary
    ))
    .advise(format!(
        "`thalweg methods {}` says how it is used; those that learn are {}.",
        method.id,
        names.join(", ")
    ))
}

fn unknown(word: &str) -> Error {
    let mut names: Vec<_> = methods().map(|m| m.name).collect();
    names.sort_by_key(|name| strsim::levenshtein(&word.to_lowercase(), name));
    let families = Family::ALL.map(Family::name).join(", ");
    Error::input(format!("There is no method called \"{word}\".")).advise(format!(
        "The nearest are {}; `thalweg methods` lists all (families: {families}).",
        names.iter().take(3).copied().collect::<Vec<_>>().join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_are_unique() {
        let mut seen = std::collections::HashSet::new();
        for m in methods() {
            assert!(seen.insert(m.id) && seen.insert(m.name), "{} {} is listed twice", m.id, m.name);
            assert!(!m.checks.is_empty(), "{} has no check", m.id);
            assert!(m.citation.bibtex.contains(m.citation.key), "{} cites under another key", m.id);
        }
    }

    #[test]
    fn a_method_that_does_not_learn_says_what_it_is_for() {
        for m in methods().filter(|m| !learns(m)) {
            let message = learner(m.id).err().unwrap().to_string();
            assert!(message.contains(m.name) && message.contains(m.summary), "{message}");
            assert_eq!(method(m.name).unwrap().id, m.id);
        }
    }

    #[test]
    fn a_misspelt_name_finds_its_neighbour() {
        let message = learner("flow-machting").err().unwrap().to_string();
        assert!(message.contains("flow-matching"), "{message}");
    }
}
