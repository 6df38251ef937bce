//! Axes: which part of the numbers is shown, and which of them are written.

/// A range of numbers laid along a line.
#[derive(Clone, Debug)]
pub(crate) struct Axis {
    pub(super) label: String,
    pub(super) ticks: Vec<f64>,
    logarithmic: bool,
    low: f64,
    high: f64,
}

impl Axis {
    /// From 0 to a round number that is not below any of `values`.
    pub(crate) fn linear(label: impl Into<String>, values: impl IntoIterator<Item = f64>) -> Self {
        let most = finite(values).fold(0.0, f64::max);
        let most = if most > 0.0 { most } else { 1.0 };
        let step = round_step(most / TICKS);
        let mut ticks = vec![0.0];
        let mut tick = 0.0;
        // A hair of the last bits is no reason for another tick.
        while tick < most * (1.0 - 1e-9) {
            tick += step;
            ticks.push(tick);
        }
        Self {
            label: label.into(),
            logarithmic: false,
            low: 0.0,
            high: tick,
            ticks,
        }
    }

    /// By powers of ten, around all `values` that are above 0.
    pub(crate) fn logarithmic(
        label: impl Into<String>,
        values: impl IntoIterator<Item = f64>,
    ) -> Self {
        let bounds = finite(values).filter(|value| *value > 0.0).fold(
            None,
            |bounds: Option<(f64, f64)>, value| {
                let (low, high) = bounds.unwrap_or((value, value));
                Some((low.min(value), high.max(value)))
            },
        );
        let (least, most) = bounds.unwrap_or((1.0, 10.0));
        let first = least.log10().floor();
        let decades = most.log10().ceil() - first;
        let factors: &[f64] = if decades <= 3.0 {
            &[1.0, 2.0, 5.0]
        } else {
            &[1.0]
        };
        let mut round = Vec::new();
        let mut power = 10_f64.powf(first);
        while power <= most * 10.0 {
            round.extend(factors.iter().map(|factor| factor * power));
            power *= 10.0;
        }
        let below = round.iter().rposition(|tick| *tick <= least * (1.0 + 1e-9));
        let below = below.unwrap_or(0);
        let above = round.iter().position(|tick| *tick >= most * (1.0 - 1e-9));
        let above = above.unwrap_or(round.len() - 1).max(below + 1);
        let ticks = round[below..=above].to_vec();
        Self {
            label: label.into(),
            logarithmic: true,
            low: ticks[0],
            high: ticks[ticks.len() - 1],
            ticks,
        }
    }

    /// The smallest and the largest number that is shown.
    pub(crate) fn ends(&self) -> (f64, f64) {
        (self.low, self.high)
    }

    /// Where `value` lies between the axis' ends: 0 at the lower, 1 at the upper.
    pub(super) fn place(&self, value: f64) -> f64 {
        let along = |value: f64| if self.logarithmic { value.ln() } else { value };
        let place = (along(value) - along(self.low)) / (along(self.high) - along(self.low));
        // What has no logarithm lies at the lower end.
        if place.is_finite() {
            place.clamp(0.0, 1.0)
        } else {
            0.0
        }
    }
}

/// A number in as few digits as can be told from a plot.
pub(crate) fn short(value: f64) -> String {
    let digits = match value.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 1.0 => 2,
        0.0 => 0,
        _ => 3,
    };
    let text = format!("{value:.digits$}");
    let text = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        &text
    };
    grouped(text)
}

/// Thousands are set apart.
fn grouped(number: &str) -> String {
    let (sign, digits) = number
        .strip_prefix('-')
        .map_or(("", number), |rest| ("-", rest));
    let (whole, fraction) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let mut text = sign.to_owned();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text + fraction
}

fn finite(values: impl IntoIterator<Item = f64>) -> impl Iterator<Item = f64> {
    values.into_iter().filter(|value| value.is_finite())
}

/// The least of 1, 2 and 5 times a power of ten that is not below `step`.
fn round_step(step: f64) -> f64 {
    let power = 10_f64.powf(step.log10().floor());
    let factors = [1.0, 2.0, 5.0].into_iter();
    let mut enough = factors.filter(|factor| factor * power >= step * (1.0 - 1e-9));
    enough.next().unwrap_or(10.0) * power
}

/// As many as fit beside each other.
const TICKS: f64 = 5.0;

#[cfg(test)]
mod tests {
    use super::{Axis, short};

    #[track_caller]
    fn check(axis: &Axis, ticks: &[f64]) {
        let near = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-6 * b.abs().max(1e-6);
        assert_eq!(axis.ticks.len(), ticks.len(), "{axis:?}");
        assert!(axis.ticks.iter().zip(ticks).all(near), "{axis:?}");
    }

    #[test]
    fn a_linear_axis_begins_at_0_and_ends_at_a_round_number() {
        check(
            &Axis::linear("", [430.0, 12.0]),
            &[0.0, 100.0, 200.0, 300.0, 400.0, 500.0],
        );
        check(&Axis::linear("", [0.3]), &[0.0, 0.1, 0.2, 0.3]);
        check(&Axis::linear("", []), &[0.0, 0.2, 0.4, 0.6, 0.8, 1.0]);
        check(
            &Axis::linear("", [f64::NAN, 8.0]),
            &[0.0, 2.0, 4.0, 6.0, 8.0],
        );
    }

    #[test]
    fn a_logarithmic_axis_has_less_ticks_the_more_it_shows() {
        check(
            &Axis::logarithmic("", [3.0, 90.0]),
            &[2.0, 5.0, 10.0, 20.0, 50.0, 100.0],
        );
        check(
            &Axis::logarithmic("", [0.5, 20_000.0]),
            &[0.1, 1.0, 10.0, 100.0, 1e3, 1e4, 1e5],
        );
        check(&Axis::logarithmic("", [5.0, 5.0, 0.0]), &[5.0, 10.0]);
        check(&Axis::logarithmic("", []), &[1.0, 2.0, 5.0, 10.0]);
    }

    #[test]
    fn values_lie_between_the_ends() {
        let axis = Axis::logarithmic("", [1.0, 100.0]);
        let places = [0.0, 1.0, 10.0, 100.0, 1000.0].map(|value| axis.place(value));
        let expected = [0.0, 0.0, 0.5, 1.0, 1.0];
        let mut both = places.iter().zip(expected);
        assert!(
            both.all(|(place, expected)| (place - expected).abs() < 1e-9),
            "{places:?}"
        );
    }

    #[test]
    fn numbers_are_short() {
        for (value, text) in [
            (0.0, "0"),
            (0.0123, "0.012"),
            (2.5, "2.5"),
            (9.876, "9.88"),
            (47.36, "47.4"),
            (400.0, "400"),
            (1234.5, "1,234"),
            (185_400.0, "185,400"),
            (-1000.0, "-1,000"),
        ] {
            assert_eq!(short(value), text);
        }
    }
}
