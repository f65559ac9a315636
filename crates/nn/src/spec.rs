//! Networks as plain data, and where their parameters lie.

use serde::{Deserialize, Serialize};
use thalweg_core::{Error, Result, Stream};

/// Elementwise activation functions, each smooth enough for the derivatives the methods need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    /// `x sigmoid(x)`.
    Silu,
    /// Scaled exponential linear unit of Klambauer et al. 2017.
    Selu,
    /// Hyperbolic tangent.
    Tanh,
    /// `x Phi(x)` with the Gaussian distribution function, exact form.
    Gelu,
    /// `log(1 + exp x)`.
    Softplus,
    /// `max(x, 0)`.
    Relu,
}

/// One layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "layer")]
pub enum Layer {
    /// `x W + b` with `W` of shape `inputs x outputs`, row-major.
    Linear {
        /// Columns in.
        inputs: usize,
        /// Columns out.
        outputs: usize,
    },
    /// Elementwise function.
    Act {
        /// Which.
        function: Activation,
    },
    /// Normalisation over the columns with learned scale and shift, `eps = 1e-5`.
    LayerNorm {
        /// Columns.
        dim: usize,
    },
    /// `x + layers(x)`.
    Residual {
        /// The inner stack; columns in equal columns out.
        layers: Vec<Layer>,
    },
    /// Replaces the last input column `t` by `sin(2^k pi t), cos(2^k pi t)` for `k < frequencies`, keeping `t`.
    TimeFeatures {
        /// Columns in, the last of which is time.
        inputs: usize,
        /// Number of octaves.
        frequencies: usize,
    },
}

/// What is done with the output of the last layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Output {
    /// Nothing.
    #[default]
    Plain,
    /// `½ |x - N(x, t)|²` over the first `outputs` input columns: one column out (potential of action matching).
    HalfSquaredDistance,
}

/// A network: rows of `inputs` numbers in, rows of [`NetSpec::outputs`] numbers out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetSpec {
    /// Columns of the input. By convention state first, time last.
    pub inputs: usize,
    /// The stack.
    pub layers: Vec<Layer>,
    /// What is done with the output of the stack.
    #[serde(default)]
    pub output: Output,
}

/// A parameter tensor in the flat buffer.
#[derive(Clone, Debug, PartialEq)]
pub struct Slot {
    /// Dotted path, for example `2.weight`.
    pub name: String,
    /// Shape, row-major.
    pub shape: Vec<usize>,
    /// First element in the flat buffer.
    pub offset: usize,
    /// Columns into the layer, from which the initial spread follows.
    fan_in: usize,
}

/// Where each parameter of a network lies in the flat buffer.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// The slots in order, without gaps.
    pub slots: Vec<Slot>,
    /// Length of the flat buffer.
    pub len: usize,
}

impl NetSpec {
    /// A plain multilayer perceptron: `inputs -> hidden... -> outputs` with `function` between linear layers.
    pub fn mlp(inputs: usize, hidden: &[usize], outputs: usize, function: Activation) -> Self {
        let mut layers = Vec::new();
        let mut width = inputs;
        for &h in hidden {
            layers.push(Layer::Linear { inputs: width, outputs: h });
            layers.push(Layer::Act { function });
            width = h;
        }
        layers.push(Layer::Linear { inputs: width, outputs });
        Self { inputs, layers, output: Output::Plain }
    }

    /// Columns of the output.
    ///
    /// # Errors
    /// Shapes of consecutive layers do not fit, or a size is zero.
    pub fn outputs(&self) -> Result<usize> {
        let width = stack_width(&self.layers, self.inputs)?;
        match self.output {
            Output::Plain => Ok(width),
            Output::HalfSquaredDistance if width <= self.inputs => Ok(1),
            Output::HalfSquaredDistance => Err(Error::input(format!(
                "A half-squared-distance output compares {width} outputs with only {} inputs.",
                self.inputs
            ))),
        }
    }

    /// Where each parameter lies.
    ///
    /// # Errors
    /// As [`NetSpec::outputs`].
    pub fn layout(&self) -> Result<Layout> {
        self.outputs()?;
        let mut slots = Vec::new();
        let mut len = 0;
        place(&self.layers, "", &mut slots, &mut len);
        Ok(Layout { slots, len })
    }

    /// Initial parameters: weights and biases uniform in `±1/sqrt(fan in)` (the default of PyTorch's linear
    /// layer), normalisations at one and zero. A pure function of the stream's key.
    ///
    /// # Errors
    /// As [`NetSpec::outputs`].
    pub fn init(&self, seed: u64, purpose: &str) -> Result<Vec<f32>> {
        let layout = self.layout()?;
        let mut params = vec![0.0; layout.len];
        for (k, slot) in layout.slots.iter().enumerate() {
            let values = &mut params[slot.offset..slot.offset + slot.shape.iter().product::<usize>()];
            if slot.fan_in == 0 {
                values.fill(if slot.name.ends_with("scale") { 1.0 } else { 0.0 });
                continue;
            }
            let bound = 1.0 / (slot.fan_in as f64).sqrt();
            let mut stream = Stream::new(seed, purpose, k as u64);
            values.iter_mut().for_each(|v| *v = ((2.0 * stream.uniform() - 1.0) * bound) as f32);
        }
        Ok(params)
    }
}

fn stack_width(layers: &[Layer], inputs: usize) -> Result<usize> {
    let mut width = inputs;
    for (k, layer) in layers.iter().enumerate() {
        let (expected, out) = match layer {
            Layer::Linear { inputs, outputs } => (*inputs, *outputs),
            Layer::Act { .. } => (width, width),
            Layer::LayerNorm { dim } => (*dim, *dim),
            Layer::Residual { layers } => (width, stack_width(layers, width)?),
            Layer::TimeFeatures { inputs, frequencies } => (*inputs, inputs + 2 * frequencies),
        };
        let residual_fits = !matches!(layer, Layer::Residual { .. }) || out == width;
        if expected != width || out == 0 || width == 0 || !residual_fits {
            return Err(Error::input(format!(
                "Layer {k} ({layer:?}) takes {expected} columns and gives {out}, but it receives {width}."
            )));
        }
        width = out;
    }
    Ok(width)
}

fn place(layers: &[Layer], prefix: &str, slots: &mut Vec<Slot>, len: &mut usize) {
    for (k, layer) in layers.iter().enumerate() {
        let mut add = |name: &str, shape: Vec<usize>, fan_in: usize| {
            let size: usize = shape.iter().product();
            slots.push(Slot { name: format!("{prefix}{k}.{name}"), shape, offset: *len, fan_in });
            *len += size;
        };
        match layer {
            Layer::Linear { inputs, outputs } => {
                add("weight", vec![*inputs, *outputs], *inputs);
                add("bias", vec![*outputs], *inputs);
            }
            Layer::LayerNorm { dim } => {
                add("scale", vec![*dim], 0);
                add("shift", vec![*dim], 0);
            }
            Layer::Residual { layers } => place(layers, &format!("{prefix}{k}."), slots, len),
            Layer::Act { .. } | Layer::TimeFeatures { .. } => {}
        }
    }
}
