//! The native half of the Python package `thalweg`: arrays in, arrays out, and the same calls that the command line
//! makes. What users see is the Python in `python/thalweg`; signatures and shapes are in `_thalweg.pyi`.

mod arrays;
mod chains;
mod errors;
mod evaluate;
mod exponents;
mod fields;
mod flow_maps;
mod interfaces;
mod job;
mod learn;
mod matching;
mod measure;
mod methods;
mod metrics;
mod model;
mod network;
mod ot_arrays;
mod ot_costs;
mod ot_entropic;
mod ot_exact;
mod ot_gromov;
mod ot_stochastic;
mod runs;
mod systems;
mod work;

use pyo3::prelude::*;

/// Native half of thalweg; use the package `thalweg`.
#[pymodule]
mod _thalweg {
    #[pymodule_export]
    use crate::chains::MarkovChain;
    #[pymodule_export]
    use crate::exponents::exponents_of_function;
    #[pymodule_export]
    use crate::fields::{read_surface_maps, surface_flux};
    #[pymodule_export]
    use crate::flow_maps::{barriers, ftle, ftle_of_function, vorticity_deviation};
    #[pymodule_export]
    use crate::interfaces::interface_structures;
    #[pymodule_export]
    use crate::job::{parse_bytes, read_config};
    #[pymodule_export]
    use crate::learn::{learn_file, learn_rows};
    #[pymodule_export]
    use crate::matching::{Match, match_files, match_rows};
    #[pymodule_export]
    use crate::measure::{measure, measures, surrogate};
    #[pymodule_export]
    use crate::methods::{methods, verify};
    #[pymodule_export]
    use crate::metrics::distance;
    #[pymodule_export]
    use crate::model::Model;
    #[pymodule_export]
    use crate::network::{Flows, network_distances, route};
    #[pymodule_export]
    use crate::ot_costs::{ot_circle_costs, ot_distances, ot_line_costs, ot_sliced_costs};
    #[pymodule_export]
    use crate::ot_entropic::{ot_entropic, ot_entropic_batch, ot_entropic_partial, ot_entropic_points, ot_majorise};
    #[pymodule_export]
    use crate::ot_exact::{ot_exact, ot_exact_batch, ot_exact_points, ot_line, ot_partial};
    #[pymodule_export]
    use crate::ot_gromov::{ot_barycentre, ot_entropic_gromov, ot_gromov};
    #[pymodule_export]
    use crate::ot_stochastic::ot_semi_dual;
    #[pymodule_export]
    use crate::runs::{keep_run, open_run, table, write_figures, write_page};

    #[pymodule_export]
    use crate::systems::{KnownSystem, LawOutcome, Path, follow_function, simulate_law, systems};

    use super::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
