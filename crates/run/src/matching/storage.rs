//! How the plan of a match is held while it is solved, and why.

use super::options::{Options, Problem};
use serde::{Deserialize, Serialize};
use thalweg_core::Context;
use thalweg_ot::Sinkhorn;

/// How a plan is held while it is solved. Bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "form", rename_all = "kebab-case")]
pub enum Storage {
    /// In sixteen bits an entry, which saves iterations.
    Held {
        /// What it takes.
        bytes: u64,
    },
    /// As potentials: entries are computed where they are needed.
    Lazy {
        /// What holding it would take,
        needed: u64,
        /// of which so many were allowed.
        allowed: u64,
    },
    /// As two factors and what is between them.
    Factors {
        /// Their rank.
        rank: usize,
        /// What they take.
        bytes: u64,
        /// What all entries would take.
        dense: u64,
        /// What the match would take in all without them, where they were not asked for and the budget chose them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instead: Option<u64>,
    },
}

impl Storage {
    /// As the solver between `n` and `m` points will decide under the budget of `ctx`; none where a plan is never dense, or the
    /// costs themselves are a matrix.
    pub(super) fn of(
        options: &Options,
        costs_held: bool,
        (n, m): (usize, usize),
        instead: Option<u64>,
        ctx: &Context,
    ) -> Option<Self> {
        match options.method {
            Problem::Entropic | Problem::Unbalanced if !costs_held => Some(match Sinkhorn::plan_bytes(ctx, n, m) {
                (bytes, allowed) if bytes <= allowed => Self::Held { bytes },
                (needed, allowed) => Self::Lazy { needed, allowed },
            }),
            Problem::LowRank => {
                let rank = options.rank_or_default(n, m);
                let bytes = 8 * rank as u64 * (n as u64 + m as u64 + 1);
                Some(Self::Factors { rank, bytes, dense: 8 * n as u64 * m as u64, instead })
            }
            _ => None,
        }
    }

    /// A sentence for the user.
    pub fn sentence(&self) -> String {
        match *self {
            Self::Held { bytes } => {
                format!("The plan is held in {} while it is solved, which saves iterations.", size(bytes))
            }
            Self::Lazy { needed, allowed } => format!(
                "The plan is kept lazy because held it needs {}, and {} may be taken; a larger --memory saves iterations, \
                 --method low-rank time and memory.",
                size(needed),
                size(allowed)
            ),
            Self::Factors { rank, bytes, dense, instead } => {
                let plan =
                    format!("The plan is {} of factors of rank {rank}; dense it needs {}.", size(bytes), size(dense));
                match instead {
                    Some(needed) => format!(
                        "{plan} The memory budget chose it in place of the entropic plan, whose match needs {}.",
                        size(needed)
                    ),
                    None => plan,
                }
            }
        }
    }
}

/// Mebibytes, rounded up to a tenth, or gibibytes.
pub(super) fn size(bytes: u64) -> String {
    let mebibytes = bytes as f64 / (1 << 20) as f64;
    if mebibytes < 1024.0 {
        format!("{:.1} MiB", (10.0 * mebibytes).ceil() / 10.0)
    } else {
        format!("{:.1} GiB", (10.0 * mebibytes / 1024.0).ceil() / 10.0)
    }
}
