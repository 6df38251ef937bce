//! The name that was probably meant.

/// The name nearest to `wrong`, if one is near enough to have been meant.
pub(crate) fn nearest<'a>(wrong: &str, names: &'a [String]) -> Option<&'a str> {
    let wrong: Vec<char> = wrong.to_lowercase().chars().collect();
    let near = names.iter().map(|name| {
        (
            distance(&wrong, &name.to_lowercase().chars().collect::<Vec<_>>()),
            name,
        )
    });
    // Of what was written something has to be left.
    let near =
        near.filter(|(distance, _)| *distance <= 1 + wrong.len() / 4 && *distance < wrong.len());
    near.min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name.as_str())
}

/// How many letters have to be put in, taken out or changed to get from one word to the other.
fn distance(from: &[char], to: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, b) in to.iter().enumerate() {
            let changed = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[track_caller]
    fn check(wrong: &str, expected: Option<&str>) {
        let names = ["customers", "orders", "products"].map(str::to_owned);
        assert_eq!(nearest(wrong, &names), expected, "{wrong}");
    }

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        check("order", Some("orders"));
        check("oders", Some("orders"));
        check("Custmoers", Some("customers"));
        check("product", Some("products"));
        check("invoices", None);
        check("", None);
        check("o", None);
    }
}
