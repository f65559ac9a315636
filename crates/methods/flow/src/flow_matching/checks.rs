//! What flow matching claims.

use thalweg_core::Check;

pub(super) const CHECKS: &[Check] = &[];
