//! Lying bars in groups, each whole or in parts.

use super::axis::Axis;
use super::svg::{Anchor, Svg};
use super::{WIDTH, hue};

/// A plot of bars. All begin at 0.
#[derive(Clone, Debug)]
pub(crate) struct Bars {
    pub(crate) title: String,
    /// What the bars say, for those who do not see them.
    pub(crate) description: String,
    /// What they are long by.
    pub(crate) unit: String,
    pub(crate) groups: Vec<Group>,
}

/// Bars that are compared.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) label: String,
    pub(crate) bars: Vec<Bar>,
    /// A value that is marked across them.
    pub(crate) goal: Option<f64>,
}

/// A bar.
#[derive(Clone, Debug)]
pub(crate) struct Bar {
    /// One behind the other.
    pub(crate) parts: Vec<Part>,
    /// The least and the most of what it stands for.
    pub(crate) spread: Option<(f64, f64)>,
    /// The figure behind it.
    pub(crate) text: String,
}

/// A part of a bar.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    pub(crate) hue: usize,
    pub(crate) value: f64,
}

impl Bars {
    /// The plot as an element whose `id` is its alone on the page.
    pub(crate) fn svg(&self, id: &str) -> String {
        let axis = self.axis();
        let rows = self
            .groups
            .iter()
            .map(|group| group_height(group.bars.len()));
        let bottom = TOP + rows.sum::<f64>();
        let mut svg = Svg::new(id, bottom + 42.0, &self.title, &self.description);
        let x_of = |value: f64| LEFT + (RIGHT - LEFT) * axis.place(value);
        for tick in &axis.ticks {
            let x = x_of(*tick);
            svg.line("grid", (x, TOP), (x, bottom));
            svg.text(
                "tick",
                (x, bottom + 16.0),
                Anchor::Middle,
                &super::short(*tick),
            );
        }
        svg.text("label", (RIGHT, bottom + 34.0), Anchor::End, &self.unit);
        let mut y = TOP;
        for group in &self.groups {
            svg.text("group", (LEFT + 4.0, y + 15.0), Anchor::Start, &group.label);
            let top = y + LABEL;
            for (place, bar) in (0_u32..).zip(&group.bars) {
                let y = top + BAR * f64::from(place);
                let mut from = 0.0;
                for part in &bar.parts {
                    let (left, right) = (x_of(from), x_of(from + part.value));
                    let class = format!("bar {}", hue(part.hue));
                    svg.rect(&class, (left, y), (right - left, BAR - 3.0));
                    from += part.value;
                }
                let mut end = x_of(from);
                if let Some((least, most)) = bar.spread {
                    let middle = y + (BAR - 3.0) / 2.0;
                    svg.line("whisker", (x_of(least), middle), (x_of(most), middle));
                    end = end.max(x_of(most));
                }
                svg.text("value", (end + 5.0, y + 12.0), Anchor::Start, &bar.text);
            }
            y += group_height(group.bars.len());
            if let Some(goal) = group.goal {
                let x = x_of(goal);
                svg.line("goal", (x, top - 3.0), (x, y - GAP + 3.0));
            }
        }
        svg.line("axis", (LEFT, TOP), (LEFT, bottom));
        svg.finish()
    }

    fn axis(&self) -> Axis {
        let of_group = |group: &Group| {
            let of_bar = |bar: &Bar| {
                let sum: f64 = bar.parts.iter().map(|part| part.value).sum();
                bar.spread.map_or(sum, |(_, most)| most.max(sum))
            };
            group
                .bars
                .iter()
                .map(of_bar)
                .chain(group.goal)
                .collect::<Vec<_>>()
        };
        Axis::linear(self.unit.clone(), self.groups.iter().flat_map(of_group))
    }
}

fn group_height(bars: usize) -> f64 {
    LABEL + BAR * f64::from(u32::try_from(bars).unwrap_or(u32::MAX)) + GAP
}

const LEFT: f64 = 8.0;
/// Leaves room for the figure behind the longest bar.
const RIGHT: f64 = WIDTH - 60.0;
const TOP: f64 = 4.0;
/// The height of a group's name, of a bar, and of what parts groups.
const LABEL: f64 = 21.0;
const BAR: f64 = 18.0;
const GAP: f64 = 8.0;

#[cfg(test)]
mod tests {
    use super::{Bar, Bars, Group, Part};

    #[test]
    fn parts_lie_behind_each_other_and_goals_across_the_group() {
        let part = |hue, value| Part { hue, value };
        let bars = Bars {
            title: "cost".to_owned(),
            description: String::new(),
            unit: "$".to_owned(),
            groups: vec![Group {
                label: "a & b".to_owned(),
                bars: vec![Bar {
                    parts: vec![part(0, 25.0), part(1, 50.0)],
                    spread: Some((50.0, 100.0)),
                    text: "75".to_owned(),
                }],
                goal: Some(50.0),
            }],
        };
        let svg = bars.svg("b");
        assert!(
            svg.contains(r#"<rect class="bar h0" x="8.0" y="25.0" width="93.0" height="15.0"/>"#),
            "{svg}"
        );
        assert!(
            svg.contains(
                r#"<rect class="bar h1" x="101.0" y="25.0" width="186.0" height="15.0"/>"#
            ),
            "{svg}"
        );
        assert!(
            svg.contains(r#"<line class="whisker" x1="194.0" y1="32.5" x2="380.0" y2="32.5"/>"#),
            "{svg}"
        );
        assert!(
            svg.contains(r#"class="goal" x1="194.0""#) && svg.contains("a &amp; b"),
            "{svg}"
        );
    }
}
