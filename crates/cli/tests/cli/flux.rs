//! `simulate surface-flux`: magnetic flux on the Sun, from maps and into maps.

use crate::ask::{done, say};
use std::fs;
use thalweg_io::read_grids;

const SMALL: &str = "simulate surface-flux --set rows=31 --set columns=60 --days 2";

#[test]
fn a_run_is_written_the_same_twice_and_goes_on_from_its_file() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let line = format!("{SMALL} --every 1 --vary diffusivity=200,400 --set emergence.flux=10 --seed 3");
    let told = done(dir, &format!("{line} -o a.nc --threads 1")).out;
    assert!(told.contains("3 maps of 31 x 60 cells in 2 realisations"), "{told}");
    done(dir, &format!("{line} -o b.nc --threads 2"));
    assert_eq!(fs::read(dir.join("a.nc")).unwrap(), fs::read(dir.join("b.nc")).unwrap());
    let grids = read_grids(&dir.join("a.nc"), None).unwrap();
    let br = grids.find("br").unwrap();
    assert_eq!((grids.shape(br), br.text("units")), (vec![2, 3, 31, 60], Some("gauss")));
    done(dir, "simulate surface-flux --map a.nc --vary diffusivity=200,400 --days 1 --observe a.nc@12 -o c.nc");
    let onward = read_grids(&dir.join("c.nc"), None).unwrap();
    assert_eq!(onward.find("br").unwrap().values[..1860], br.values[2 * 1860..3 * 1860]);
}

/// A flow from a file, more maps by -n, and a folder with maps, table, record and page.
#[test]
fn maps_leave_a_page_too() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let sphere = thalweg_field::sphere::Sphere::uniform(31, 60).unwrap();
    let mut grids = thalweg_io::Grids::default();
    let north = sphere.colatitudes().iter().map(|t| 90.0 - t.to_degrees()).collect();
    let lat = grids.axis("lat", north, &[("units", "degrees_north")]);
    let lon = grids.axis("lon", (0..60).map(|k| 6.0 * f64::from(k)).collect(), &[("units", "degrees_east")]);
    let u = sphere.colatitudes().iter().flat_map(|t| std::iter::repeat_n(500.0 * t.sin(), 60)).collect();
    grids.variable("u", vec![lat, lon], u, &[]);
    grids.variable("v", vec![lat, lon], vec![0.0; 31 * 60], &[]);
    thalweg_io::write_grids(&dir.join("flow.nc"), &grids).unwrap();
    let still = "--set rotation=[0,0,0] --set meridional=[0,0,0] -n 4";
    done(dir, &format!("{SMALL} {still} --flow flow.nc -o flowing"));
    done(dir, &format!("{SMALL} {still} --set rigid=0.5 -o rigid.nc --report rigid.html"));
    let br = |path: &str| {
        let grids = read_grids(&dir.join(path), None).unwrap();
        let br = grids.find("br").unwrap();
        (grids.shape(br), br.values.clone())
    };
    let ((shape, flowing), (_, rigid)) = (br("flowing/maps.nc"), br("rigid.nc"));
    assert_eq!(shape, [1, 4, 31, 60]);
    assert!(flowing.iter().zip(&rigid).all(|(a, b)| (a - b).abs() < 1e-9));
    for page in ["flowing/report.html", "rigid.html"] {
        assert!(fs::read_to_string(dir.join(page)).unwrap().contains("sphere"), "{page}");
    }
    assert!(dir.join("flowing/simulation.json").is_file());
    let both = say(dir, &format!("{SMALL} -n 3 --every 1 -o a.nc"));
    assert!(both.code == Some(2) && both.err.contains("--every"), "{both:?}");
}

#[test]
fn it_is_a_law_with_a_page_too() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    done(dir, "simulate surface-flux -n 3 --set rows=19 --set columns=36 --set days=4 -o run");
    let page = fs::read_to_string(dir.join("run/report.html")).unwrap();
    assert!(page.contains("surface-flux") && page.contains("sphere"));
}

#[test]
fn what_cannot_be_run_is_refused_with_the_mend() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    fs::write(dir.join("no.nc"), "no map").unwrap();
    fs::write(dir.join("none.h5"), "").unwrap();
    fs::write(dir.join("cut.h5"), b"\x89HDF\r\n\x1a\n\0\0").unwrap();
    for (line, part) in [
        (format!("{SMALL} -o a.csv"), ".nc"),
        (format!("{SMALL} -o none/a.nc"), "none"),
        (format!("{SMALL} --set diffusivty=3 -o a.nc"), "diffusivty"),
        (format!("{SMALL} --set diffusivity -o a.nc"), "--set diffusivity=500"),
        (format!("{SMALL} --set diffusivity=-3 -o a.nc"), "from 0"),
        (format!("{SMALL} --vary rigid=1,2 --vary diffusivity=1 -o a.nc"), "realisation"),
        (format!("{SMALL} --map no.nc -o a.nc"), "NetCDF"),
        (format!("{SMALL} --map none.h5 -o a.nc"), "is empty.\n  try: Write or download it again."),
        (format!("{SMALL} --map cut.h5 -o a.nc"), "truncated or corrupt"),
        (format!("{SMALL} --observe no.nc -o a.nc"), "--observe map.nc@24"),
        (format!("{SMALL} --set rows=8000 --set columns=8000 --memory 1GiB -o a.nc"), "memory budget"),
    ] {
        let said = say(dir, &line);
        assert!(said.code == Some(2) && said.err.contains(part), "{line}: {said:?}");
    }
    assert!(!dir.join("a.nc").exists());
}
