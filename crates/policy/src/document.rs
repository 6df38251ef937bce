//! A whole policy document.

use crate::error::ValueError;
use crate::statement::Statement;

/// A policy document: statements in order, under a version of the language.
///
/// `==` takes the statements as a set and a missing version as 2008-10-17. Whether two documents grant the same apart from
/// the version is [`Document::same_statements`].
#[derive(Debug, Clone, Default)]
pub struct Document {
    /// The version as written, if any.
    pub version: Option<Version>,
    /// The document's own id, which services write and nothing reads.
    pub id: Option<String>,
    /// The statements, in the order in which they are printed.
    pub statements: Vec<Statement>,
}

impl Document {
    /// A document in the current language, without an id.
    pub fn new(statements: impl IntoIterator<Item = Statement>) -> Self {
        Self {
            version: Some(Version::V2012),
            id: None,
            statements: statements.into_iter().collect(),
        }
    }

    /// The version that AWS applies: 2008-10-17 unless the document says otherwise.
    pub fn effective_version(&self) -> Version {
        self.version.unwrap_or(Version::V2008)
    }

    /// Whether both documents hold the same statements, in any order and number.
    ///
    /// A version that differs decides only whether `${…}` is a variable or plain text; it is worth a note, not a change.
    pub fn same_statements(&self, other: &Self) -> bool {
        let contains_all = |outer: &Self, inner: &Self| {
            inner
                .statements
                .iter()
                .all(|statement| outer.statements.contains(statement))
        };
        contains_all(self, other) && contains_all(other, self)
    }
}

impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        self.effective_version() == other.effective_version()
            && self.id == other.id
            && self.same_statements(other)
    }
}

impl Eq for Document {}

/// A version of the policy language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// `2008-10-17`, in which `${…}` is plain text.
    V2008,
    /// `2012-10-17`, which has variables.
    V2012,
}

impl Version {
    /// Reads one of the two dates.
    ///
    /// # Errors
    /// [`ValueError::Version`] for anything else.
    pub fn new(text: &str) -> Result<Self, ValueError> {
        match text {
            "2008-10-17" => Ok(Self::V2008),
            "2012-10-17" => Ok(Self::V2012),
            _ => Err(ValueError::Version {
                got: text.to_owned(),
            }),
        }
    }

    /// The date.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V2008 => "2008-10-17",
            Self::V2012 => "2012-10-17",
        }
    }
}
