//! Texts with wildcards and variables: `*` is any run, `?` one character, `${…}` a value of the request.

/// A text to match against, cut into what stands for itself and what stands for others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern(Vec<Token>);

/// Whether `*` and `?` stand for others or for themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wildcards {
    Apply,
    Literal,
}

/// What a variable's name leads to.
pub(crate) enum Lookup {
    Value(String),
    /// The request has no such key.
    Missing,
    /// The request's value is not known, or is not a single one.
    Unknown(String),
}

/// A text after its variables were replaced.
pub(crate) enum Expanded {
    Pattern(Pattern),
    /// A variable has no value in the request.
    NoValue,
    /// It cannot be said what a variable stands for, and why.
    Unknown(String),
}

impl Pattern {
    /// Cuts a text without variables.
    pub(crate) fn new(text: &str, wildcards: Wildcards) -> Self {
        Self(
            text.chars()
                .map(|char| Token::of(char, wildcards))
                .collect(),
        )
    }

    /// Cuts a text and replaces its variables. What a variable brings in stands for itself, wildcards included.
    pub(crate) fn expand(
        text: &str,
        wildcards: Wildcards,
        lookup: &dyn Fn(&str) -> Lookup,
    ) -> Expanded {
        let mut tokens = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find("${") {
            let Some(end) = rest[at..].find('}') else {
                return Expanded::Unknown(format!(
                    "`{rest}` opens a variable and does not close it"
                ));
            };
            tokens.extend(rest[..at].chars().map(|char| Token::of(char, wildcards)));
            let variable = &rest[at + 2..at + end];
            rest = &rest[at + end + 1..];
            match value_of(variable, lookup) {
                Lookup::Value(value) => tokens.extend(value.chars().map(Token::Char)),
                Lookup::Missing => return Expanded::NoValue,
                Lookup::Unknown(why) => return Expanded::Unknown(why),
            }
        }
        tokens.extend(rest.chars().map(|char| Token::of(char, wildcards)));
        Expanded::Pattern(Self(tokens))
    }

    /// The same pattern over lower-case letters.
    pub(crate) fn folded(self) -> Self {
        let fold = |token| match token {
            Token::Char(char) => Token::Char(char.to_ascii_lowercase()),
            other => other,
        };
        Self(self.0.into_iter().map(fold).collect())
    }

    /// Whether the whole text matches.
    pub(crate) fn matches(&self, text: &str) -> bool {
        self.covers(&Self::new(text, Wildcards::Literal))
    }

    /// Whether all that the other pattern matches is matched by this one.
    ///
    /// Never true where it should not be; `a*b*` over `a?b*` and its like may go unseen.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        // Falls back to the last `*` only: a run that an earlier one could take, the last one can take too. So the steps are
        // bounded by the product of the lengths.
        let (pattern, text) = (&self.0, &other.0);
        let (mut at, mut from) = (0, 0);
        let mut last_run: Option<(usize, usize)> = None;
        while from < text.len() {
            match pattern.get(at) {
                Some(Token::Run) => {
                    at += 1;
                    last_run = Some((at, from));
                }
                Some(token) if token.takes(text[from]) => {
                    at += 1;
                    from += 1;
                }
                _ => {
                    let Some((after, taken)) = last_run else {
                        return false;
                    };
                    last_run = Some((after, taken + 1));
                    (at, from) = (after, taken + 1);
                }
            }
        }
        pattern[at..].iter().all(|token| *token == Token::Run)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Char(char),
    /// `?`
    One,
    /// `*`
    Run,
}

impl Token {
    fn of(char: char, wildcards: Wildcards) -> Self {
        match char {
            '*' if wildcards == Wildcards::Apply => Self::Run,
            '?' if wildcards == Wildcards::Apply => Self::One,
            char => Self::Char(char),
        }
    }

    fn takes(self, other: Self) -> bool {
        match self {
            Self::Char(_) => self == other,
            Self::One => other != Self::Run,
            Self::Run => true,
        }
    }
}

/// The value of what stands between `${` and `}`: an escaped sign, a key, or a key with a default.
fn value_of(variable: &str, lookup: &dyn Fn(&str) -> Lookup) -> Lookup {
    if matches!(variable, "*" | "?" | "$") {
        return Lookup::Value(variable.to_owned());
    }
    let (name, default) = match variable.split_once(',') {
        None => (variable.trim(), None),
        Some((name, default)) => {
            let quoted = default.trim().strip_prefix('\'');
            match quoted.and_then(|quoted| quoted.strip_suffix('\'')) {
                Some(default) => (name.trim(), Some(default)),
                None => {
                    return Lookup::Unknown(format!(
                        "the default of the variable `${{{variable}}}` must stand in single quotes"
                    ));
                }
            }
        }
    };
    if !name.contains(':') {
        return Lookup::Unknown(format!("`${{{variable}}}` is not a policy variable"));
    }
    match (lookup(name), default) {
        (Lookup::Missing, Some(default)) => Lookup::Value(default.to_owned()),
        (found, _) => found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn matches(pattern: &str, text: &str) -> bool {
        Pattern::new(pattern, Wildcards::Apply).matches(text)
    }

    #[track_caller]
    fn expands(text: &str, matched: &str, expected: bool) {
        let lookup = |name: &str| match name {
            "aws:username" => Lookup::Value("a*".to_owned()),
            "aws:CalledVia" => Lookup::Unknown("several".to_owned()),
            _ => Lookup::Missing,
        };
        let got = match Pattern::expand(text, Wildcards::Apply, &lookup) {
            Expanded::Pattern(pattern) => pattern.matches(matched),
            Expanded::NoValue | Expanded::Unknown(_) => false,
        };
        assert_eq!(got, expected, "{text} on {matched}");
    }

    #[test]
    fn a_run_goes_over_slashes_and_colons_and_a_question_mark_is_one_character() {
        assert!(matches("arn:aws:s3:::b/*", "arn:aws:s3:::b/x/y:z"));
        assert!(matches("s3:Get?bject", "s3:GetObject"));
        assert!(matches("?", "é"));
        assert!(!matches("?", ""));
        assert!(!matches("b/*", "b"));
        assert!(matches("*", ""));
    }

    #[test]
    fn what_a_variable_brings_in_is_no_wildcard() {
        expands("home/${aws:username}/*", "home/a*/x", true);
        expands("home/${aws:username}/*", "home/ab/x", false);
        expands("${*}${?}${$}", "*?$", true);
        expands("${*}", "x", false);
        expands("${aws:Missing}", "", false);
        expands("${aws:Missing, 'd*'}*", "d*e", true);
        expands("${aws:Missing, 'd*'}*", "dd", false);
        expands("${aws:CalledVia}", "several", false);
        expands("${username}", "", false);
        expands("${aws:username", "a*", false);
    }

    #[test]
    fn many_runs_over_a_long_text_end_soon() {
        // Trying every way to share the text among the runs would take longer than the universe has.
        let pattern = format!("{}b", "*a".repeat(100));
        assert!(!matches(&pattern, &"a".repeat(10_000)));
    }

    #[test]
    fn a_pattern_covers_only_what_it_matches_whole() {
        let covers = |outer: &str, inner: &str| {
            Pattern::new(outer, Wildcards::Apply).covers(&Pattern::new(inner, Wildcards::Apply))
        };
        assert!(covers("s3:*", "s3:Get*"));
        assert!(covers("*", "s3:?"));
        assert!(!covers("s3:?", "s3:*"));
        assert!(!covers("s3:Get*", "s3:*"));
    }

    /// Tries every length for every run.
    fn plain(pattern: &[char], text: &[char]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some(('*', rest)) => (0..=text.len()).any(|length| plain(rest, &text[length..])),
            Some((first, rest)) => text
                .split_first()
                .is_some_and(|(char, text)| (*first == '?' || first == char) && plain(rest, text)),
        }
    }

    proptest! {
        #[test]
        fn matching_agrees_with_trying_everything(pattern in "[ab*?]{0,8}", text in "[ab]{0,10}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(matches(&pattern, &text), plain(&chars(&pattern), &chars(&text)));
        }

        #[test]
        fn what_a_covered_pattern_matches_the_covering_one_matches(outer in "[ab*?]{0,5}", inner in "[ab*?]{0,5}", text in "[ab]{0,6}") {
            let cut = |text: &str| Pattern::new(text, Wildcards::Apply);
            if cut(&outer).covers(&cut(&inner)) && cut(&inner).matches(&text) {
                prop_assert!(cut(&outer).matches(&text));
            }
        }
    }
}
