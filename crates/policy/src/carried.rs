//! What each statement is there for: which accesses hold only because of it.

use crate::access::{Content, Estate, StatementRef};
use crate::matrix::Access;

/// A statement with the accesses that it carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// The statement.
    pub statement: StatementRef,
    /// The names of the accesses that hold with it and not without it. Of a `Deny` these are accesses that should be
    /// denied. Empty of a statement that none of them needs, be it that another one does the same.
    pub accesses: Vec<String>,
}

/// Takes away one statement after the other and asks which of the accesses no longer hold.
///
/// Accesses that do not hold with all statements are left out: nothing carries them. The cost is one decision for each pair
/// of statement and access.
pub fn carried(estate: &Estate, accesses: &[Access]) -> Vec<Carried> {
    let holding: Vec<&Access> = accesses
        .iter()
        .filter(|access| access.holds_in(estate))
        .collect();
    let mut all = Vec::new();
    for (policy, attached) in estate.policies.iter().enumerate() {
        for statement in StatementRef::all_of(attached) {
            let mut without = estate.clone();
            if let Content::Known(document) = &mut without.policies[policy].content {
                document.statements.remove(statement.index);
            }
            let broken = holding.iter().filter(|access| !access.holds_in(&without));
            all.push(Carried {
                accesses: broken.map(|access| access.name.clone()).collect(),
                statement,
            });
        }
    }
    all
}
