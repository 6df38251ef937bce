//! The tokens of PartiQL, as far as tables and columns are concerned.

use std::borrow::Cow;

/// A piece of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A keyword or a bare name.
    Word(&'a str),
    /// A name in double quotes, without them.
    Name(Cow<'a, str>),
    /// A value in single quotes.
    Text,
    /// From `--` to the end of the line, or between `/*` and `*/`.
    Comment,
    /// Anything else; also a quote or comment that is never closed.
    Other(char),
}

/// The tokens of `statement` without blanks.
pub(super) fn tokens(statement: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = statement.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '\'' => quoted(rest, '\'').map(|(_, length)| (Token::Text, length)),
            '"' => quoted(rest, '"').map(|(name, length)| (Token::Name(name), length)),
            '-' if rest.starts_with("--") => {
                Some((Token::Comment, rest.find('\n').unwrap_or(rest.len())))
            }
            '/' if rest.starts_with("/*") => {
                let end = rest[2..].find("*/");
                end.map(|end| (Token::Comment, end + 4))
            }
            'a'..='z' | 'A'..='Z' | '_' => {
                let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$');
                let length = rest.find(|c| !part(c)).unwrap_or(rest.len());
                Some((Token::Word(&rest[..length]), length))
            }
            _ => None,
        }
        .unwrap_or((Token::Other(first), first.len_utf8()));
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    tokens
}

/// What stands between quotes at the start of `text`, and the length with them. A quote within is written twice.
fn quoted(text: &str, quote: char) -> Option<(Cow<'_, str>, usize)> {
    let mut end = 1;
    loop {
        end += text[end..].find(quote)?;
        if !text[end + 1..].starts_with(quote) {
            break;
        }
        end += 2;
    }
    let inner = &text[1..end];
    let twice = [quote, quote].iter().collect::<String>();
    let name = if inner.contains(&twice) {
        Cow::Owned(inner.replace(&twice, &quote.to_string()))
    } else {
        Cow::Borrowed(inner)
    };
    Some((name, end + 1))
}

#[cfg(test)]
mod tests {
    use super::Token::{Comment, Name, Other, Text, Word};
    use super::*;

    #[test]
    fn quotes_and_comments_keep_what_is_within_to_themselves() {
        assert_eq!(
            tokens("a 'it''s \"x\" -- ' \"say \"\"hi\"\"\"/* 'b' */-- c\n;7"),
            [
                Word("a"),
                Text,
                Name("say \"hi\"".into()),
                Comment,
                Comment,
                Other(';'),
                Other('7')
            ]
        );
    }

    #[test]
    fn what_is_never_closed_is_no_quote() {
        for text in ["'a", "\"a", "/* a", "'a''"] {
            assert!(matches!(tokens(text)[0], Other(_)), "{text}");
        }
    }
}
