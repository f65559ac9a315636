//! Where both clouds of a match are drawn: in one plane, or where they live in two spaces side by side.

use crate::plane::Plane;
use crate::scene::Axis;
use thalweg_core::{Error, Points, Result};
use thalweg_run::matching::{MatchRecord, Picture};

/// Places of the points of both sides.
pub(super) enum Stage {
    /// One plane; one coordinate is drawn upwards, the source at the left and the target at the right.
    One(Plane),
    /// Each in its own plane, the source at the left.
    Two(Box<[Panel; 2]>),
}

/// A plane of its own, turned, scaled and put beside the other.
pub(super) struct Panel {
    plane: Plane,
    /// What comes to the middle of the panel.
    centre: [f64; 2],
    /// `p -> turn p`, scale included.
    turn: [[f64; 2]; 2],
    /// Where the panel is.
    place: f64,
}

/// Half the distance of the middles of two panels, whose points reach 1 from them.
const APART: f64 = 1.3;

impl Stage {
    pub(super) fn of(record: &MatchRecord, picture: &Picture) -> Result<Self> {
        let (from, to) = (picture.source.dim(), picture.target.dim());
        let targets = record.target_features.as_ref().unwrap_or(&record.features);
        if record.features.len() != from || targets.len() != to {
            return Err(Error::input(format!(
                "The record names {} and {} features and the samples have {from} and {to} coordinates, so they are not \
                 of one match.",
                record.features.len(),
                targets.len()
            )));
        }
        let time = Axis::new("source to target", "");
        if record.target_features.is_none() {
            let both = Points::new(from, [picture.source.values(), picture.target.values()].concat())?;
            let sides = [vec![0.0; picture.source.len()], vec![1.0; picture.target.len()]].concat();
            return Ok(Self::One(Plane::of(&both, &sides, &record.features, &time)?));
        }
        let plane = |points: &Points, features: &[String]| Plane::of(points, &vec![0.0; points.len()], features, &time);
        let mut source = Panel::new(plane(&picture.source, &record.features)?, &picture.source, -APART);
        let target = Panel::new(plane(&picture.target, targets)?, &picture.target, APART);
        source.face(&picture.source, &target.points(&picture.image));
        Ok(Self::Two(Box::new([source, target])))
    }

    /// Places of points of the source.
    pub(super) fn source(&self, points: &Points) -> Vec<[f64; 2]> {
        match self {
            Self::One(plane) => plane.points(0.0, points),
            Self::Two(panels) => panels[0].points(points),
        }
    }

    /// Places of points of the target.
    pub(super) fn target(&self, points: &Points) -> Vec<[f64; 2]> {
        match self {
            Self::One(plane) => plane.points(1.0, points),
            Self::Two(panels) => panels[1].points(points),
        }
    }

    pub(super) fn axes(&self) -> [Axis; 2] {
        match self {
            Self::One(plane) => plane.axes(),
            Self::Two(_) => [Axis::new("the source, and the target beside it", ""), Axis::new("each in its plane", "")],
        }
    }
}

impl Panel {
    /// The points scaled to reach 1 from their middle.
    fn new(plane: Plane, points: &Points, place: f64) -> Self {
        let drawn = plane.points(0.0, points);
        let range =
            |k: usize| drawn.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), p| (l.min(p[k]), h.max(p[k])));
        let (x, y) = (range(0), range(1));
        let half = 0.5 * (x.1 - x.0).max(y.1 - y.0);
        let scale = if half > 0.0 { 1.0 / half } else { 1.0 };
        let centre = [0.5 * (x.0 + x.1), 0.5 * (y.0 + y.1)];
        Self { plane, centre, turn: [[scale, 0.0], [0.0, scale]], place }
    }

    fn points(&self, points: &Points) -> Vec<[f64; 2]> {
        let moved = |p: [f64; 2]| {
            let [x, y] = [p[0] - self.centre[0], p[1] - self.centre[1]];
            let [[a, b], [c, d]] = self.turn;
            [a * x + b * y + self.place, c * x + d * y]
        };
        self.plane.points(0.0, points).into_iter().map(moved).collect()
    }

    /// Turns, and mirrors where that is better, so that the points lie as their `images` do: relations say nothing about
    /// how a cloud is turned. In the plane the best turn is an angle of one complex number.
    fn face(&mut self, points: &Points, images: &[[f64; 2]]) {
        let own = self.points(points);
        let count = own.len() as f64;
        let mean = |v: &[[f64; 2]], k: usize| v.iter().map(|p| p[k]).sum::<f64>() / count;
        let [mx, my, ix, iy] = [mean(&own, 0), mean(&own, 1), mean(images, 0), mean(images, 1)];
        let (mut turned, mut mirrored) = ([0.0; 2], [0.0; 2]);
        for (p, q) in own.iter().zip(images) {
            let ([x, y], [u, v]) = ([p[0] - mx, p[1] - my], [q[0] - ix, q[1] - iy]);
            turned = [turned[0] + x * u + y * v, turned[1] + x * v - y * u];
            mirrored = [mirrored[0] + x * u - y * v, mirrored[1] + x * v + y * u];
        }
        let (straight, flipped) = (turned[0].hypot(turned[1]), mirrored[0].hypot(mirrored[1]));
        let (chosen, length, sign) =
            if flipped > straight { (mirrored, flipped, -1.0) } else { (turned, straight, 1.0) };
        if length <= 0.0 {
            return;
        }
        let (cos, sin) = (chosen[0] / length, chosen[1] / length);
        let scale = self.turn[0][0];
        self.turn = [[scale * cos, -scale * sign * sin], [scale * sin, scale * sign * cos]];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_core::Stream;

    #[test]
    fn a_turned_or_mirrored_cloud_faces_its_image() {
        let mut stream = Stream::new(0, "stage", 0);
        let points = Points::new(2, (0..60).map(|_| stream.normal()).collect()).unwrap();
        for (angle, sign) in [(0.7_f64, 1.0), (-2.5, 1.0), (1.9, -1.0)] {
            let (cos, sin) = (angle.cos(), angle.sin());
            let image = |x: &[f64]| [cos * x[0] - sin * sign * x[1], sin * x[0] + cos * sign * x[1]];
            let images: Vec<[f64; 2]> = points.rows().map(image).collect();
            let features = ["a".to_owned(), "b".to_owned()];
            let plane = Plane::of(&points, &[0.0; 30], &features, &Axis::new("t", "")).unwrap();
            let mut panel = Panel::new(plane, &points, 0.0);
            let scale = panel.turn[0][0];
            panel.face(&points, &images);
            let middle = panel.centre;
            for (drawn, image) in
                panel.points(&points).iter().zip(points.rows().map(|x| image(&[x[0] - middle[0], x[1] - middle[1]])))
            {
                assert!((drawn[0] - scale * image[0]).abs() < 1e-9 && (drawn[1] - scale * image[1]).abs() < 1e-9);
            }
        }
    }
}
