//! The Newton system: the Laplacian of the graph of neighbouring cells.

/// Relative residual at which conjugate gradients end: far below what a Newton step is off by.
const RESIDUAL: f64 = 1e-12;

/// Solves `L x = b` for the Laplacian of a graph by conjugate gradients, scaled by its diagonal. The sum of `x` is zero, as
/// that of `b` must be.
pub(super) fn solve(neighbours: &[Vec<(usize, f64)>], b: &[f64]) -> Vec<f64> {
    let n = b.len();
    let degree: Vec<f64> = neighbours.iter().map(|row| row.iter().map(|(_, w)| w).sum::<f64>()).collect();
    // What no density joins is held by a little: without it a cell on an island would have no equation of its own.
    let floor = 1e-14 * degree.iter().fold(0.0_f64, |s, d| s.max(*d)) + f64::MIN_POSITIVE;
    let apply = |x: &[f64]| -> Vec<f64> {
        let row = |(j, row): (usize, &Vec<(usize, f64)>)| {
            (degree[j] + floor) * x[j] - row.iter().map(|(k, w)| w * x[*k]).sum::<f64>()
        };
        neighbours.iter().enumerate().map(row).collect()
    };
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let scaled = |r: &[f64]| r.iter().zip(&degree).map(|(r, d)| r / (d + floor)).collect::<Vec<f64>>();
    let (mut x, mut r) = (vec![0.0; n], b.to_vec());
    let mut z = scaled(&r);
    let (mut p, mut rz) = (z.clone(), dot(&r, &z));
    let enough = RESIDUAL * RESIDUAL * rz;
    for _ in 0..10 * n + 100 {
        if rz <= enough || rz == 0.0 {
            break;
        }
        let image = apply(&p);
        let bend = dot(&p, &image);
        if bend <= 0.0 {
            break;
        }
        let length = rz / bend;
        for j in 0..n {
            x[j] += length * p[j];
            r[j] -= length * image[j];
        }
        z = scaled(&r);
        let next = dot(&r, &z);
        for j in 0..n {
            p[j] = z[j] + next / rz * p[j];
        }
        rz = next;
    }
    let mean = x.iter().sum::<f64>() / n as f64;
    x.iter_mut().for_each(|v| *v -= mean);
    x
}
