//! Patterns of LIKE.

use arrow::array::{Array, StringArray};
use arrow::buffer::BooleanBuffer;

/// A pattern in which `%` stands for any text and `_` for any one character; compared by character, with case.
#[derive(Clone, PartialEq, Eq)]
pub struct LikePattern(Vec<Token>);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Token {
    Char(char),
    One,
    Many,
}

impl LikePattern {
    /// Reads a pattern; `None` if the escape character stands before something that it cannot escape.
    pub fn new(pattern: &str, escape: Option<char>) -> Option<Self> {
        let mut tokens = Vec::new();
        let mut chars = pattern.chars();
        while let Some(char) = chars.next() {
            let token = if Some(char) == escape {
                let escaped = chars.next()?;
                if escaped != '%' && escaped != '_' && Some(escaped) != escape {
                    return None;
                }
                Token::Char(escaped)
            } else {
                match char {
                    '%' => Token::Many,
                    '_' => Token::One,
                    other => Token::Char(other),
                }
            };
            if token != Token::Many || tokens.last() != Some(&Token::Many) {
                tokens.push(token);
            }
        }
        Some(Self(tokens))
    }

    /// The text that everything that matches begins with.
    pub fn prefix(&self) -> String {
        let chars = self.0.iter().map_while(|token| match token {
            Token::Char(char) => Some(*char),
            _ => None,
        });
        chars.collect()
    }

    /// Whether the pattern is a text without wildcards.
    pub fn is_literal(&self) -> bool {
        self.0.iter().all(|token| matches!(token, Token::Char(_)))
    }

    /// Whether `text` matches, in at most as many steps as both lengths multiplied.
    pub fn matches(&self, text: &str) -> bool {
        let (mut token, mut rest) = (0, text.chars());
        // Where to go on if what follows the last `%` does not match: one character later.
        let mut retry: Option<(usize, std::str::Chars<'_>)> = None;
        loop {
            let fits = match (self.0.get(token), rest.as_str().chars().next()) {
                (None, None) => return true,
                (Some(Token::Many), _) => {
                    token += 1;
                    retry = Some((token, rest.clone()));
                    continue;
                }
                (Some(Token::One), Some(_)) => true,
                (Some(Token::Char(wanted)), Some(found)) => *wanted == found,
                _ => false,
            };
            if fits {
                token += 1;
                rest.next();
                continue;
            }
            match &mut retry {
                None => return false,
                Some((after, from)) => {
                    if from.next().is_none() {
                        return false;
                    }
                    (token, rest) = (*after, from.clone());
                }
            }
        }
    }

    /// A bit per row: whether it matches. Null does not, nor does it if `negated`.
    pub(super) fn matching(&self, column: &StringArray, negated: bool) -> BooleanBuffer {
        BooleanBuffer::collect_bool(column.len(), |row| {
            column.is_valid(row) && self.matches(column.value(row)) != negated
        })
    }
}

/// Shows the length of the pattern, not the pattern.
impl std::fmt::Debug for LikePattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LikePattern({} characters)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, text: &str, matches: bool) {
        let read = LikePattern::new(pattern, Some('\\')).unwrap();
        assert_eq!(read.matches(text), matches, "{text} like {pattern}");
    }

    #[test]
    fn wildcards_stand_for_text_and_for_one_character() {
        for (pattern, text, matches) in [
            ("", "", true),
            ("", "a", false),
            ("%", "", true),
            ("ab%", "ab", true),
            ("ab%", "abc", true),
            ("ab%", "xab", false),
            ("%ab", "xxabab", true),
            ("a%b%c", "a1b2b3c", true),
            ("a%b%c", "a1c2b3", false),
            ("_", "😀", true),
            ("_", "", false),
            ("__", "é", false),
            ("%%_", "x", true),
            ("a\\%b", "a%b", true),
            ("a\\%b", "axb", false),
            ("a\\\\%", "a\\z", true),
            ("%\u{e000}_", "x\u{e000}😀", true),
        ] {
            check(pattern, text, matches);
        }
        assert!(LikePattern::new("a\\b", Some('\\')).is_none());
        assert!(LikePattern::new("a\\", Some('\\')).is_none());
        assert!(LikePattern::new("a\\b", None).unwrap().is_literal());
    }

    #[test]
    fn a_prefix_ends_before_the_first_wildcard() {
        let prefix = |pattern: &str| LikePattern::new(pattern, None).unwrap().prefix();
        assert_eq!(prefix("ab%c"), "ab");
        assert_eq!(prefix("_b"), "");
        assert_eq!(prefix("abc"), "abc");
    }

    #[test]
    fn many_wildcards_do_not_take_for_ever() {
        let pattern = LikePattern::new(&"a%".repeat(200), None).unwrap();
        assert!(!pattern.matches(&"b".repeat(100_000)));
        assert!(pattern.matches(&"a".repeat(100_000)));
        let pattern = LikePattern::new(&format!("%{}b", "a".repeat(100)), None).unwrap();
        assert!(!pattern.matches(&"a".repeat(20_000)));
    }
}
