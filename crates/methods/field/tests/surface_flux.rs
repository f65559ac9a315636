//! Maps as files have them, read as one mesh.

use thalweg_core::Context;
use thalweg_field::sphere::Sphere;
use thalweg_field::surface_flux::{Config, Forcing, picture, read_flow, read_maps, simulate, write_evolution};
use thalweg_io::{Grids, write_grids};

fn wave(latitude: f64, longitude: f64) -> f64 {
    100.0 * latitude.to_radians().sin() + 30.0 * latitude.to_radians().cos() * (longitude - 40.0).to_radians().cos()
}

/// Cell centres in degrees from the south, longitudes from 2.5: what many observatories give.
#[test]
fn a_map_of_cell_centres_from_the_south_gets_poles_and_is_turned() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("map.nc");
    let latitudes: Vec<f64> = (0..36).map(|j| -87.5 + 5.0 * f64::from(j)).collect();
    let longitudes: Vec<f64> = (0..72).map(|k| 2.5 + 5.0 * f64::from(k)).collect();
    let values = latitudes.iter().flat_map(|a| longitudes.iter().map(|o| wave(*a, *o))).collect();
    let mut grids = Grids::default();
    let lat = grids.axis("lat", latitudes, &[("units", "degrees_north")]);
    let lon = grids.axis("lon", longitudes, &[("units", "degrees_east")]);
    grids.variable("B", vec![lat, lon], values, &[("units", "gauss")]);
    write_grids(&path, &grids).unwrap();
    let read = read_maps(&path, None).unwrap();
    let (sphere, map) = (&read.sphere, &read.maps[0]);
    assert_eq!((sphere.rows(), sphere.columns()), (38, 72));
    for j in 1..37 {
        let latitude = 90.0 - sphere.colatitudes()[j].to_degrees();
        for k in 0..72 {
            let truth = wave(latitude, sphere.longitude(k).to_degrees());
            assert!((map[j * 72 + k] - truth).abs() < 1e-9, "row {j}, column {k}");
        }
    }
    // The mean around the northernmost row.
    assert!((map[0] - 100.0 * 87.5_f64.to_radians().sin()).abs() < 1e-9);
}

/// Colatitudes in radians, longitude slow, and a last longitude that repeats the first.
#[test]
fn a_map_with_a_seam_and_colatitudes_is_read_as_it_is_meant() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("map.nc");
    let sphere = Sphere::uniform(19, 36).unwrap();
    let theta = sphere.colatitudes().to_vec();
    let phi: Vec<f64> = (0..37).map(|k| f64::from(k) * std::f64::consts::TAU / 36.0).collect();
    let at = |t: f64, p: f64| wave(90.0 - t.to_degrees(), p.to_degrees());
    let values = phi.iter().flat_map(|p| theta.iter().map(|t| at(*t, *p))).collect();
    let mut grids = Grids::default();
    let slow = grids.axis("phi", phi, &[]);
    let fast = grids.axis("theta", theta, &[]);
    grids.variable("Data", vec![slow, fast], values, &[]);
    write_grids(&path, &grids).unwrap();
    let read = read_maps(&path, None).unwrap();
    assert_eq!(read.sphere, sphere);
    let worst = (0..sphere.cells())
        .map(|i| (read.maps[0][i] - at(sphere.colatitudes()[i / 36], sphere.longitude(i % 36))).abs())
        .fold(0.0, f64::max);
    assert!(worst < 1e-9, "{worst}");
}

#[test]
fn a_run_goes_on_from_its_own_file_and_any_threads_give_its_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let config = Config { hours: 48.0, every: Some(24.0), rows: 31, columns: 60, ..Config::default() };
    let vary = [("diffusivity".to_owned(), vec![100.into(), 300.into()])].into();
    let config = Config { vary, ..config };
    let runs: Vec<_> =
        [1, 2].map(|t| simulate(&Context::new(0, t).unwrap(), &config, &Forcing::default()).unwrap()).into();
    for (a, b) in runs[0].realizations.iter().zip(&runs[1].realizations) {
        assert_eq!(a.maps, b.maps);
    }
    let path = dir.path().join("run.nc");
    write_evolution(&path, &runs[0], "{}").unwrap();
    let back = read_maps(&path, None).unwrap();
    assert_eq!(back.maps.len(), 2);
    assert_eq!(back.maps[1], runs[0].realizations[1].maps[2]);
    let seen = picture(&back.sphere, &back.maps[0], 16, 30);
    assert_eq!((seen.latitudes.len(), seen.longitudes.len(), seen.values.len()), (16, 30, 480));
}

/// A rigid rotation from a file is that of the setting, and one that begins at half time turns half as far.
#[test]
fn frames_of_flow_from_a_file_carry_as_settings_do() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("flow.nc");
    let (rows, columns, hours) = (31, 60, 48.0);
    let sphere = Sphere::uniform(rows, columns).unwrap();
    let mut grids = Grids::default();
    let time = grids.axis("time", vec![0.0, 24.0], &[("units", "hours")]);
    let lat = grids.axis(
        "latitude",
        sphere.colatitudes().iter().map(|t| 90.0 - t.to_degrees()).collect(),
        &[("units", "degrees_north")],
    );
    let lon = grids.axis(
        "longitude",
        (0..columns).map(|k| sphere.longitude(k).to_degrees()).collect(),
        &[("units", "degrees_east")],
    );
    // 1 km/s at the equator, the second half twice as fast.
    let turning =
        |speed: f64| sphere.colatitudes().iter().flat_map(move |t| std::iter::repeat_n(speed * t.sin(), columns));
    grids.variable("u", vec![time, lat, lon], turning(1000.0).chain(turning(2000.0)).collect(), &[("units", "m s-1")]);
    grids.variable("v", vec![time, lat, lon], vec![0.0; 2 * rows * columns], &[("units", "m s-1")]);
    write_grids(&path, &grids).unwrap();
    let frames = read_flow(&path, &sphere, None).unwrap();
    assert_eq!(frames.iter().map(|f| f.hours).collect::<Vec<_>>(), [0.0, 24.0]);
    let still = Config {
        rows,
        columns,
        hours,
        rotation: [0.0; 3],
        meridional: [0.0; 3],
        step_max: Some(1.0),
        ..Config::default()
    };
    let ctx = Context::new(0, 1).unwrap();
    let run = |config: &Config, frames: &[_]| {
        let forcing = Forcing { frames: frames.to_vec(), ..Forcing::default() };
        simulate(&ctx, config, &forcing).unwrap().realizations.swap_remove(0).maps.swap_remove(1)
    };
    let near = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-9);
    let (first, second) =
        (Config { hours: 24.0, rigid: 1.0, ..still.clone() }, Config { rigid: 2.0, hours: 24.0, ..still.clone() });
    let half = run(&first, &[]);
    let whole = run(&still, &frames);
    let forcing = Forcing { start: Some((sphere.clone(), vec![half])), ..Forcing::default() };
    let truth = simulate(&ctx, &second, &forcing).unwrap().realizations.swap_remove(0).maps.swap_remove(1);
    assert!(near(&whole, &truth));
    let error = read_flow(&path, &Sphere::uniform(19, 36).unwrap(), None).unwrap_err().to_string();
    assert!(error.contains("31 rows and 60 columns"), "{error}");
}

#[test]
fn what_cannot_be_run_is_refused_with_a_sentence() {
    let ctx = Context::new(0, 1).unwrap();
    let refused = |config: Config, says: &str| {
        let error = simulate(&ctx, &config, &Forcing::default()).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    };
    let small = || Config { rows: 31, columns: 60, hours: 1.0, ..Config::default() };
    refused(Config { diffusivity: -1.0, ..small() }, "diffusivity of surface-flux is -1");
    refused(Config { rows: 3, ..small() }, "3 rows and 60 columns");
    refused(Config { vary: [("diffusivty".to_owned(), vec![1.into()])].into(), ..small() }, "diffusivty");
    refused(Config { vary: [("rows".to_owned(), vec![1.into()])].into(), ..small() }, "cannot vary");
    let forcing = Forcing {
        start: Some((Sphere::uniform(31, 60).unwrap(), vec![vec![f64::NAN; 31 * 60]])),
        ..Forcing::default()
    };
    let error = simulate(&ctx, &small(), &forcing).unwrap_err().to_string();
    assert!(error.contains("holds NaN"), "{error}");
}
