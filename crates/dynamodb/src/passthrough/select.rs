//! What a SELECT statement says of itself.
//!
//! Only the forms that DynamoDB documents are understood: `SELECT list FROM table[.index] [WHERE …] [ORDER BY …]`. Whatever is written
//! in another way is sent to DynamoDB all the same, but nothing is said to be known of it.

use super::tokens::{Token, tokens};

/// What is known of a statement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Select {
    /// The one table that it reads, by name or ARN; `None` if that is not certain.
    pub table: Option<String>,
    /// The names of its columns, if all of them are plain attributes.
    pub columns: Option<Vec<String>>,
    /// Whether it reads a whole table or index, so that every item that is looked at is a row.
    pub unconditional: bool,
}

/// A statement that begins in another way than with SELECT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotSelect {
    /// The word that it begins with, if it is a short one.
    pub word: Option<String>,
}

impl Select {
    /// Reads a statement. Blanks and comments may stand in front; the words of PartiQL may have any case.
    ///
    /// # Errors
    /// [`NotSelect`] if its first word is another than SELECT.
    pub fn of(statement: &str) -> Result<Self, NotSelect> {
        let all = tokens(statement);
        let words: Vec<_> = all
            .iter()
            .skip_while(|token| **token == Token::Comment)
            .collect();
        match words.first() {
            Some(first) if is_word(first, "SELECT") => {}
            Some(Token::Word(word)) if word.len() <= LONGEST_VERB => {
                let word = Some(word.to_uppercase());
                return Err(NotSelect { word });
            }
            _ => return Err(NotSelect { word: None }),
        }
        // How DynamoDB reads comments within one another, or what stands between backticks, is not for us to guess.
        let unclear = |token: &Token<'_>| matches!(token, Token::Comment | Token::Other('`'));
        if all.iter().any(unclear) {
            return Ok(Self::default());
        }
        let mut froms = (1..words.len()).filter(|at| is_word(words[*at], "FROM"));
        let (Some(from), None) = (froms.next(), froms.next()) else {
            return Ok(Self::default());
        };
        let columns = columns(&words[1..from]);
        let mut rest = &words[from + 1..];
        if let [before @ .., Token::Other(';')] = rest {
            rest = before;
        }
        let Some((table, mut rest)) = rest.split_first() else {
            return Ok(Self::default());
        };
        if let [Token::Other('.'), index, behind @ ..] = rest
            && name(index).is_some()
        {
            rest = behind;
        }
        let conditions = match rest.first() {
            None => false,
            Some(word) if is_word(word, "WHERE") || is_word(word, "ORDER") => true,
            Some(_) => return Ok(Self::default()),
        };
        Ok(Self {
            unconditional: !conditions,
            table: name(table),
            columns,
        })
    }
}

/// The names of a list of plain names.
fn columns(list: &[&Token<'_>]) -> Option<Vec<String>> {
    list.split(|token| **token == Token::Other(','))
        .map(|column| match column {
            [column] => name(column),
            _ => None,
        })
        .collect()
}

fn name(token: &Token<'_>) -> Option<String> {
    match token {
        Token::Word(name) => Some((*name).to_owned()),
        Token::Name(name) => Some(name.clone().into_owned()),
        _ => None,
    }
}

fn is_word(token: &Token<'_>, expected: &str) -> bool {
    matches!(token, Token::Word(word) if word.eq_ignore_ascii_case(expected))
}

/// No verb of any SQL is longer; what is, may be a value that stands in the wrong place.
const LONGEST_VERB: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(statement: &str, table: Option<&str>, columns: Option<&[&str]>, unconditional: bool) {
        let expected = Select {
            table: table.map(str::to_owned),
            columns: columns.map(|names| names.iter().map(|&name| name.to_owned()).collect()),
            unconditional,
        };
        assert_eq!(Select::of(statement), Ok(expected), "{statement}");
    }

    #[test]
    fn table_columns_and_conditions_are_found() {
        check("SELECT * FROM orders", Some("orders"), None, true);
        check(
            "select id, \"Total Sum\" from \"Shop.Orders\";",
            Some("Shop.Orders"),
            Some(&["id", "Total Sum"]),
            true,
        );
        check(
            " \n Select id From \"orders\".\"by-day\" Where \"from\" = 'x FROM y' ORDER BY id",
            Some("orders"),
            Some(&["id"]),
            false,
        );
        check(
            "SELECT id, a.b, l[0] FROM orders WHERE id = 'a'",
            Some("orders"),
            None,
            false,
        );
        check("SELECT*FROM\"orders\"", Some("orders"), None, true);
    }

    #[test]
    fn nothing_is_known_of_what_could_be_read_in_two_ways() {
        for statement in [
            "SELECT * FROM a, b",
            "SELECT * FROM a JOIN b ON a.x = b.x",
            "SELECT * FROM a WHERE EXISTS(SELECT * FROM b)",
            "SELECT * FROM (SELECT * FROM b)",
            "SELECT * FROM a; DROP b",
            "SELECT * FROM a -- , b",
            "SELECT * /* FROM a */ FROM b",
            "-- FROM a\nSELECT * FROM b",
            "/* /* */ SELECT * FROM a WHERE \"*/ SELECT * FROM b\" = 1",
            "SELECT * FROM a WHERE x = `'` FROM b '`",
            "SELECT 1",
            "SELECT * FROM",
        ] {
            check(statement, None, None, false);
        }
        for statement in ["SELECT * FROM 'a'", "SELECT * FROM \"a"] {
            assert_eq!(Select::of(statement).unwrap().table, None, "{statement}");
        }
    }

    #[test]
    fn only_select_is_a_select() {
        for statement in ["SELECT 1", "\n\tselect 1", "-- no\n/* DELETE */SeLeCt 1"] {
            assert!(Select::of(statement).is_ok(), "{statement}");
        }
        for (statement, word) in [
            ("DELETE FROM a", Some("DELETE")),
            ("/* SELECT */ update a", Some("UPDATE")),
            ("SELECTED FROM a", Some("SELECTED")),
            ("EXISTS(SELECT * FROM a)", Some("EXISTS")),
            ("'SELECT'", None),
            ("(SELECT 1)", None),
            ("/* SELECT", None),
            ("averylongsecretvalue", None),
            ("", None),
        ] {
            let word = word.map(str::to_owned);
            assert_eq!(
                Select::of(statement),
                Err(NotSelect { word }),
                "{statement}"
            );
        }
    }
}
