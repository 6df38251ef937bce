//! Action names and patterns.

use crate::caseless::Caseless;
use crate::error::ValueError;
use crate::pattern::{Pattern, Wildcards};

/// What a statement's `Action` or `NotAction` names: `service:Name`, in which `*` and `?` are wildcards, or `*` alone.
///
/// AWS ignores the case of actions, and so does `==`; the spelling is kept for printing.
///
/// ```
/// use iam_policy_kit::Action;
/// assert_eq!(Action::new("s3:GetObject")?, Action::new("S3:getobject")?);
/// # Ok::<(), iam_policy_kit::ValueError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Action(Caseless);

impl Action {
    /// Takes `*`, or a service and a name of letters, digits, `-` (services only) and wildcards.
    ///
    /// # Errors
    /// [`ValueError::Action`] for anything else.
    pub fn new(text: impl Into<String>) -> Result<Self, ValueError> {
        let text = text.into();
        let wildcard = |byte: u8| byte == b'*' || byte == b'?';
        let valid = text == "*"
            || text.split_once(':').is_some_and(|(service, name)| {
                let service_byte =
                    |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || wildcard(byte);
                let name_byte = |byte: u8| byte.is_ascii_alphanumeric() || wildcard(byte);
                !service.is_empty()
                    && !name.is_empty()
                    && service.bytes().all(service_byte)
                    && name.bytes().all(name_byte)
            });
        if valid {
            Ok(Self(Caseless::new(text)))
        } else {
            Err(ValueError::Action { got: text })
        }
    }

    /// The action as written.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether the pattern takes in the action of that name.
    pub fn matches(&self, name: &str) -> bool {
        let pattern = Pattern::new(self.as_str(), Wildcards::Apply).folded();
        pattern.matches(&name.to_ascii_lowercase())
    }
}
