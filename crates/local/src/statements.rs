//! Parts typed lines into statements at each `;` that stands outside quotes and comments.

/// Collects lines until a statement is complete.
#[derive(Debug, Default)]
pub(crate) struct Statements {
    text: String,
}

impl Statements {
    /// Takes a line and gives the statements that it completes, without their `;`.
    pub(crate) fn push(&mut self, line: &str) -> Vec<String> {
        self.text.push_str(line);
        self.text.push('\n');
        let mut complete = Vec::new();
        while let Some(end) = end_of_first(&self.text) {
            let rest = self.text.split_off(end + 1);
            let statement = std::mem::replace(&mut self.text, rest);
            let statement = statement[..end].trim();
            if !statement.is_empty() {
                complete.push(statement.to_owned());
            }
        }
        if self.text.trim().is_empty() {
            self.text.clear();
        }
        complete
    }

    /// Whether a statement has been begun.
    pub(crate) fn is_begun(&self) -> bool {
        !self.text.is_empty()
    }

    /// The statement that the end of the input completes.
    pub(crate) fn finish(self) -> Option<String> {
        let rest = self.text.trim();
        (!rest.is_empty()).then(|| rest.to_owned())
    }
}

/// Where the first statement's `;` is.
fn end_of_first(text: &str) -> Option<usize> {
    let mut inside = None;
    let mut before = None;
    for (index, letter) in text.char_indices() {
        match (inside, letter) {
            (None, ';') => return Some(index),
            (None, '\'' | '"') => inside = Some(letter),
            (None, '-') if before == Some('-') => inside = Some('\n'),
            // A doubled quote closes and opens again.
            (Some(end), letter) if letter == end => inside = None,
            _ => {}
        }
        before = Some(letter);
    }
    None
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
            .collect();
        assert_eq!(complete, expected);
        assert_eq!(statements.finish().as_deref(), rest);
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
    }
}
