//! Two colour maps, made in the OKLCH space so that equal steps look equally large.
//!
//! Lightness is monotone along the sequential map and symmetric about the middle of the diverging one, so both
//! survive grey printing and colour-blind eyes. Each comes twice: on white and on near-black.
//! OKLab: Björn Ottosson, "A perceptual color space for image processing" (2020).

/// Steps of a map in style classes and in the tables that the page receives.
pub const STEPS: usize = 64;

/// What the colours are seen against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// White.
    Light,
    /// Near-black.
    Dark,
}

/// Earlier to later: violet, blue, green, amber. `fraction` in 0..1.
pub fn sequential(fraction: f64, ground: Ground) -> String {
    let f = fraction.clamp(0.0, 1.0);
    let lightness = match ground {
        Ground::Light => 0.36 + 0.43 * f,
        Ground::Dark => 0.53 + 0.32 * f,
    };
    hex(lightness, 0.125 + 0.02 * f, 305.0 - 220.0 * f)
}

/// Loss to gain: blue, grey, vermilion. `fraction` in 0..1 with 0.5 for neither.
pub fn diverging(fraction: f64, ground: Ground) -> String {
    let signed = 2.0 * fraction.clamp(0.0, 1.0) - 1.0;
    let strength = signed.abs();
    let (middle, end) = match ground {
        Ground::Light => (0.82, 0.52),
        Ground::Dark => (0.42, 0.76),
    };
    let hue = if signed < 0.0 { 250.0 } else { 42.0 };
    hex(middle + (end - middle) * strength, 0.17 * strength, hue)
}

/// Index of the step of a map that is nearest to a fraction.
pub fn step(fraction: f64) -> usize {
    (fraction.clamp(0.0, 1.0) * (STEPS - 1) as f64).round() as usize
}

/// All steps of a map.
pub fn table(map: fn(f64, Ground) -> String, ground: Ground) -> Vec<String> {
    (0..STEPS).map(|k| map(k as f64 / (STEPS - 1) as f64, ground)).collect()
}

fn hex(lightness: f64, chroma: f64, hue: f64) -> String {
    let [r, g, b] = srgb(lightness, chroma, hue).map(|v| (v * 255.0).round() as u8);
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// OKLCH to sRGB in 0..1, clipped to the gamut.
fn srgb(lightness: f64, chroma: f64, hue: f64) -> [f64; 3] {
    let (a, b) = (chroma * hue.to_radians().cos(), chroma * hue.to_radians().sin());
    let l = (lightness + 0.3963377774 * a + 0.2158037573 * b).powi(3);
    let m = (lightness - 0.1055613458 * a - 0.0638541728 * b).powi(3);
    let s = (lightness - 0.0894841775 * a - 1.2914855480 * b).powi(3);
    [
        4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
        -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
        -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s,
    ]
    .map(|v| {
        let v = v.clamp(0.0, 1.0);
        if v <= 0.0031308 { 12.92 * v } else { 1.055 * v.powf(1.0 / 2.4) - 0.055 }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance of sRGB (WCAG 2), which knows nothing of OKLab.
    fn luminance(hex: &str) -> f64 {
        let channel = |k: usize| {
            let v = f64::from(u8::from_str_radix(&hex[k..k + 2], 16).unwrap()) / 255.0;
            if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    #[test]
    fn known_colours_convert() {
        // White, and sRGB red in OKLCH as published with the colour space.
        assert_eq!(hex(1.0, 0.0, 0.0), "#ffffff");
        assert_eq!(hex(0.62796, 0.25768, 29.234), "#ff0000");
    }

    #[test]
    fn later_is_always_lighter() {
        for ground in [Ground::Light, Ground::Dark] {
            let lum: Vec<f64> = table(sequential, ground).iter().map(|c| luminance(c)).collect();
            assert!(lum.windows(2).all(|w| w[1] > w[0]), "{lum:?}");
        }
    }

    #[test]
    fn every_colour_stands_out_from_its_ground() {
        for fraction in (0..=20).map(|k| f64::from(k) / 20.0) {
            let light = 1.05 / (luminance(&sequential(fraction, Ground::Light)) + 0.05);
            let dark = (luminance(&sequential(fraction, Ground::Dark)) + 0.05) / (luminance("#12161c") + 0.05);
            assert!(light > 1.8 && dark > 3.0, "{fraction} {light} {dark}");
        }
    }
}
