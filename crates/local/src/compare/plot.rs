//! Plots as inline SVG: bars of a figure on both sides, and the times of all runs.

use super::measure::{Measure, Side};
use crate::explain::escaped;
use std::fmt::Write as _;

/// Two bars that are as long as the figure's values, under its name.
pub(super) fn bars(measure: &Measure, names: [&str; 2]) -> String {
    let most = measure.values.iter().flatten().copied().fold(0.0, f64::max);
    let mut svg = open(WIDTH, 64.0, measure.name);
    // Writing into a string does not fail.
    let _ = write!(
        svg,
        "<text class=\"name\" x=\"0\" y=\"12\">{}</text>",
        escaped(measure.name)
    );
    for (side, name) in names.iter().enumerate() {
        let y = 20.0 + 21.0 * [0.0, 1.0][side];
        let value = measure.values[side];
        let length = value.map_or(
            0.0,
            |value| if most > 0.0 { value / most * BAR } else { 0.0 },
        );
        let class = ["a", "b"][side];
        let _ = write!(
            svg,
            "<rect class=\"{class}\" x=\"0\" y=\"{y:.1}\" width=\"{:.1}\" height=\"15\" rx=\"2\"><title>{}: {}</title></rect>\
             <text class=\"value\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            length.max(1.0),
            escaped(name),
            escaped(&measure.shown(side)),
            length.max(1.0) + 6.0,
            y + 12.0,
            escaped(&measure.shown(side)),
        );
    }
    svg.push_str("</svg>");
    svg
}

/// A dot for each run of each side over an axis of milliseconds, with a line at the median.
pub(super) fn times(sides: &[Side; 2]) -> String {
    let all = sides.iter().flat_map(Side::times);
    let most = all.fold(0.0, f64::max).max(f64::MIN_POSITIVE);
    let step = step(most);
    let end = (most / step).ceil().max(1.0) * step;
    let x = |millis: f64| LEFT + millis / end * (WIDE - LEFT - 44.0);
    let mut svg = open(WIDE, 128.0, "time of each run");
    // Writing into a string does not fail.
    let mut tick = 0.0;
    while tick <= end + step / 2.0 {
        let at = x(tick);
        let _ = write!(
            svg,
            "<line class=\"grid\" x1=\"{at:.1}\" y1=\"8\" x2=\"{at:.1}\" y2=\"104\"/>\
             <text class=\"tick\" x=\"{at:.1}\" y=\"120\">{}</text>",
            ticks(tick, step)
        );
        tick += step;
    }
    for (place, side) in sides.iter().enumerate() {
        let y = 32.0 + 48.0 * [0.0, 1.0][place];
        let class = ["a", "b"][place];
        let name: String = side.name.chars().take(24).collect();
        let _ = write!(
            svg,
            "<text class=\"side\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            LEFT - 12.0,
            y + 4.0,
            escaped(&name)
        );
        for (run, millis) in side.times().into_iter().enumerate() {
            // A little up and down, so that equal times do not hide each other.
            let lift = [0.0, -7.0, 7.0, -3.5, 3.5][run % 5];
            let _ = write!(
                svg,
                "<circle class=\"{class}\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"4.5\"><title>run {}: {millis:.1} ms</title></circle>",
                x(millis),
                y + lift,
                run + 1
            );
        }
        let median = x(side.spread()[1]);
        let _ = write!(
            svg,
            "<line class=\"median\" x1=\"{median:.1}\" y1=\"{:.1}\" x2=\"{median:.1}\" y2=\"{:.1}\"/>",
            y - 18.0,
            y + 18.0
        );
    }
    svg.push_str("</svg>");
    svg
}

fn open(width: f64, height: f64, title: &str) -> String {
    format!(
        "<svg viewBox=\"0 0 {width} {height}\" role=\"img\"><title>{}</title>",
        escaped(title)
    )
}

/// 1, 2 or 5 times a power of ten, so that there are about five ticks.
fn step(most: f64) -> f64 {
    let rough = most / 5.0;
    let power = 10f64.powf(rough.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power);
    steps
        .into_iter()
        .find(|step| *step >= rough)
        .unwrap_or(10.0 * power)
}

fn ticks(tick: f64, step: f64) -> String {
    if step < 1.0 {
        format!("{tick:.1} ms")
    } else if tick >= 10_000.0 {
        format!("{:.0} s", tick / 1e3)
    } else {
        format!("{tick:.0} ms")
    }
}

/// Of a figure's bars, with room for the value.
const WIDTH: f64 = 320.0;
const BAR: f64 = 230.0;
/// Of the times.
const WIDE: f64 = 760.0;
const LEFT: f64 = 170.0;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::measure::measures;
    use crate::compare::measure::tests::side;

    #[test]
    fn bars_are_as_long_as_their_values_and_names_are_escaped() {
        let sides = [
            side("<a>", &[10, 12], 5, 500),
            side("b", &[20, 90], 5, 1000),
        ];
        let measures = measures(&sides);
        let bytes = measures
            .iter()
            .find(|measure| measure.name == "bytes received");
        let svg = bars(bytes.unwrap(), ["<a>", "b"]);
        assert!(
            svg.contains("width=\"115.0\"") && svg.contains("width=\"230.0\""),
            "{svg}"
        );
        let dots = times(&sides);
        assert_eq!(dots.matches("<circle").count(), 4);
        assert_eq!(dots.matches("class=\"median\"").count(), 2);
        for text in [&svg, &dots] {
            assert!(
                text.contains("&lt;a&gt;") && !text.contains("<a>"),
                "{text}"
            );
        }
    }

    #[test]
    fn ticks_are_round_and_few() {
        for most in [0.4, 3.0, 90.0, 1234.0, 77_000.0] {
            let ticks = most / step(most);
            assert!((2.0..=5.0).contains(&ticks), "{most}: {ticks}");
        }
    }
}
