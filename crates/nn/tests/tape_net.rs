//! Networks and losses on the tape against central differences in double precision and a peer's values, and the
//! executor against both.

use thalweg_core::Stream;
use thalweg_nn::tape::{Tape, Var, batch_loss, net_forward, net_params, value_and_grad};
use thalweg_nn::{ActionTerm, Activation, Exec, Layer, Loss, NetSpec, Output, TapeExec};

fn normals(n: usize, seed: u64, purpose: &str) -> Vec<f32> {
    let mut v = vec![0.0; n];
    Stream::new(seed, purpose, 0).fill_normal_f32(&mut v);
    v
}

fn wide(v: &[f32]) -> Vec<f64> {
    v.iter().map(|&v| f64::from(v)).collect()
}

fn moved(v: &[f64], d: &[f64], h: f64) -> Vec<f64> {
    v.iter().zip(d).map(|(v, d)| v + h * d).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn close(what: &str, got: f64, want: f64, tolerance: f64) {
    assert!((got - want).abs() <= tolerance * (1.0 + want.abs()), "{what}: {got} is not {want}");
}

fn act(function: Activation) -> Layer {
    Layer::Act { function }
}

fn linear(inputs: usize, outputs: usize) -> Layer {
    Layer::Linear { inputs, outputs }
}

/// One network for every layer and every activation, each of 3 inputs.
fn networks() -> Vec<(&'static str, NetSpec)> {
    use Activation::{Gelu, Relu, Selu, Silu, Softplus, Tanh};
    let plain = |layers| NetSpec { inputs: 3, layers, output: Output::Plain };
    let mut all: Vec<_> = [Silu, Selu, Tanh, Gelu, Softplus, Relu]
        .into_iter()
        .zip(["silu", "selu", "tanh", "gelu", "softplus", "relu"])
        .map(|(f, name)| (name, NetSpec::mlp(3, &[5, 4], 2, f)))
        .collect();
    all.push(("linear", plain(vec![linear(3, 2)])));
    all.push(("layer norm", plain(vec![linear(3, 5), Layer::LayerNorm { dim: 5 }, act(Tanh), linear(5, 2)])));
    let inner = vec![act(Silu), linear(4, 6), act(Gelu), linear(6, 4)];
    all.push(("residual", plain(vec![linear(3, 4), Layer::Residual { layers: inner }, linear(4, 2)])));
    let features = Layer::TimeFeatures { inputs: 3, frequencies: 2 };
    all.push(("time features", plain(vec![features.clone(), linear(7, 4), act(Silu), linear(4, 2)])));
    let potential = NetSpec {
        inputs: 3,
        layers: vec![features, linear(7, 5), act(Softplus), linear(5, 2)],
        output: Output::HalfSquaredDistance,
    };
    all.push(("half squared distance", potential));
    all
}

/// Value on the rows of `x`, then `Jᵀ c` with respect to `x`, `J v`, and the two gradients of a scalar made of
/// the input gradient (the nested derivative): by parameters and by `x`.
struct Derivatives {
    value: Vec<f64>,
    pulled: Vec<f64>,
    pushed: Vec<f64>,
    energy: f64,
    energy_by_params: Vec<f64>,
    energy_by_x: Vec<f64>,
}

fn derivatives(spec: &NetSpec, params: &[f64], x: &[f64], v: &[f64]) -> Derivatives {
    let tape = Tape::new();
    let layout = spec.layout().unwrap();
    let vars = net_params(&tape, &layout, params);
    let n = x.len() / spec.inputs;
    let x = tape.leaf(n, spec.inputs, x);
    let y = net_forward(&tape, spec, &vars, x).unwrap();
    let pulled = tape.vjp(y, cotangent(&tape, y), &[x])[0];
    let pushed = tape.jvp(&[y], &[(x, tape.leaf(n, spec.inputs, v))])[0];
    let energy = tape.add(tape.sum(tape.square(pulled)), tape.sum(tape.sin(pushed)));
    let mut wrt = vars.clone();
    wrt.push(x);
    let grads: Vec<_> = tape.grad(energy, &wrt).into_iter().map(|g| tape.value(g)).collect();
    let (by_x, by_params) = grads.split_last().unwrap();
    Derivatives {
        value: tape.value(y).to_vec(),
        pulled: tape.value(pulled).to_vec(),
        pushed: tape.value(pushed).to_vec(),
        energy: tape.scalar(energy),
        energy_by_params: by_params.iter().flat_map(|g| g.iter().copied()).collect(),
        energy_by_x: by_x.to_vec(),
    }
}

fn cotangent(tape: &Tape<f64>, y: Var) -> Var {
    let c: Vec<f64> = (0..y.rows() * y.cols()).map(|i| (1.3 * i as f64).cos()).collect();
    tape.leaf(y.rows(), y.cols(), &c)
}

fn weighted(value: &[f64]) -> f64 {
    value.iter().enumerate().map(|(i, v)| (1.3 * i as f64).cos() * v).sum()
}

#[test]
fn every_layer_has_the_derivatives_of_its_differences() {
    let h = 1e-5;
    for (name, spec) in networks() {
        for seed in 0..3 {
            let params = wide(&spec.init(seed, "test").unwrap());
            let along = wide(&normals(params.len(), seed, "params"));
            let (x, v) = (wide(&normals(12, seed, "x")), wide(&normals(12, seed, "v")));
            let what = format!("{name}, seed {seed}");
            let at = |k: f64, j: f64| derivatives(&spec, &moved(&params, &along, k * h), &moved(&x, &v, j * h), &v);
            let here = at(0.0, 0.0);
            let (ahead, behind) = (at(0.0, 1.0), at(0.0, -1.0));
            let slope = |f: &dyn Fn(&Derivatives) -> f64| (f(&ahead) - f(&behind)) / (2.0 * h);
            close(&format!("vjp of {what}"), dot(&here.pulled, &v), slope(&|d| weighted(&d.value)), 1e-7);
            close(&format!("jvp of {what}"), weighted(&here.pushed), slope(&|d| weighted(&d.value)), 1e-7);
            close(&format!("nested in x, {what}"), dot(&here.energy_by_x, &v), slope(&|d| d.energy), 1e-6);
            let by_params = (at(1.0, 0.0).energy - at(-1.0, 0.0).energy) / (2.0 * h);
            close(&format!("nested in params, {what}"), dot(&here.energy_by_params, &along), by_params, 1e-6);
        }
    }
}

/// Batches of every kind for a network of 3 inputs; those of action matching need one output.
struct Batch {
    inputs: Vec<f32>,
    targets: Vec<f32>,
    weights: Vec<f32>,
    boundary: Vec<f32>,
    coefficients: Vec<f32>,
    probes: Vec<f32>,
}

impl Batch {
    fn new(n: usize, outputs: usize, seed: u64) -> Self {
        let sign = |v: f32| if v > 0.0 { 1.0 } else { -1.0 };
        Self {
            inputs: normals(3 * n, seed, "inputs"),
            targets: normals(outputs * n, seed, "targets"),
            weights: normals(n, seed, "weights").iter().map(|w| w.abs() + 0.1).collect(),
            boundary: normals(3 * (2 * n + 1), seed, "boundary"),
            coefficients: normals(2 * n + 1, seed, "coefficients"),
            probes: normals(2 * n, seed, "probes").into_iter().map(sign).collect(),
        }
    }

    fn action(&self, term: ActionTerm<'_>) -> Loss<'_> {
        // The term borrows from this batch or from nothing.
        let term = match term {
            ActionTerm::Entropic { variance, .. } => ActionTerm::Entropic { variance, probes: &self.probes },
            ActionTerm::Plain => ActionTerm::Plain,
            ActionTerm::Unbalanced => ActionTerm::Unbalanced,
        };
        Loss::Action {
            boundary: &self.boundary,
            coefficients: &self.coefficients,
            interior: &self.inputs,
            weights: &self.weights,
            term,
        }
    }

    fn losses(&self, outputs: usize) -> Vec<(&'static str, Loss<'_>)> {
        let (inputs, targets) = (&self.inputs[..], &self.targets[..]);
        let mut all = vec![
            ("regression", Loss::Regression { inputs, targets, weights: None }),
            ("weighted regression", Loss::Regression { inputs, targets, weights: Some(&self.weights) }),
            ("linear", Loss::Linear { inputs, cotangents: targets }),
        ];
        if outputs == 1 {
            all.push(("plain action", self.action(ActionTerm::Plain)));
            all.push(("entropic action", self.action(ActionTerm::Entropic { variance: 0.7, probes: &[] })));
            all.push(("unbalanced action", self.action(ActionTerm::Unbalanced)));
        }
        all
    }
}

fn exact(spec: &NetSpec, params: &[f64], loss: &Loss<'_>) -> (f64, Vec<f64>) {
    let mut grad = vec![0.0; params.len()];
    let value =
        value_and_grad(&mut Tape::new(), spec, params, &mut grad, |tape, vars| batch_loss(tape, spec, vars, loss));
    (value.unwrap(), grad)
}

fn potentials() -> Vec<(&'static str, NetSpec)> {
    use Activation::{Gelu, Silu, Softplus, Tanh};
    let mut all: Vec<_> = [Silu, Tanh, Gelu, Softplus]
        .into_iter()
        .zip(["silu potential", "tanh potential", "gelu potential", "softplus potential"])
        .map(|(f, name)| (name, NetSpec::mlp(3, &[6, 5], 1, f)))
        .collect();
    let layers = vec![linear(3, 5), Layer::LayerNorm { dim: 5 }, act(Silu), linear(5, 1)];
    all.push(("normalised potential", NetSpec { inputs: 3, layers, output: Output::Plain }));
    all
}

#[test]
fn every_loss_has_the_gradient_of_its_differences() {
    let h = 1e-5;
    for (name, spec) in networks().into_iter().chain(potentials()) {
        let outputs = spec.outputs().unwrap();
        for seed in 0..3 {
            let narrow = spec.init(seed, "test").unwrap();
            let params = wide(&narrow);
            let along = wide(&normals(params.len(), seed, "params"));
            let batch = Batch::new(5, outputs, seed);
            for (kind, loss) in batch.losses(outputs) {
                let what = format!("{kind} of {name}, seed {seed}");
                let (value, grad) = exact(&spec, &params, &loss);
                let at = |h: f64| exact(&spec, &moved(&params, &along, h), &loss).0;
                let difference = (at(h) - at(-h)) / (2.0 * h);
                close(&what, dot(&grad, &along), difference, 1e-6);
                let mut single = vec![0.0; narrow.len()];
                let total = TapeExec::new().loss_grad(&spec, &narrow, &loss, &mut single).unwrap();
                close(&format!("executor's value, {what}"), total, value, 1e-5);
                for (&g, &want) in single.iter().zip(&grad) {
                    close(&format!("executor's gradient, {what}"), f64::from(g), want, 1e-5);
                }
            }
        }
    }
}

#[test]
fn the_executor_agrees_with_double_precision_on_rows() {
    for (name, spec) in networks() {
        let (outputs, n) = (spec.outputs().unwrap(), 5);
        let params = spec.init(0, "test").unwrap();
        let (x, v) = (normals(3 * n, 0, "x"), normals(3 * n, 0, "v"));
        let want = derivatives(&spec, &wide(&params), &wide(&x), &wide(&v));
        let c: Vec<f32> = (0..n * outputs).map(|i| (1.3 * i as f64).cos() as f32).collect();
        let (mut out, mut dx, mut dout) = (vec![0.0; n * outputs], vec![0.0; 3 * n], vec![0.0; n * outputs]);
        let exec = TapeExec::new();
        let check = |what: &str, got: &[f32], want: &[f64]| {
            got.iter().zip(want).for_each(|(&g, &w)| close(&format!("{what} of {name}"), f64::from(g), w, 1e-5));
        };
        exec.forward(&spec, &params, &x, &mut out).unwrap();
        check("forward", &out, &want.value);
        exec.vjp(&spec, &params, &x, &c, &mut out, &mut dx).unwrap();
        check("value beside vjp", &out, &want.value);
        check("vjp", &dx, &want.pulled);
        exec.jvp(&spec, &params, &x, &v, &mut out, &mut dout).unwrap();
        check("value beside jvp", &out, &want.value);
        check("jvp", &dout, &want.pushed);
    }
}

fn pool(threads: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
}

/// Wide enough for products to be cut, long enough for several blocks that do not divide evenly.
#[test]
fn one_thread_and_two_give_the_same_bytes() {
    let spec = NetSpec::mlp(3, &[300, 300], 1, Activation::Silu);
    for seed in 0..3 {
        let params = spec.init(seed, "test").unwrap();
        let batch = Batch::new(2_500, 1, seed);
        for (kind, loss) in batch.losses(1) {
            let run = |threads: usize| {
                let mut grad = vec![0.0; params.len()];
                let value =
                    pool(threads).install(|| TapeExec::new().loss_grad(&spec, &params, &loss, &mut grad)).unwrap();
                (value.to_bits(), grad.iter().map(|g| g.to_bits()).collect::<Vec<_>>())
            };
            assert_eq!(run(1), run(2), "{kind}, seed {seed}");
        }
        let rows = |threads: usize| {
            let (mut out, mut dx) = (vec![0.0; 2_500], vec![0.0; 3 * 2_500]);
            let run = || TapeExec::new().vjp(&spec, &params, &batch.inputs, &batch.targets, &mut out, &mut dx);
            pool(threads).install(run).unwrap();
            out.iter().chain(&dx).map(|v| v.to_bits()).collect::<Vec<_>>()
        };
        assert_eq!(rows(1), rows(2), "rows, seed {seed}");
        let unusual = |threads: usize| {
            let mut grad = vec![0.0; params.len()];
            let run = || {
                value_and_grad(&mut Tape::new(), &spec, &params, &mut grad, |tape, vars| {
                    let x = tape.leaf(2_500, 3, &batch.inputs);
                    Ok(tape.mean(tape.exp(net_forward(tape, &spec, vars, x)?)))
                })
            };
            let value = pool(threads).install(run).unwrap();
            (value.to_bits(), grad.iter().map(|g| g.to_bits()).collect::<Vec<_>>())
        };
        assert_eq!(unusual(1), unusual(2), "a loss of one's own, seed {seed}");
    }
}

#[test]
fn blocks_of_a_long_batch_add_up() {
    let spec = NetSpec::mlp(3, &[8], 1, Activation::Tanh);
    let params = spec.init(0, "test").unwrap();
    let batch = Batch::new(3_001, 1, 0);
    let exec = TapeExec::new();
    for (kind, loss) in batch.losses(1) {
        let (value, want) = exact(&spec, &wide(&params), &loss);
        // Twice, so that the second call works on used desks.
        for _ in 0..2 {
            let mut grad = vec![0.0; params.len()];
            let total = exec.loss_grad(&spec, &params, &loss, &mut grad).unwrap();
            let scale = want.iter().fold(1.0, |m: f64, g| m.max(g.abs()));
            close(kind, total / scale, value / scale, 1e-5);
            grad.iter().zip(&want).for_each(|(&g, &w)| close(kind, f64::from(g) / scale, w / scale, 1e-5));
        }
    }
}

#[test]
fn buffers_that_do_not_fit_are_refused() {
    let spec = NetSpec::mlp(3, &[4], 2, Activation::Silu);
    let params = spec.init(0, "test").unwrap();
    let exec = TapeExec::new();
    let (x, mut out) = ([0.0; 6], [0.0; 4]);
    let refusal = |r: thalweg_core::Result<()>| r.unwrap_err().message().to_owned();
    assert!(
        refusal(exec.forward(&spec, &params[1..], &x, &mut out)).contains("26 parameters, but the buffer holds 25")
    );
    assert!(refusal(exec.forward(&spec, &params, &x[1..], &mut out)).contains("rows of 3 numbers"));
    assert!(refusal(exec.forward(&spec, &params, &x, &mut out[1..])).contains("2 rows of 2 numbers"));
    let mut grad = vec![0.0; params.len()];
    let batch = Batch::new(2, 2, 0);
    let potential = exec.loss_grad(&spec, &params, &batch.action(ActionTerm::Plain), &mut grad);
    assert!(potential.unwrap_err().message().contains("one output, not 2"));
    let empty = Loss::Regression { inputs: &[], targets: &[], weights: None };
    assert!(exec.loss_grad(&spec, &params, &empty, &mut grad).unwrap_err().message().contains("at least one row"));
    let nothing = Loss::Linear { inputs: &[], cotangents: &[] };
    assert_eq!(exec.loss_grad(&spec, &params, &nothing, &mut grad).unwrap(), 0.0);
    exec.forward(&spec, &params, &[], &mut []).unwrap();
}

/// `cos(0.9 i + phase)`, the inputs of the recorded values.
fn waves(n: usize, phase: f64) -> Vec<f32> {
    (0..n).map(|i| (0.9 * i as f64 + phase).cos() as f32).collect()
}

fn recorded_params(spec: &NetSpec) -> Vec<f64> {
    (0..spec.layout().unwrap().len).map(|i| 0.5 * (1.7 * i as f64 + 0.3).sin()).collect()
}

/// Values of PyTorch 2.15.0 in double precision: `x @ W + b` and `selu` for the network, `autograd.grad` with
/// `create_graph=True` inside each loss; parameters `0.5 sin(1.7 i + 0.3)`, inputs as [`waves`]. The inputs pass
/// through single precision here, hence the tolerance.
#[test]
fn recorded_values_of_pytorch_are_met() {
    let spec = NetSpec::mlp(3, &[5, 5], 2, Activation::Selu);
    let tape = Tape::new();
    let vars = net_params(&tape, &spec.layout().unwrap(), &recorded_params(&spec));
    let y = net_forward(&tape, &spec, &vars, tape.leaf(2, 3, &wide(&waves(6, 0.0)))).unwrap();
    let want = [0.570_136_335_953_117_3, 0.004_993_108_879_812_386, 0.361_390_923_187_023_3, -0.061_996_792_414_438_52];
    tape.value(y).iter().zip(want).for_each(|(&got, want)| close("forward", got, want, 1e-7));

    let spec = NetSpec::mlp(3, &[5, 5], 1, Activation::Silu);
    let params = recorded_params(&spec);
    let (boundary, interior) = (waves(12, 0.1), waves(9, 0.2));
    let probes = [1.0, -1.0, 1.0, 1.0, -1.0, 1.0];
    let entries = [0, 7, 17, 30, 44, 50, 55];
    let recorded = [
        (
            ActionTerm::Plain,
            -0.134_890_481_404_278_78,
            [
                0.004_363_508_1,
                0.037_072_276_3,
                -0.079_951_666_5,
                -0.026_634_075_9,
                0.076_846_894_9,
                0.092_551_782_8,
                0.0,
            ],
        ),
        (
            ActionTerm::Entropic { variance: 0.7, probes: &probes },
            -0.105_320_755_958_363_98,
            [
                0.008_234_747_2,
                0.050_204_357_9,
                -0.079_853_078_9,
                -0.030_851_249_3,
                0.082_293_302_5,
                0.083_868_262_6,
                0.0,
            ],
        ),
        (
            ActionTerm::Unbalanced,
            -0.060_873_081_963_327_31,
            [
                -0.011_853_709_3,
                0.031_379_930_7,
                -0.042_814_014_6,
                -0.033_551_286_5,
                0.106_436_129_1,
                0.034_559_626_8,
                -0.378_130_611_1,
            ],
        ),
    ];
    for (term, value, gradient) in recorded {
        let loss = Loss::Action {
            boundary: &boundary,
            coefficients: &[0.5, 0.5, -0.5, -0.5],
            interior: &interior,
            weights: &[0.2, 0.3, 0.5],
            term,
        };
        let (got, grad) = exact(&spec, &params, &loss);
        close(&format!("{term:?}"), got, value, 1e-7);
        entries.iter().zip(gradient).for_each(|(&i, want)| close(&format!("entry {i}, {term:?}"), grad[i], want, 1e-7));
    }
}

/// Value, gradient and gradient of the gradient at -1.3, 0.4 and 2.1, PyTorch 2.15.0 in double precision.
#[test]
fn recorded_derivatives_of_activations_are_met() {
    use Activation::{Gelu, Selu, Silu, Softplus, Tanh};
    let recorded = [
        (
            Silu,
            [-0.278_414_522_044_673_8, 0.239_475_064_044_980_8, 1.870_896_675_489_213],
            [-0.004_622_854_252_336_907, 0.694_791_958_409_063_9, 1.095_012_058_885_700_4],
            [0.211_522_270_023_791_54, 0.461_552_874_831_774_9, 0.034_815_789_509_273_144],
        ),
        (
            Selu,
            [-1.278_961_375_154_325_6, 0.420_280_394_942_192_2, 2.206_472_073_446_509],
            [0.479_137_965_693_051_2, 1.050_700_987_355_480_5, 1.050_700_987_355_480_5],
            [0.479_137_965_693_051_2, 0.0, 0.0],
        ),
        (
            Tanh,
            [-0.861_723_159_313_306_3, 0.379_948_962_255_224_9, 0.970_451_936_613_453_9],
            [0.257_433_196_703_094_06, 0.855_638_786_081_177_8, 0.058_223_038_723_196_94],
            [0.443_672_295_150_228_1, -0.650_198_137_673_727_7, -0.113_005_321_368_893_17],
        ),
        (
            Gelu,
            [-0.125_840_629_961_293_4, 0.262_168_696_644_129_7, 2.062_484_716_818_085_3],
            [-0.125_978_685_076_539_25, 0.802_729_797_731_653_5, 1.074_501_130_996_080_6],
            [0.053_124_263_534_820_25, 0.677_617_058_158_114_9, -0.106_000_466_312_829_54],
        ),
        (
            Softplus,
            [0.241_008_453_832_992_2, 0.913_015_252_399_952_6, 2.215_519_523_179_755],
            [0.214_165_016_957_441_4, 0.598_687_660_112_452, 0.890_903_178_804_387_1],
            [0.168_298_362_469_060_24, 0.240_260_745_741_529_14, 0.097_194_704_800_625_39],
        ),
    ];
    for (f, value, first, second) in recorded {
        let tape = Tape::new();
        let x = tape.leaf(1, 3, &[-1.3, 0.4, 2.1]);
        let y = tape.act(f, x);
        let g = tape.grad(tape.sum(y), &[x])[0];
        let gg = tape.grad(tape.sum(g), &[x])[0];
        for (var, want) in [(y, value), (g, first), (gg, second)] {
            tape.value(var).iter().zip(want).for_each(|(&got, want)| close(&format!("{f:?}"), got, want, 1e-12));
        }
    }
}
