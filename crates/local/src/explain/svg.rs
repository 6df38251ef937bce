//! The picture as SVG, for light and dark pages.

use super::layout::{Arrow, Layout, Panel, PanelKind};
use std::fmt::Write as _;

/// Draws the layout as a document of its own.
pub(super) fn draw(layout: &Layout) -> String {
    let (width, height) = (
        layout.width * CELL_WIDTH + 2 * MARGIN,
        layout.height * CELL_HEIGHT + 2 * MARGIN,
    );
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\">\n\
         <title>How the statement reads its tables</title>\n\
         <style>{STYLE}</style>\n\
         <rect class=\"page\" width=\"{width}\" height=\"{height}\"/>\n"
    );
    for panel in &layout.panels {
        draw_panel(&mut text, panel);
    }
    for arrow in &layout.arrows {
        draw_arrow(&mut text, arrow);
    }
    text.push_str("</svg>\n");
    text
}

// Writing into a string does not fail.
fn draw_panel(text: &mut String, panel: &Panel) {
    let (x, y) = (
        panel.x * CELL_WIDTH + MARGIN,
        panel.y * CELL_HEIGHT + MARGIN + INSET,
    );
    let (width, height) = (
        panel.width * CELL_WIDTH,
        panel.height * CELL_HEIGHT - 2 * INSET,
    );
    let class = match panel.kind {
        PanelKind::Source => "source",
        PanelKind::Split => "split",
        PanelKind::More => "more",
        PanelKind::Connector => "connector",
        PanelKind::Engine => "engine",
    };
    if panel.kind == PanelKind::Source {
        // A cylinder: its lid is an ellipse, and its foot the lower half of one.
        let (rx, ry, lid, foot) = (width / 2, LID, y + LID, y + height - LID);
        let right = x + width;
        let _ = writeln!(
            text,
            "<path class=\"{class}\" d=\"M{x} {lid} V{foot} A{rx} {ry} 0 0 0 {right} {foot} V{lid} A{rx} {ry} 0 0 0 {x} {lid} A{rx} {ry} 0 0 0 {right} {lid}\"/>"
        );
    } else {
        let _ = writeln!(
            text,
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"4\"/>"
        );
    }
    for (place, line) in panel.lines.iter().enumerate() {
        // Blanks at the beginning of a text are not drawn.
        let text_of_line = line.trim_start();
        let x = x + (2 + line.len() - text_of_line.len()) * CELL_WIDTH;
        let y = (panel.y + 1 + place) * CELL_HEIGHT + MARGIN + BASELINE;
        let weight = if place < panel.title {
            " class=\"first\""
        } else {
            ""
        };
        let _ = writeln!(
            text,
            "<text{weight} x=\"{x}\" y=\"{y}\">{}</text>",
            escaped(text_of_line)
        );
    }
}

fn draw_arrow(text: &mut String, arrow: &Arrow) {
    let from = arrow.x * CELL_WIDTH + MARGIN;
    let to = from + arrow.length * CELL_WIDTH;
    let y = arrow.y * CELL_HEIGHT + MARGIN + CELL_HEIGHT / 2;
    let (back, above, below) = (to - 6, y - 4, y + 4);
    let _ = writeln!(
        text,
        "<path class=\"arrow\" d=\"M{from} {y} H{to} M{back} {above} L{to} {y} L{back} {below}\"/>"
    );
}

/// Text as XML takes it, which knows no control letters.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            letter if letter.is_control() => escaped.push('\u{fffd}'),
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// Pixels. A letter of 12 pixels in a font of one width is 7.2 wide.
const CELL_WIDTH: usize = 8;
const CELL_HEIGHT: usize = 18;
const MARGIN: usize = 12;
const BASELINE: usize = 13;
/// Between a panel's frame and the edge of its cells.
const INSET: usize = 3;
/// Half the height of a cylinder's lid.
const LID: usize = 5;

const STYLE: &str = "\
.page{fill:#ffffff}text{font:12px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#1f2328}.first{font-weight:bold}\
.source{fill:#ddf4ff}.split{fill:#f6f8fa}.more{fill:none;stroke-dasharray:3 3}.connector{fill:#dafbe1}.engine{fill:#fff8c5}\
rect:not(.page),path{stroke:#57606a}.arrow{fill:none}\
@media(prefers-color-scheme:dark){.page{fill:#0d1117}text{fill:#e6edf3}.source{fill:#0c2d6b}.split{fill:#21262d}\
.connector{fill:#033a16}.engine{fill:#4b2900}rect:not(.page),path{stroke:#8b949e}}";
