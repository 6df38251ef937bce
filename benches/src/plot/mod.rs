//! Plots as SVG, drawn for the width of a telephone: lines, bars, and the axes below them.
//!
//! Colours are left to the page: each thing drawn has a class, `h0` to `h5` for what is compared and `h6` for what it is compared
//! with, and the page's style sheet says what that looks like by day and by night. Coordinates are pixels of [`WIDTH`].

mod axis;
mod svg;
mod lines;
mod bars;

pub(crate) use axis::{Axis, short};
pub(crate) use bars::{Bar, Bars, Group, Part};
pub(crate) use lines::{Form, Lines, Mark, MarkKind, Point, Series};
pub(crate) use svg::escaped;

/// The width of every plot.
const WIDTH: f64 = 440.0;
/// How many different things can be told apart by colour.
pub(crate) const HUES: usize = 6;
/// What others are compared with: a roof, a limit.
pub(crate) const LIMIT: usize = HUES;

/// The class of a hue; beyond the last they begin anew.
pub(crate) fn hue(number: usize) -> String {
    if number == LIMIT {
        return format!("h{LIMIT}");
    }
    format!("h{}", number % HUES)
}
