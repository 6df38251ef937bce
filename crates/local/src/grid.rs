//! Rows as a table for people: one line a row, columns as wide as the terminal shows their texts, long texts cut.

use crate::print::counted;
use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, SchemaRef};
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use std::fmt::Write as _;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The table of the first `most` rows of `batches`, and a line that tells how many of `rows` are not in it.
///
/// # Errors
/// If a value has no text.
pub(crate) fn grid(
    schema: &SchemaRef,
    batches: &[RecordBatch],
    rows: usize,
    most: usize,
) -> Result<String, ArrowError> {
    let names = schema.fields().iter();
    let names: Vec<String> = names.map(|field| one_line(field.name())).collect();
    // A plan is a text of many lines, and all of it is wanted.
    let is_plan = names.first().is_some_and(|name| name == "plan_type");
    let mut lines: Vec<Vec<Vec<String>>> = Vec::new();
    for batch in batches {
        let shown = batch.slice(0, (most - lines.len()).min(batch.num_rows()));
        let columns = shown.columns().iter();
        let columns = columns.map(|column| texts(column, is_plan));
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        let row = |at: usize| columns.iter().map(|column| column[at].clone()).collect();
        lines.extend((0..shown.num_rows()).map(row));
    }
    let widths: Vec<usize> = names
        .iter()
        .enumerate()
        .map(|(at, name)| {
            let cells = lines.iter().flat_map(|row| &row[at]);
            cells
                .map(|text| text.width())
                .fold(name.width(), usize::max)
        })
        .collect();
    let mut text = String::new();
    rule(&mut text, &widths);
    line(&mut text, &widths, names.iter().map(String::as_str));
    rule(&mut text, &widths);
    for row in &lines {
        let height = row.iter().map(Vec::len).max().unwrap_or(0);
        for at in 0..height {
            let cells = row.iter();
            line(
                &mut text,
                &widths,
                cells.map(|cell| cell.get(at).map_or("", String::as_str)),
            );
        }
    }
    if !(lines.is_empty() && names.is_empty()) {
        rule(&mut text, &widths);
    }
    if let Some(more @ 1..) = rows.checked_sub(lines.len()) {
        // Writing into a string does not fail.
        let _ = writeln!(text, "… and {}", counted(more as u64, "more row"));
    }
    text.pop();
    Ok(text)
}

fn rule(text: &mut String, widths: &[usize]) {
    for width in widths {
        text.push('+');
        text.extend(std::iter::repeat_n('-', width + 2));
    }
    text.push_str("+\n");
}

fn line<'a>(text: &mut String, widths: &[usize], cells: impl Iterator<Item = &'a str>) {
    for (width, cell) in widths.iter().zip(cells) {
        text.push_str("| ");
        text.push_str(cell);
        text.extend(std::iter::repeat_n(' ', width - cell.width() + 1));
    }
    text.push_str("|\n");
}

/// The lines of each value of a column; one each unless all are wanted.
fn texts(column: &ArrayRef, is_plan: bool) -> Result<Vec<Vec<String>>, ArrowError> {
    let options = FormatOptions::new().with_null(NULL);
    let formatter = ArrayFormatter::try_new(column, &options)?;
    let decimal = matches!(column.data_type(), DataType::Decimal128(..));
    let texts = (0..column.len()).map(|row| {
        let text = formatter.value(row).try_to_string()?;
        Ok(if decimal {
            vec![short_decimal(&text)]
        } else if is_plan {
            text.lines().map(printable).collect()
        } else {
            vec![one_line(&text)]
        })
    });
    texts.collect()
}

/// Without the zeros that only the column's scale adds.
fn short_decimal(text: &str) -> String {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text.to_owned()
    }
}

/// On one line, and no wider than a cell may be.
fn one_line(text: &str) -> String {
    let (mut line, mut width) = (String::new(), 0);
    // What a reader takes for one letter is not torn apart.
    for letter in text.graphemes(true) {
        let letter = printable(letter);
        width += letter.width();
        if width > MAX_CELL {
            line.push('…');
            break;
        }
        line.push_str(&letter);
    }
    line
}

/// Without what would move a terminal's cursor or change its colours.
fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            letter if letter.is_control() || is_direction(letter) => {
                shown.extend(letter.escape_unicode());
            }
            letter => shown.push(letter),
        }
    }
    shown
}

/// Marks that turn the direction of what follows around, also behind the cell.
fn is_direction(letter: char) -> bool {
    matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

const NULL: &str = "null";
/// Columns of a terminal.
const MAX_CELL: usize = 60;

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Decimal128Array, Int32Array, StringArray};
    use arrow::datatypes::{Field, Schema};
    use std::sync::Arc;

    fn of_texts(texts: &[&str]) -> String {
        let schema = Arc::new(Schema::new(vec![Field::new("t", DataType::Utf8, true)]));
        let column: ArrayRef = Arc::new(StringArray::from(texts.to_vec()));
        let batch = RecordBatch::try_new(schema.clone(), vec![column]).unwrap();
        grid(&schema, &[batch], texts.len(), 100).unwrap()
    }

    #[test]
    fn a_table_shows_as_many_rows_as_it_may_each_on_one_line() {
        let schema = Arc::new(Schema::new(vec![
            Field::new("n", DataType::Decimal128(38, 9), true),
            Field::new("text", DataType::Utf8, true),
        ]));
        let numbers = Decimal128Array::from(vec![Some(1_500_000_000); 30])
            .with_precision_and_scale(38, 9)
            .unwrap();
        let words: StringArray = (0..30)
            .map(|row| if row == 0 { None } else { Some("two\nlines") })
            .collect();
        let batch =
            RecordBatch::try_new(schema.clone(), vec![Arc::new(numbers), Arc::new(words)]).unwrap();
        let parts = [batch.slice(0, 7), batch.slice(7, 23)];
        let text = grid(&schema, &parts, 30, 20).unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 3 + 20 + 1 + 1);
        assert_eq!(lines[3], "| 1.5 | null       |");
        assert_eq!(lines[4], "| 1.5 | two\\nlines |");
        assert_eq!(lines[24], "… and 10 more rows");
    }

    #[test]
    fn an_answer_without_rows_still_names_its_columns() {
        let schema = Arc::new(Schema::new(vec![Field::new("n", DataType::Int32, true)]));
        let column: ArrayRef = Arc::new(Int32Array::from(Vec::<i32>::new()));
        let batch = RecordBatch::try_new(schema.clone(), vec![column]).unwrap();
        let expected = "+---+\n| n |\n+---+\n+---+";
        assert_eq!(grid(&schema, &[batch], 0, 20).unwrap(), expected);
        assert_eq!(grid(&schema, &[], 0, 20).unwrap(), expected);
    }

    /// The columns of a terminal that a line takes: what East Asian Width calls wide takes two, what joins the letter before it none.
    fn columns(line: &str) -> usize {
        let columns = line.graphemes(true).map(|letter| {
            let first = letter.chars().next().unwrap();
            match first {
                '\u{1100}'..='\u{115f}'
                | '\u{2e80}'..='\u{a4cf}'
                | '\u{ac00}'..='\u{d7a3}'
                | '\u{ff00}'..='\u{ff60}'
                | '\u{1f300}'..='\u{1faff}' => 2,
                _ => 1,
            }
        });
        columns.sum()
    }

    #[test]
    fn the_right_border_is_straight_under_letters_of_all_widths() {
        let texts = [
            "plain",
            "注文を見る",
            "👍🏽 👨‍👩‍👧",
            "e\u{301}tude",
            "ｶﾅ ＡＢ",
            "한국어",
        ];
        let table = of_texts(&texts);
        let widths: Vec<usize> = table.lines().map(columns).collect();
        assert!(
            widths.iter().all(|width| *width == widths[0]),
            "{widths:?}\n{table}"
        );
        assert_eq!(
            widths[0],
            "| ".len() + "注文を見る".chars().count() * 2 + " |".len()
        );
    }

    #[test]
    fn a_long_text_is_cut_between_letters_at_the_width_of_a_cell() {
        let long = of_texts(&["注".repeat(31).as_str()]);
        assert!(
            long.contains(&format!("| {}… |", "注".repeat(30))),
            "{long}"
        );
        let fits = of_texts(&["注".repeat(30).as_str()]);
        assert!(fits.contains(&format!("| {} |", "注".repeat(30))), "{fits}");
        let joined = "👨‍👩‍👧".repeat(40);
        let cut = of_texts(&[&joined]);
        assert!(cut.contains(&format!("| {}… |", "👨‍👩‍👧".repeat(30))), "{cut}");
    }

    #[test]
    fn a_value_cannot_move_the_cursor_or_turn_the_line_around() {
        let table = of_texts(&["a\u{1b}[2Jb\u{7}", "\u{202e}abc"]);
        assert!(
            table.contains("a\\u{1b}[2Jb\\u{7}") && table.contains("\\u{202e}abc"),
            "{table}"
        );
        assert!(!table.contains('\u{1b}') && !table.contains('\u{202e}'));
    }
}
