//! What a series, a law or a chain does: exponents, dimensions, entropies, spectra, barriers and irreversibility.
//!
//! A series is rows of [`Points`](thalweg_core::Points), one a time, or a slice of numbers where it has one column. Times are
//! evenly spaced. Lags and windows are in points, exponents in nats per unit of time.

mod barriers;
mod chain;
mod complexity;
mod dimension;
mod divergence;
mod embedding;
mod entropy;
mod exponents;
mod flow_map;
mod forecast;
mod fourier;
mod gridded;
mod recurrence;
mod series;
mod settings;
mod spectrum;
mod surrogate;
mod table;
mod tree;
mod work;

pub use barriers::{Averaging, Viscous, momentum_barriers};
pub use chain::Chain;
pub use complexity::{
    histogram_entropy, most_permutation_entropy, multiscale_entropy, permutation_entropy, sample_entropy,
};
pub use dimension::{CorrelationDimension, CorrelationSum, correlation_dimension};
pub use divergence::{Binned, BinnedDivergence, Mixtures, binned_divergence, mixture_divergence};
pub use embedding::{Cao, DelayRule, cao, delay, embed, embedding_dimension, false_neighbours, mutual_information};
pub use entropy::{renyi, shannon, tsallis};
pub use exponents::{
    Divergence, Exponents, FromData, JacobianFn, MapLaw, Tangents, exponents, exponents_of_map, kantz, rosenstein,
};
pub use flow_map::{FlowMap, Stretching, flow_gradient, ftle, lavd, stretching_in_plane};
pub use forecast::{Drift, drift, mase, smape, valid_time};
pub use gridded::{Axis, Gridded};
pub use recurrence::{Recurrence, Recurring, recurrence};
pub use series::Line;
pub use settings::{near, read_settings};
pub use spectrum::{Spectrum, autocorrelation, mean_period, power_spectrum, spectral_distance};
pub use surrogate::{Statistic, Surrogate, SurrogateTest, SurrogateVerdict, surrogate, surrogate_test};
pub use table::{Curve, Figure, Found, QUANTITIES, Quantity, Series, quantity, spacing};
pub use tree::{Euclidean, Maximum, Norm, Radii, Tree};
