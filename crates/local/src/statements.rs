//! Parts typed lines into statements at each `;` that stands outside quotes and comments.

/// Collects lines until a statement is complete.
#[derive(Debug, Default)]
pub(crate) struct Statements {
    text: String,
    /// Lines that are no longer in the text.
    before: usize,
}

/// A statement without its `;`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) text: String,
    /// How many lines there are before it.
    pub(crate) before: usize,
}

impl Statements {
    /// Takes a line and gives the statements that it completes.
    pub(crate) fn push(&mut self, line: &str) -> Vec<Statement> {
        self.text.push_str(line);
        self.text.push('\n');
        let mut complete = Vec::new();
        while let (Some(end), says) = first_of(&self.text) {
            let rest = self.text.split_off(end + 1);
            let statement = std::mem::replace(&mut self.text, rest);
            complete.extend(trimmed(&statement[..end], self.before).filter(|_| says));
            self.before += statement.matches('\n').count();
        }
        if !first_of(&self.text).1 {
            self.before += self.text.matches('\n').count();
            self.text.clear();
        }
        complete
    }

    /// Whether a statement has been begun.
    pub(crate) fn is_begun(&self) -> bool {
        !self.text.is_empty()
    }

    /// The statement that the end of the input completes.
    pub(crate) fn finish(self) -> Option<Statement> {
        let (_, says) = first_of(&self.text);
        trimmed(&self.text, self.before).filter(|_| says)
    }
}

fn trimmed(text: &str, before: usize) -> Option<Statement> {
    let blank = &text[..text.len() - text.trim_start().len()];
    let statement = text.trim();
    (!statement.is_empty()).then(|| Statement {
        text: statement.to_owned(),
        before: before + blank.matches('\n').count(),
    })
}

/// Where a letter stands.
#[derive(PartialEq)]
enum Inside {
    Nothing,
    /// A text or a name, up to this letter. A doubled one closes and opens again.
    Quotes(char),
    /// A comment to the end of the line.
    Line,
    /// A comment up to `*/`.
    Block,
}

/// Where the first statement's `;` is, and whether anything but blanks and comments stands before it.
fn first_of(text: &str) -> (Option<usize>, bool) {
    let (mut inside, mut says) = (Inside::Nothing, false);
    let mut letters = text.char_indices().peekable();
    while let Some((index, letter)) = letters.next() {
        let next = letters.peek().map(|(_, letter)| *letter);
        match (&inside, letter) {
            (Inside::Nothing, ';') => return (Some(index), says),
            (Inside::Nothing, '-') if next == Some('-') => inside = Inside::Line,
            (Inside::Nothing, '/') if next == Some('*') => {
                inside = Inside::Block;
                letters.next();
            }
            (Inside::Nothing, letter) => {
                says |= !letter.is_whitespace();
                if matches!(letter, '\'' | '"') {
                    inside = Inside::Quotes(letter);
                }
            }
            (Inside::Quotes(end), letter) if letter == *end => inside = Inside::Nothing,
            (Inside::Line, '\n') => inside = Inside::Nothing,
            (Inside::Block, '*') if next == Some('/') => {
                inside = Inside::Nothing;
                letters.next();
            }
            _ => {}
        }
    }
    // A comment that is not closed goes on.
    (None, says || inside == Inside::Block)
}

#[cfg(test)]
mod tests {
    use super::Statements;

    #[track_caller]
    fn check(lines: &[&str], expected: &[&str], rest: Option<&str>) {
        let mut statements = Statements::default();
        let complete: Vec<_> = lines
            .iter()
            .flat_map(|line| statements.push(line))
            .map(|statement| statement.text)
            .collect();
        assert_eq!(complete, expected);
        let finished = statements.finish().map(|statement| statement.text);
        assert_eq!(finished.as_deref(), rest);
    }

    #[test]
    fn statements_end_at_semicolons_outside_quotes_and_comments() {
        check(&["select 1; select 2;"], &["select 1", "select 2"], None);
        check(
            &["select 'a;b', \"c;d\"", "from t;"],
            &["select 'a;b', \"c;d\"\nfrom t"],
            None,
        );
        check(&["select 'it''s;'; x"], &["select 'it''s;'"], Some("x"));
        check(
            &["select 1 -- not; here", "+ 1;"],
            &["select 1 -- not; here\n+ 1"],
            None,
        );
        check(&[" ; ;", ""], &[], None);
        check(
            &["/* it's; */ select 1; -- done", ""],
            &["/* it's; */ select 1"],
            None,
        );
        check(&["/* a", "; b */", "select 1"], &[], Some("select 1"));
        check(&["select 1 - -1 / 2; /**/;"], &["select 1 - -1 / 2"], None);
    }

    #[test]
    fn a_statement_knows_the_lines_before_it() {
        let mut statements = Statements::default();
        let lines = [
            "",
            "select 1; select 2",
            "+ 2;",
            "",
            "select 3;",
            "select 4",
        ];
        let complete = lines.iter().flat_map(|line| statements.push(line));
        let mut before: Vec<usize> = complete.map(|statement| statement.before).collect();
        before.extend(statements.finish().map(|statement| statement.before));
        assert_eq!(before, [1, 1, 4, 5]);
    }
}
