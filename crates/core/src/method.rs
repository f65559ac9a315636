//! What the registry knows about a method.
//!
//! A method is one file in a family crate and one line in that family's table. From the table come the
//! command line, the Python classes, the docs page and `thalweg cite`.

use crate::Check;

/// The family a method belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// Flows and diffusions between measures.
    Flow,
    /// Bridges and populations: dynamics from snapshots.
    Bridge,
    /// Couplings and maps between measures, computed rather than learned.
    Ot,
    /// Laws that are known, and what they do.
    Dynamics,
    /// Fields on boxes, spheres, lattices and graphs.
    Field,
}

impl Family {
    /// Every family.
    pub const ALL: [Self; 5] = [Self::Flow, Self::Bridge, Self::Ot, Self::Dynamics, Self::Field];

    /// Lower-case name, as the command line takes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Flow => "flow",
            Self::Bridge => "bridge",
            Self::Ot => "ot",
            Self::Dynamics => "dynamics",
            Self::Field => "field",
        }
    }
}

/// How far a method can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Maturity {
    /// Every check of its card passes at three seeds.
    Stable,
    /// Usable, with checks still missing.
    Preview,
}

/// A published source.
#[derive(Clone, Copy, Debug)]
pub struct Citation {
    /// BibTeX key.
    pub key: &'static str,
    /// The BibTeX entry.
    pub bibtex: &'static str,
}

/// A line of a family's table.
pub struct Method {
    /// System number: `S086`.
    pub id: &'static str,
    /// Kebab-case name: `flow-matching`.
    pub name: &'static str,
    /// Family.
    pub family: Family,
    /// One line: what it computes.
    pub summary: &'static str,
    /// The page a user reads, Markdown: objective, inputs with shapes, cost, limits, reference.
    pub docs: &'static str,
    /// How far it can be trusted.
    pub maturity: Maturity,
    /// Default configuration as JSON.
    pub defaults: fn() -> serde_json::Value,
    /// Claims with known answers.
    pub checks: &'static [Check],
    /// What to cite.
    pub citation: Citation,
}

impl Method {
    /// Whether `word` names this method, by number or by name.
    pub fn is_called(&self, word: &str) -> bool {
        self.id.eq_ignore_ascii_case(word) || self.name.eq_ignore_ascii_case(word)
    }
}
