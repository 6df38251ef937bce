//! Options that are one of a few words.

/// What the option `name` chooses of `choices`, in any case; `default` if it is not set. A word that is none of them is added to the
/// problems.
pub(super) fn choice<T: Copy>(
    text: &dyn Fn(&str) -> Option<String>,
    name: &str,
    choices: &[(&str, T)],
    default: T,
    problems: &mut Vec<String>,
) -> T {
    let Some(word) = text(name) else {
        return default;
    };
    let named = choices
        .iter()
        .find(|(choice, _)| choice.eq_ignore_ascii_case(&word));
    if let Some((_, choice)) = named {
        return *choice;
    }
    let words: Vec<String> = choices
        .iter()
        .map(|(word, _)| format!("`{word}`"))
        .collect();
    let expected = match &words[..] {
        [before @ .., last] if !before.is_empty() => format!("{} or {last}", before.join(", ")),
        words => words.concat(),
    };
    problems.push(format!(
        "the environment variable `{name}` must be {expected}"
    ));
    default
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_taken_in_any_case_and_others_are_told_what_there_is() {
        let choices = [("one", 1), ("two", 2), ("three", 3)];
        let mut problems = Vec::new();
        let mut chosen = |word: Option<&str>, choices: &[(&str, i32)]| {
            let text = |_: &str| word.map(str::to_owned);
            choice(&text, "number", choices, 7, &mut problems)
        };
        assert_eq!(chosen(Some("Two"), &choices), 2);
        assert_eq!(chosen(None, &choices), 7);
        assert_eq!(chosen(Some("four"), &choices), 7);
        assert_eq!(chosen(Some("four"), &choices[..2]), 7);
        assert_eq!(
            problems,
            [
                "the environment variable `number` must be `one`, `two` or `three`",
                "the environment variable `number` must be `one` or `two`",
            ]
        );
    }
}
