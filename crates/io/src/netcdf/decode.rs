//! What packed numbers mean: the attributes of the CF conventions.

use super::{Attribute, Grids};

/// Attributes that say how numbers were packed.
const PACKING: [&str; 4] = ["_FillValue", "missing_value", "scale_factor", "add_offset"];

/// The same grids with missing values as NaN and packed values in their units.
pub(super) fn decoded(mut grids: Grids) -> Grids {
    for variable in &mut grids.variables {
        let missing = [variable.number("_FillValue"), variable.number("missing_value")];
        let (scale, offset) = (variable.number("scale_factor"), variable.number("add_offset"));
        for value in &mut variable.values {
            if missing.contains(&Some(*value)) {
                *value = f64::NAN;
            } else {
                *value = *value * scale.unwrap_or(1.0) + offset.unwrap_or(0.0);
            }
        }
        variable
            .attributes
            .retain(|(name, value)| !(PACKING.contains(&name.as_str()) && matches!(value, Attribute::Numbers(_))));
    }
    grids
}
