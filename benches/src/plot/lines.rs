//! Lines over two axes.

use super::axis::{Axis, short};
use super::svg::{Anchor, Svg};
use super::{LIMIT, WIDTH, hue};

/// A plot of lines.
#[derive(Clone, Debug)]
pub(crate) struct Lines {
    pub(crate) title: String,
    /// What the lines say, for those who do not see them.
    pub(crate) description: String,
    pub(crate) x: Axis,
    pub(crate) y: Axis,
    pub(crate) series: Vec<Series>,
    pub(crate) marks: Vec<Mark>,
}

/// A height that is marked across a plot.
#[derive(Clone, Debug)]
pub(crate) struct Mark {
    pub(crate) height: f64,
    /// What stands beside it.
    pub(crate) word: String,
    pub(crate) kind: MarkKind,
}

/// What a marked height is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MarkKind {
    /// Something to reach.
    Goal,
    /// Something to compare with.
    Middle,
    /// Something that cannot be passed. Lines end below its right end, so its word stands at the left.
    Ceiling,
}

/// What belongs to one line.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    pub(crate) hue: usize,
    pub(crate) form: Form,
    pub(crate) points: Vec<Point>,
}

/// How points become a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Few points that are seen, connected.
    Points,
    /// So many points that only their line is seen.
    Trace,
    /// The line keeps its height until the next point.
    Steps,
    /// Points that hang from a line down to the axis.
    Drops,
}

/// A point, and how far what it stands for is spread.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Point {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Point {
    /// A point without spread.
    pub(crate) fn at(x: f64, y: f64) -> Self {
        Self {
            x,
            y,
            least: y,
            most: y,
        }
    }
}

impl Lines {
    /// The plot as an element whose `id` is its alone on the page.
    pub(crate) fn svg(&self, id: &str) -> String {
        let mut svg = Svg::new(id, HEIGHT, &self.title, &self.description);
        self.frame(&mut svg);
        for series in &self.series {
            self.draw(&mut svg, series);
        }
        // On top of the lines, or they could not be read.
        for mark in &self.marks {
            let y = self.y_of(mark.height);
            let (line, text) = match mark.kind {
                MarkKind::Goal => ("goal", "mark goal-word"),
                MarkKind::Middle | MarkKind::Ceiling => ("reference", "mark"),
            };
            svg.line(line, (LEFT, y), (RIGHT, y));
            let above = if y - 16.0 < TOP { 14.0 } else { -5.0 };
            let (x, anchor) = match mark.kind {
                MarkKind::Goal | MarkKind::Middle => (RIGHT - 2.0, Anchor::End),
                MarkKind::Ceiling => (LEFT + 4.0, Anchor::Start),
            };
            svg.text(text, (x, y + above), anchor, &mark.word);
        }
        svg.finish()
    }

    fn frame(&self, svg: &mut Svg) {
        for tick in &self.y.ticks {
            let y = self.y_of(*tick);
            svg.line("grid", (LEFT, y), (RIGHT, y));
            svg.text("tick", (LEFT - 6.0, y + 4.0), Anchor::End, &short(*tick));
        }
        let mut free_from = f64::MIN;
        for tick in &self.x.ticks {
            let (x, text) = (self.x_of(*tick), short(*tick));
            svg.line("grid", (x, TOP), (x, BOTTOM));
            // Numbers that would run into each other are left out.
            let half = 3.5 * f64::from(u32::try_from(text.len()).unwrap_or(0));
            if x - half >= free_from {
                svg.text("tick", (x, BOTTOM + 16.0), Anchor::Middle, &text);
                free_from = x + half + 6.0;
            }
        }
        svg.line("axis", (LEFT, BOTTOM), (RIGHT, BOTTOM));
        svg.line("axis", (LEFT, TOP), (LEFT, BOTTOM));
        svg.text(
            "label",
            (LEFT - 40.0, TOP - 12.0),
            Anchor::Start,
            &self.y.label,
        );
        svg.text("label", (RIGHT, BOTTOM + 34.0), Anchor::End, &self.x.label);
    }

    fn draw(&self, svg: &mut Svg, series: &Series) {
        let class = hue(series.hue);
        let places: Vec<(f64, f64)> = series
            .points
            .iter()
            .map(|point| (self.x_of(point.x), self.y_of(point.y)))
            .collect();
        match series.form {
            Form::Points | Form::Trace => svg.path(&format!("line {class}"), &places),
            Form::Steps => {
                let corners = places
                    .windows(2)
                    .flat_map(|two| [two[0], (two[1].0, two[0].1)]);
                let corners: Vec<_> = corners.chain(places.last().copied()).collect();
                svg.path(&format!("line {class}"), &corners);
            }
            Form::Drops => {
                for (x, y) in &places {
                    svg.line(&format!("drop {class}"), (*x, *y), (*x, BOTTOM));
                }
            }
        }
        if !matches!(series.form, Form::Points | Form::Drops) || series.hue == LIMIT {
            return;
        }
        for (point, (x, y)) in series.points.iter().zip(places) {
            if point.most > point.least {
                let (high, low) = (self.y_of(point.most), self.y_of(point.least));
                svg.line(&format!("spread {class}"), (x, high), (x, low));
            }
            let tip = format!("{}: {}", short(point.x), short(point.y));
            svg.dot(&format!("dot {class}"), (x, y), &tip);
        }
    }

    fn x_of(&self, value: f64) -> f64 {
        LEFT + (RIGHT - LEFT) * self.x.place(value)
    }

    fn y_of(&self, value: f64) -> f64 {
        BOTTOM - (BOTTOM - TOP) * self.y.place(value)
    }
}

const HEIGHT: f64 = 260.0;
const LEFT: f64 = 48.0;
const RIGHT: f64 = WIDTH - 14.0;
const TOP: f64 = 30.0;
const BOTTOM: f64 = HEIGHT - 42.0;

#[cfg(test)]
mod tests {
    use super::{Axis, Form, Lines, Mark, MarkKind, Point, Series};

    fn plot(form: Form) -> String {
        let points = vec![
            Point::at(0.0, 0.0),
            Point {
                x: 50.0,
                y: 5.0,
                least: 4.0,
                most: 6.0,
            },
            Point::at(100.0, 10.0),
        ];
        let lines = Lines {
            title: "speed".to_owned(),
            description: String::new(),
            x: Axis::linear("x", [100.0]),
            y: Axis::linear("y", [10.0]),
            series: vec![Series {
                hue: 7,
                form,
                points,
            }],
            marks: vec![Mark {
                height: 5.0,
                word: "goal".to_owned(),
                kind: MarkKind::Goal,
            }],
        };
        lines.svg("p")
    }

    #[test]
    fn points_lie_where_the_axes_say() {
        let svg = plot(Form::Points);
        assert!(
            svg.contains(r#"<path class="line h1" d="M48.0 218.0L237.0 124.0L426.0 30.0"/>"#),
            "{svg}"
        );
        assert!(
            svg.contains(
                r#"<line class="spread h1" x1="237.0" y1="105.2" x2="237.0" y2="142.8"/>"#
            ),
            "{svg}"
        );
        assert!(
            svg.contains(r#"<line class="goal" x1="48.0" y1="124.0" x2="426.0" y2="124.0"/>"#),
            "{svg}"
        );
        assert_eq!(svg.matches("<circle").count(), 3);
    }

    #[test]
    fn steps_keep_their_height_and_traces_have_no_dots() {
        let svg = plot(Form::Steps);
        assert!(
            svg.contains("M48.0 218.0L237.0 218.0L237.0 124.0L426.0 124.0L426.0 30.0"),
            "{svg}"
        );
        assert!(!svg.contains("<circle") && !plot(Form::Trace).contains("<circle"));
        assert_eq!(plot(Form::Drops).matches(r#"class="drop h1""#).count(), 3);
    }
}
