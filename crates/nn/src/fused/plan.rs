//! What the fused executor reads out of a network: dense layers in a row, and where their parameters lie.

use crate::kernels::PANEL;
use crate::{Activation, Layer, NetSpec, Output};
use thalweg_core::{Error, Result};

/// A linear layer and the activation after it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dense {
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    /// First weight in the flat buffer; the bias follows the weights.
    pub(super) offset: usize,
    /// `None` is the identity.
    pub(super) function: Option<Activation>,
}

impl Dense {
    pub(super) fn bias(&self) -> usize {
        self.offset + self.inputs * self.outputs
    }

    pub(super) fn end(&self) -> usize {
        self.bias() + self.outputs
    }
}

/// A network as the fused executor runs it.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// Columns in, the last of which is time where there are octaves.
    pub(super) inputs: usize,
    /// Octaves of time features before the first layer.
    pub(super) octaves: usize,
    pub(super) layers: Vec<Dense>,
    pub(super) output: Output,
    /// Length of the flat buffer.
    pub(super) len: usize,
}

impl Plan {
    /// The plan of `spec`, or nothing where it has a layer that only the tape knows.
    pub(super) fn new(spec: &NetSpec) -> Result<Option<Self>> {
        spec.outputs()?;
        let mut plan = Self { inputs: spec.inputs, octaves: 0, layers: Vec::new(), output: spec.output, len: 0 };
        for (k, layer) in spec.layers.iter().enumerate() {
            match layer {
                Layer::Linear { inputs, outputs } => {
                    let dense = Dense { inputs: *inputs, outputs: *outputs, offset: plan.len, function: None };
                    plan.len = dense.end();
                    plan.layers.push(dense);
                }
                Layer::Act { function } => match plan.layers.last_mut() {
                    Some(last) if last.function.is_none() => last.function = Some(*function),
                    _ => return Ok(None),
                },
                Layer::TimeFeatures { frequencies, .. } if k == 0 => plan.octaves = *frequencies,
                Layer::TimeFeatures { .. } | Layer::LayerNorm { .. } | Layer::Residual { .. } => return Ok(None),
            }
        }
        Ok((!plan.layers.is_empty()).then_some(plan))
    }

    /// Columns of the first linear layer.
    pub(super) fn features(&self) -> usize {
        self.inputs + 2 * self.octaves
    }

    /// Columns of the last layer, before [`Output`].
    pub(super) fn width(&self) -> usize {
        self.layers[self.layers.len() - 1].outputs
    }

    /// Columns of the network's output.
    pub(super) fn outputs(&self) -> usize {
        match self.output {
            Output::Plain => self.width(),
            Output::HalfSquaredDistance => 1,
        }
    }

    /// Columns of the array before layer `l` (of the last output for `l` past the end).
    pub(super) fn columns(&self, l: usize) -> usize {
        if l == 0 { self.features() } else { self.layers[l - 1].outputs }
    }

    pub(super) fn last(&self) -> usize {
        self.layers.len() - 1
    }

    /// Number of rows in `x`, which must have `columns` columns.
    pub(super) fn rows(&self, what: &str, x: &[f32], columns: usize) -> Result<usize> {
        if x.len().is_multiple_of(columns) {
            return Ok(x.len() / columns);
        }
        Err(Error::input(format!(
            "The {what} of a network hold {} numbers, which is not a multiple of {columns} columns.",
            x.len()
        )))
    }

    /// Refuses a buffer that does not hold `expected` numbers.
    pub(super) fn expect(&self, what: &str, len: usize, expected: usize) -> Result<()> {
        if len == expected {
            return Ok(());
        }
        Err(Error::input(format!("The {what} of a network hold {len} numbers where {expected} are expected.")))
    }
}

/// Numbers of a panelled matrix.
pub(super) fn panelled(rows: usize, columns: usize) -> usize {
    columns.div_ceil(PANEL) * rows * PANEL
}
