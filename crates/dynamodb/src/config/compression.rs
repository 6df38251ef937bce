//! The option `page_compression`.

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
        let Some(name) = text(PAGE_COMPRESSION) else {
            return Self::default();
        };
        Self::of_name(&name).unwrap_or_else(|| {
            problems.push(format!(
                "the environment variable `{PAGE_COMPRESSION}` must be `auto`, `always` or `never`"
            ));
            Self::default()
        })
    }

    /// The choice of this name, in any case.
    pub fn of_name(name: &str) -> Option<Self> {
        let choices = [
            ("auto", Self::Auto),
            ("always", Self::Always),
            ("never", Self::Never),
        ];
        let named = choices
            .into_iter()
            .find(|(choice, _)| choice.eq_ignore_ascii_case(name));
        named.map(|(_, choice)| choice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_have_names_in_any_case() {
        let named = ["auto", "Always", "NEVER", "gzip"].map(PageCompression::of_name);
        let expected = [
            Some(PageCompression::Auto),
            Some(PageCompression::Always),
            Some(PageCompression::Never),
            None,
        ];
        assert_eq!(named, expected);
    }
}
