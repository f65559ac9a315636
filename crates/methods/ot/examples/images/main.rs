//! Images as measures: digits with noise compared by linear partial transport, and a picture mapped to sites.
//!
//! `cargo run --release -p thalweg-match --example images -- DATA` reads `DATA/images_small/images.npz`: handwritten digits
//! (`mnist_test`) and a pair of pictures of equal mass (`dotmark_a`, `dotmark_b`).
#![allow(clippy::print_stdout, reason = "an example speaks on the standard output")]

mod digits;
mod picture;
mod sites;

use picture::Picture;
use thalweg_core::{Context, Error, Result};

fn main() -> Result<()> {
    let folder = std::env::args().nth(1).ok_or_else(|| Error::input("Give the folder of the data as an argument."))?;
    let path = std::path::Path::new(&folder).join("images_small/images.npz");
    let mut arrays = thalweg_io::read_npz(&path, None)?;
    let ctx = Context::new(0, 0)?;
    let labels = arrays.take("mnist_test_label")?.numbers()?;
    let digits = Picture::all(28, &arrays.take("mnist_test")?.numbers()?);
    digits::compare(&ctx, &digits, &labels)?;
    let mut pair = ["dotmark_a", "dotmark_b"].into_iter().map(|name| {
        let picture = Picture::all(32, &arrays.take(name)?.numbers()?).pop();
        picture.ok_or_else(|| Error::input(format!("{name} holds no picture.")))
    });
    let (Some(a), Some(b)) = (pair.next(), pair.next()) else { return Ok(()) };
    sites::rate(&ctx, &a?, &b?)
}
