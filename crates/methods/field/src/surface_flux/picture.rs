//! A map as plain numbers for a page: fewer cells, latitudes and longitudes in degrees.

use crate::sphere::Sphere;
use serde::Serialize;

/// A map on a regular grid that is small enough to draw.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Picture {
    /// Degrees north of the equator, from the north pole down; one a row.
    pub latitudes: Vec<f64>,
    /// Degrees east; one a column.
    pub longitudes: Vec<f64>,
    /// Mean field of the cells that a place of the picture covers, row-major.
    pub values: Vec<f64>,
}

/// Draws a map with at most `rows` and `columns` places: each is the mean, by area, of a block of cells.
pub fn picture(sphere: &Sphere, field: &[f64], rows: usize, columns: usize) -> Picture {
    let down = blocks(sphere.rows(), rows);
    let along = blocks(sphere.columns(), columns);
    let middle = |block: &std::ops::Range<usize>, at: &dyn Fn(usize) -> f64| {
        0.5 * (at(block.start) + at(block.end - 1)).to_degrees()
    };
    let latitudes = down.iter().map(|b| 90.0 - middle(b, &|j| sphere.colatitudes()[j])).collect();
    let longitudes = along.iter().map(|b| middle(b, &|k| sphere.longitude(k))).collect();
    let mean = |rows: &std::ops::Range<usize>, columns: &std::ops::Range<usize>| {
        let (mut sum, mut area) = (0.0, 0.0);
        for j in rows.clone() {
            let start = j * sphere.columns();
            let row = &field[start + columns.start..start + columns.end];
            sum += sphere.area(j) * row.iter().sum::<f64>();
            area += sphere.area(j) * row.len() as f64;
        }
        sum / area
    };
    let values = down.iter().flat_map(|r| along.iter().map(move |c| (r, c))).map(|(r, c)| mean(r, c)).collect();
    Picture { latitudes, longitudes, values }
}

/// Cuts `cells` into at most `places` runs as equal as can be.
fn blocks(cells: usize, places: usize) -> Vec<std::ops::Range<usize>> {
    let places = places.clamp(1, cells);
    (0..places).map(|i| i * cells / places..(i + 1) * cells / places).collect()
}
