//! The picture for a terminal, in letters that draw boxes.

use super::layout::{Layout, Panel, PanelKind, cells_of};

/// Draws the layout, a line of text for each of its lines.
pub(super) fn draw(layout: &Layout) -> String {
    let mut canvas = vec![vec![' '; layout.width]; layout.height];
    for panel in &layout.panels {
        frame(&mut canvas, panel);
    }
    for arrow in &layout.arrows {
        let line = &mut canvas[arrow.y][arrow.x..arrow.x + arrow.length];
        line.fill('─');
        if let Some(end) = line.last_mut() {
            *end = '▶';
        }
    }
    let lines = canvas.into_iter().map(|line| {
        let line: String = line.into_iter().filter(|cell| *cell != COVERED).collect();
        line.trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn frame(canvas: &mut [Vec<char>], panel: &Panel) {
    let [top_left, top_right, bottom_left, bottom_right] = match panel.kind {
        PanelKind::Source => ['╭', '╮', '╰', '╯'],
        _ => ['┌', '┐', '└', '┘'],
    };
    let (right, bottom) = (panel.x + panel.width - 1, panel.y + panel.height - 1);
    for y in [panel.y, bottom] {
        canvas[y][panel.x..=right].fill('─');
    }
    for line in &mut canvas[panel.y + 1..bottom] {
        (line[panel.x], line[right]) = ('│', '│');
    }
    canvas[panel.y][panel.x] = top_left;
    canvas[panel.y][right] = top_right;
    canvas[bottom][panel.x] = bottom_left;
    canvas[bottom][right] = bottom_right;
    for (place, text) in panel.lines.iter().enumerate() {
        let mut x = panel.x + 2;
        for letter in text.chars() {
            let line = &mut canvas[panel.y + 1 + place];
            line[x] = letter;
            line[x + 1..x + cells_of(letter)].fill(COVERED);
            x += cells_of(letter);
        }
    }
}

/// The second cell of a letter that takes two.
const COVERED: char = '\0';
