//! The little XML that the query protocol and S3 need: elements with text, and the texts of elements of one name.

use std::fmt::Display;

/// An element around content that is XML already.
pub(super) fn element(name: &str, content: impl Display) -> String {
    format!("<{name}>{content}</{name}>")
}

/// An element around text.
pub(super) fn text(name: &str, text: &str) -> String {
    element(name, escape(text))
}

/// An element around a list, `<member>` by `<member>`.
pub(super) fn members(name: &str, members: impl IntoIterator<Item = String>) -> String {
    let members: String = members
        .into_iter()
        .map(|member| element("member", member))
        .collect();
    element(name, members)
}

/// `text` as content of an element.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// The texts of all elements of that name, wherever they stand.
pub(super) fn texts_of(document: &str, name: &str) -> Vec<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let mut rest = document;
    let mut texts = Vec::new();
    while let Some((_, after)) = rest.split_once(&open) {
        let Some((text, after)) = after.split_once(&close) else {
            break;
        };
        texts.push(unescape(text));
        rest = after;
    }
    texts
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::{members, text, texts_of};

    #[test]
    fn texts_come_back_as_they_were_put_in() {
        let list = members("Keys", [text("Key", "a&b<c>"), text("Key", "&amp;")]);
        assert_eq!(texts_of(&list, "Key"), ["a&b<c>", "&amp;"]);
        assert_eq!(texts_of(&list, "Value"), Vec::<String>::new());
    }
}
