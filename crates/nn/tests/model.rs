//! A learned law against closed forms, through a file, and after damage to that file.

use safetensors::tensor::{Dtype, TensorView, serialize};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fs;
use std::path::Path;
use tempfile::TempDir;
use thalweg_core::{Stream, VectorField};
use thalweg_nn::{Activation, Clock, Diffusion, Head, Law, Layer, Model, NetSpec, Output, Reading, Scaling};

const DIM: usize = 3;

fn scaling() -> Scaling {
    Scaling { mean: vec![1.0, -2.0, 0.5], scale: vec![2.0, 0.5, 4.0], clock: Clock::uniform(10.0, 5.0) }
}

fn linear(inputs: usize, outputs: usize) -> NetSpec {
    NetSpec { inputs, layers: vec![Layer::Linear { inputs, outputs }], output: Output::Plain }
}

/// Velocity, growth and score from one affine network of 7 outputs with random parameters.
fn affine(seed: u64) -> Model {
    let spec = linear(DIM + 1, 2 * DIM + 1);
    let params = spec.init(seed, "affine").unwrap();
    let head = |first| Head { spec: spec.clone(), offset: 0, reading: Reading::Direct { first } };
    let law = Law {
        method: "by-hand".into(),
        features: vec!["a".into(), "b".into(), "c".into()],
        times: vec![10.0, 12.0, 15.0],
        scaling: scaling(),
        velocity: head(0),
        growth: Some(head(DIM)),
        score: Some(head(DIM + 1)),
        diffusion: Diffusion::Table { times: vec![10.0, 15.0], sigmas: vec![1.0, 2.0] },
        meta: json!({"z": 1, "a": [0.1, 1e-30]}),
    };
    Model::new(law, params).unwrap()
}

fn near(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() <= tolerance * b.abs().max(1.0), "{a} is not {b}");
    }
}

#[test]
fn an_affine_network_is_the_affine_field_in_data_units() {
    let (t, n) = (11.5, 20);
    for seed in 0..3 {
        let model = affine(seed);
        let s = scaling();
        let mut x = vec![0.0; n * DIM];
        Stream::new(seed, "states", 0).fill_normal(&mut x);
        // The rows of W act on standardised states and time; W is 4 x 7, then the bias.
        let w = |i: usize, j: usize| f64::from(model.params()[i * 7 + j]);
        let number = |row: &[f64], j: usize| {
            let state: f64 = (0..DIM).map(|i| w(i, j) * (row[i] - s.mean[i]) / s.scale[i]).sum();
            state + w(DIM, j) * (t - 10.0) / 5.0 + w(DIM + 1, j)
        };
        let rows = || x.chunks(DIM);
        let velocity: Vec<f64> =
            rows().flat_map(|r| (0..DIM).map(move |j| (r, j))).map(|(r, j)| number(r, j) * s.scale[j] / 5.0).collect();
        let growth: Vec<f64> = rows().map(|r| number(r, DIM) / 5.0).collect();
        let score: Vec<f64> = rows()
            .flat_map(|r| (0..DIM).map(move |j| (r, j)))
            .map(|(r, j)| number(r, DIM + 1 + j) / s.scale[j])
            .collect();
        let trace = (0..DIM).map(|j| w(j, j)).sum::<f64>() / 5.0;

        let (mut v, mut g, mut sc, mut div) = (vec![0.0; n * DIM], vec![0.0; n], vec![0.0; n * DIM], vec![0.0; n]);
        model.velocity(t, &x, &mut v);
        model.growth(t, &x, &mut g);
        model.score(t, &x, &mut sc).unwrap();
        model.divergence(t, &x, &mut div);
        // Single precision inside: sums of five products of numbers near one.
        near(&v, &velocity, 2e-6);
        near(&g, &growth, 2e-6);
        near(&sc, &score, 2e-6);
        near(&div, &vec![trace; n], 2e-6);
        assert!(model.has_growth() && model.has_score());
        near(
            &[model.diffusion(9.0), model.diffusion(12.5), model.diffusion(15.0), model.diffusion(99.0)],
            &[1.0, 1.5, 2.0, 2.0],
            1e-15,
        );
    }
}

/// `½ |z - N(z, tau)|²` with `N = c` constant: the gradient is `z - c`, its divergence the dimension.
#[test]
fn a_potential_gives_its_gradient() {
    let centre = [0.3, -0.7, 1.1_f32];
    let mut params = vec![0.0; (DIM + 1) * DIM];
    params.extend(centre);
    let spec = NetSpec { output: Output::HalfSquaredDistance, ..linear(DIM + 1, DIM) };
    let law = Law { velocity: Head::gradient(spec, 0), growth: None, score: None, ..affine(0).law().clone() };
    let model = Model::new(law, params).unwrap();
    let s = scaling();
    let x = [3.0, -1.5, 2.0, 0.0, 0.0, 0.0];
    let expected: Vec<f64> = (0..6)
        .map(|i| ((x[i] - s.mean[i % 3]) / s.scale[i % 3] - f64::from(centre[i % 3])) * s.scale[i % 3] / 5.0)
        .collect();
    let (mut v, mut div) = ([0.0; 6], [0.0; 2]);
    model.velocity(12.0, &x, &mut v);
    model.divergence(12.0, &x, &mut div);
    near(&v, &expected, 2e-6);
    near(&div, &[3.0 / 5.0; 2], 2e-4);
    assert!(model.score(12.0, &x, &mut v).unwrap_err().to_string().contains("by-hand has no score"));
}

#[test]
fn the_divergence_of_a_network_agrees_with_differences() {
    for seed in 0..3 {
        let spec = NetSpec::mlp(DIM + 1, &[16, 16], DIM, Activation::Tanh);
        let params = spec.init(seed, "mlp").unwrap();
        let law = Law { velocity: Head::direct(spec, 0), growth: None, score: None, ..affine(0).law().clone() };
        let model = Model::new(law, params).unwrap();
        let mut x = vec![0.0; 5 * DIM];
        Stream::new(seed, "states", 1).fill_normal(&mut x);
        let (mut div, mut by_difference) = (vec![0.0; 5], vec![0.0; 5]);
        model.divergence(11.0, &x, &mut div);
        let h = 0.02;
        for k in 0..DIM {
            for (row, sum) in by_difference.iter_mut().enumerate() {
                let at = |by: f64| {
                    let mut moved = x[row * DIM..(row + 1) * DIM].to_vec();
                    moved[k] += by;
                    let mut v = vec![0.0; DIM];
                    model.velocity(11.0, &moved, &mut v);
                    v[k]
                };
                *sum += (at(h) - at(-h)) / (2.0 * h);
            }
        }
        // Truncation h² f'''/6 and single-precision rounding 1e-7/h, each below 1e-4.
        near(&div, &by_difference, 3e-4);
    }
}

#[test]
fn a_file_gives_back_the_model_and_the_same_bytes() {
    let folder = TempDir::new().unwrap();
    let [one, two] = ["one", "two"].map(|name| folder.path().join(name));
    for seed in 0..3 {
        let model = affine(seed);
        model.save(&one).unwrap();
        let read = Model::load(&one).unwrap();
        assert_eq!(read.law(), model.law());
        assert_eq!(read.params(), model.params());
        read.save(&two).unwrap();
        assert_eq!(fs::read(&one).unwrap(), fs::read(&two).unwrap());
        let mut both = [[0.0; DIM]; 2];
        model.velocity(1.0, &[1.0, 2.0, 3.0], &mut both[0]);
        read.velocity(1.0, &[1.0, 2.0, 3.0], &mut both[1]);
        assert_eq!(both[0], both[1]);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn a_damaged_file_is_a_sentence() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("model.safetensors");
    affine(0).save(&file).unwrap();
    let good = fs::read(&file).unwrap();
    for seed in 0..3 {
        let mut stream = Stream::new(seed, "damage", 0);
        for trial in 0..300 {
            let mut bytes = good.clone();
            let at = stream.below(bytes.len());
            match trial % 3 {
                0 => bytes.truncate(at),
                1 => bytes[at] ^= 1 << stream.below(8),
                _ => bytes[at] = stream.bits() as u8,
            }
            fs::write(&file, &bytes).unwrap();
            match Model::load(&file) {
                Err(e) => assert!(e.to_string().contains("damaged"), "{e}"),
                Ok(_) => assert_eq!(bytes, good),
            }
        }
    }
    assert!(Model::load(folder.path().join("none")).unwrap_err().to_string().contains("none"));
    assert!(Model::load(folder.path()).unwrap_err().to_string().contains("not a plain file"));
}

/// A model file whose checksum holds and whose law is what `change` makes of a good one.
fn forge(path: &Path, change: impl Fn(&mut Value)) {
    affine(0).save(path).unwrap();
    let bytes = fs::read(path).unwrap();
    let (_, metadata) = safetensors::SafeTensors::read_metadata(&bytes).unwrap();
    let header: Value = serde_json::from_str(&metadata.metadata().as_ref().unwrap()["thalweg"]).unwrap();
    let data = safetensors::SafeTensors::deserialize(&bytes).unwrap().tensor("params").unwrap().data().to_vec();
    let mut content = header["content"].clone();
    change(&mut content);
    // Bitwise CRC-32C over header, name and data.
    let covered = [content.to_string().as_bytes(), b"params", &data].concat();
    let crc = covered.iter().fold(!0_u32, |crc, b| {
        (0..8).fold(crc ^ u32::from(*b), |c, _| if c & 1 == 1 { c >> 1 ^ 0x82f6_3b78 } else { c >> 1 })
    });
    let header = json!({"checksum": !crc, "content": content}).to_string();
    let view = TensorView::new(Dtype::F32, vec![data.len() / 4], &data).unwrap();
    fs::write(path, serialize([("params", view)], Some(HashMap::from([("thalweg".to_owned(), header)]))).unwrap())
        .unwrap();
}

#[test]
fn a_forged_header_is_refused_before_anything_is_allocated() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("model.safetensors");
    let refused = |change: &dyn Fn(&mut Value)| {
        forge(&file, change);
        Model::load(&file).unwrap_err().to_string()
    };
    forge(&file, |_| {});
    Model::load(&file).unwrap();
    let huge = u64::MAX;
    let layers = |v: &mut Value, layers: Value| v["law"]["velocity"]["spec"]["layers"] = layers;
    let outputs = |v: &mut Value, n: u64| layers(v, json!([{"layer": "linear", "inputs": 4, "outputs": n}]));
    assert!(refused(&|v| outputs(v, huge)).contains("more parameters"));
    assert!(refused(&|v| outputs(v, huge / 4)).contains("more parameters"));
    assert!(refused(&|v| outputs(v, 8)).contains("more parameters"));
    assert!(refused(&|v| v["law"]["velocity"]["offset"] = json!(huge)).contains("start at number"));
    assert!(refused(&|v| v["law"]["velocity"]["offset"] = json!(1)).contains("more parameters"));
    assert!(refused(&|v| v["law"]["score"]["reading"]["first"] = json!(huge)).contains("must map"));
    assert!(refused(&|v| layers(v, json!([{"layer": "layer-norm", "dim": huge}]))).contains("wider"));
    let octaves = json!([{"layer": "time-features", "inputs": 4, "frequencies": huge / 2}]);
    assert!(refused(&|v| layers(v, octaves.clone())).contains("octaves"));
    assert!(refused(&|v| layers(v, json!(vec![json!({"layer": "act", "function": "tanh"}); 5000]))).contains("4096"));
    let nested = (0..200).fold(json!([]), |inner, _| json!([{"layer": "residual", "layers": inner}]));
    assert!(refused(&|v| layers(v, nested.clone())).contains("recursion"));
    assert!(refused(&|v| v["law"]["velocity"]["spec"]["inputs"] = json!(0)).contains("receives 0"));
    assert!(refused(&|v| v["law"]["features"] = json!([])).contains("features"));
    assert!(refused(&|v| v["law"]["scaling"]["scale"] = json!([0.0])).contains("is 0"));
    assert!(refused(&|v| v["law"]["scaling"]["mean"] = json!([0.0])).contains("1 means"));
    assert!(refused(&|v| v["law"]["times"] = json!([1.0, 1.0])).contains("increasing"));
    assert!(refused(&|v| v["law"]["diffusion"]["sigmas"] = json!([-1.0, 0.0])).contains("-1"));
    assert!(
        refused(&|v| v["law"]["diffusion"] = json!({"kind": "table", "times": [], "sigmas": []})).contains("not valid")
    );
    assert!(refused(&|v| v["law"]["colour"] = json!(1)).contains("colour"));
    assert!(refused(&|v| v["kind"] = json!("checkpoint")).contains("not a model"));
}

#[test]
fn parameters_that_are_not_finite_are_refused() {
    let model = affine(0);
    let mut params = model.params().to_vec();
    params[5] = f32::NAN;
    assert!(
        Model::new(model.law().clone(), params).unwrap_err().to_string().contains("Parameter 5 of the model is NaN")
    );
}

#[test]
fn a_refused_write_leaves_the_old_file() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("model.safetensors");
    affine(0).save(&file).unwrap();
    let before = fs::read(&file).unwrap();
    // The file that is written first cannot be made, because a folder has its name.
    fs::create_dir(folder.path().join(".model.safetensors.partial")).unwrap();
    let refused = affine(1).save(&file).unwrap_err().to_string();
    assert!(refused.contains("model.safetensors") && refused.contains("space left"), "{refused}");
    assert_eq!(fs::read(&file).unwrap(), before);
}
