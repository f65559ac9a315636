//! A plotting box: where data lands on the paper, with ticks and labels along its edges.

use crate::digits::{labelled, widest};
use crate::svg::{Anchor, Drawing, named};
use crate::view::Span;

/// A box on the paper with the spans it shows.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    /// Left, top, width and height on the paper.
    pub place: [f64; 4],
    /// First axis.
    pub x: Span,
    /// Second axis.
    pub y: Span,
}

impl Frame {
    /// Where a point of the data lands.
    pub fn at(&self, x: f64, y: f64) -> [f64; 2] {
        let [left, top, width, height] = self.place;
        [left + width * (x - self.x.low) / self.x.width(), top + height * (1.0 - (y - self.y.low) / self.y.width())]
    }

    /// Where a point of the view lands.
    pub fn point(&self, p: &[f64; 2]) -> [f64; 2] {
        self.at(p[0], p[1])
    }

    /// Labelled ticks and a title along the lower edge.
    pub fn axis_x(&self, drawing: &mut Drawing, ticks: &[(f64, String)], title: &str) {
        let [left, top, width, height] = self.place;
        let bottom = top + height;
        drawing.line([left, bottom], [left + width, bottom], &named("muted"), 0.8);
        // A long label stays on the paper.
        let half = (0.5 * widest(ticks)).min(0.5 * drawing.width);
        for (tick, label) in ticks {
            let [x, _] = self.at(*tick, self.y.low);
            drawing.line([x, bottom], [x, bottom + 4.0], &named("muted"), 0.8);
            let x = x.clamp(half, drawing.width - half);
            drawing.text([x, bottom + 16.0], 11.0, Anchor::Middle, &named("muted"), label);
        }
        drawing.text([left + 0.5 * width, bottom + 33.0], 12.0, Anchor::Middle, &named("ink"), title);
    }

    /// Labelled ticks with faint lines across, and a title along the left edge, beyond the labels.
    pub fn axis_y(&self, drawing: &mut Drawing, ticks: &[(f64, String)], title: &str) {
        let [left, top, width, height] = self.place;
        for (tick, label) in ticks {
            let [_, y] = self.at(self.x.low, *tick);
            drawing.line([left, y], [left + width, y], &named("grid"), 0.8);
            drawing.text([left - 6.0, y + 4.0], 11.0, Anchor::End, &named("muted"), label);
        }
        if !title.is_empty() {
            let beyond = beyond(ticks);
            drawing.upwards([left - beyond, top + 0.5 * height], 12.0, &named("ink"), title);
        }
    }

    /// Both axes of a map of the plane, with round ticks.
    pub fn axes(&self, drawing: &mut Drawing, labels: [&str; 2]) {
        self.axis_y(drawing, &labelled(self.y, 5, f64::INFINITY), labels[1]);
        self.axis_x(drawing, &labelled(self.x, 6, self.place[2]), labels[0]);
    }
}

/// How far to the left of the box the title of its second axis stands: beyond the labels, which are wider than they are
/// counted in some fonts.
pub fn beyond(ticks: &[(f64, String)]) -> f64 {
    40.0_f64.max(1.1 * widest(ticks) + 16.0)
}
