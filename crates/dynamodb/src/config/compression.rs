//! The option `page_compression`.

use super::choice::choice;

/// Whether pages are asked for in gzip: `auto`, where the network is the limit; `always`; `never`. Default `auto`.
pub const PAGE_COMPRESSION: &str = "page_compression";

/// When pages are asked for compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PageCompression {
    /// Where the network turns out to be the limit, and as long as it helps.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl PageCompression {
    /// The choice that the option makes; a name that is none is added to the problems.
    pub(super) fn from_texts(
        text: &dyn Fn(&str) -> Option<String>,
        problems: &mut Vec<String>,
    ) -> Self {
        choice(
            text,
            PAGE_COMPRESSION,
            &[
                ("auto", Self::Auto),
                ("always", Self::Always),
                ("never", Self::Never),
            ],
            Self::default(),
            problems,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_have_names_in_any_case() {
        let mut problems = Vec::new();
        let named = ["auto", "Always", "NEVER", "gzip"]
            .map(|name| PageCompression::from_texts(&|_| Some(name.to_owned()), &mut problems));
        let expected = [
            PageCompression::Auto,
            PageCompression::Always,
            PageCompression::Never,
            PageCompression::Auto,
        ];
        assert_eq!(named, expected);
        assert_eq!(
            problems,
            ["the environment variable `page_compression` must be `auto`, `always` or `never`"]
        );
    }
}
