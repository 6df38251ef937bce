//! What is wrong with one value, apart from where in a document it stood.

/// A value that breaks the rules of its element.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// Not an AWS account id.
    #[error("an account id has 12 digits, got `{got}`")]
    AccountId {
        /// What was given.
        got: String,
    },
    /// Not an Amazon resource name.
    #[error("an ARN reads `arn:partition:service:region:account:resource`, got `{got}`")]
    Arn {
        /// What was given.
        got: String,
    },
    /// An empty resource.
    #[error("a resource is an ARN, a pattern over ARNs or `*`, got an empty text")]
    EmptyResource,
    /// Not an action name or pattern.
    #[error("an action reads `service:Name`, wildcards allowed, or is `*`, got `{got}`")]
    Action {
        /// What was given.
        got: String,
    },
    /// A pattern where one action is asked for.
    #[error("a request asks for one action, got the pattern `{got}`")]
    NotOneAction {
        /// What was given.
        got: String,
    },
    /// An ARN that cannot make requests.
    #[error("a caller is named by the ARN of {expected}, got `{got}`")]
    Caller {
        /// What belongs there.
        expected: &'static str,
        /// What was given.
        got: String,
    },
    /// Not a principal of the `AWS` kind.
    #[error("a principal is `*`, an account id, an ARN or a unique id, got `{got}`")]
    AwsPrincipal {
        /// What was given.
        got: String,
    },
    /// A kind of principal that IAM does not know.
    #[error(
        "a principal is of the kind `AWS`, `Service`, `Federated` or `CanonicalUser`, got `{got}`"
    )]
    PrincipalKind {
        /// What was given.
        got: String,
    },
    /// Not a condition operator.
    #[error("`{got}` is not a condition operator")]
    Operator {
        /// What was given.
        got: String,
    },
    /// An empty condition key.
    #[error("a condition key is a name such as `aws:SourceAccount`, got an empty text")]
    EmptyConditionKey,
    /// A statement id that not every service accepts.
    #[error("a statement id has letters and digits only, got `{got}`")]
    Sid {
        /// What was given.
        got: String,
    },
    /// A statement id that Lambda does not accept.
    #[error(
        "the statement id of a function has 1 to 100 letters, digits, `-` and `_`, got `{got}`"
    )]
    FunctionSid {
        /// What was given.
        got: String,
    },
    /// Neither `Allow` nor `Deny`.
    #[error("an effect is `Allow` or `Deny`, got `{got}`")]
    Effect {
        /// What was given.
        got: String,
    },
    /// A version of the policy language that does not exist.
    #[error("a policy version is `2008-10-17` or `2012-10-17`, got `{got}`")]
    Version {
        /// What was given.
        got: String,
    },
}
