//! Who of other accounts may invoke the function: statements of the function's policy.

use iam_policy_kit::check::PolicyKind;
use iam_policy_kit::{AccountId, AwsPrincipal, Document, Scope, Sid, Statement};

use crate::aws::{Account, AwsError, OrAbsent as _};
use crate::change::{Change, document};
use crate::documents::{INVOKE, invoke_statement};
use crate::resource::function::states::until_ready;
use crate::resource::role::gone;
use crate::stack::Stack;

/// A write call on the function's policy. Lambda loses statements of calls side by side: one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Call {
    Add {
        function: String,
        id: String,
        account: AccountId,
    },
    Remove {
        function: String,
        id: String,
    },
}

/// Reads the function's policy.
///
/// # Errors
/// What Lambda answers, but for "no policy".
pub(crate) async fn read(account: &Account, function: &str) -> Result<Option<String>, AwsError> {
    let got = account
        .lambda
        .get_policy()
        .function_name(function)
        .send()
        .await;
    let got = got
        .map_err(account.refused("lambda:GetPolicy", function))
        .or_absent()?;
    Ok(got.and_then(|got| got.policy))
}

/// What has to be done for each of these accounts to be able to invoke.
pub(crate) fn plan(stack: &Stack, found: Option<&str>, accounts: &[AccountId]) -> Change<Call> {
    let function = &stack.settings.function;
    let mut change = Change::new(&stack.account, "function permission", function);
    let before = document(found);
    let mut after = before.clone();
    for account in accounts {
        let ids = [INVOKE.to_owned(), format!("{INVOKE}-{account}")];
        let is_there = |id: &String| {
            let wanted = invoke_statement(stack, account, id);
            after.statements.contains(&wanted)
        };
        if ids.iter().any(is_there) {
            continue;
        }
        let [first, own] = ids;
        // The short id is the first account's. One with it that grants some account something else has drifted.
        let id = match find(&after, &first) {
            Some(statement) if grants_other(stack, statement, account) => own,
            _ => first,
        };
        if find(&after, &id).is_some() {
            change.update(Call::Remove {
                function: function.clone(),
                id: id.clone(),
            });
            after.statements.retain(|statement| !has_id(statement, &id));
        }
        after.statements.push(invoke_statement(stack, account, &id));
        change.update(Call::Add {
            function: function.clone(),
            id,
            account: account.clone(),
        });
    }
    change.policy("policy", &before, &after);
    change.size("policy", &after, PolicyKind::Function);
    change
}

/// What has to be done for none of these accounts to be able to invoke by our statements.
pub(crate) fn plan_removal(
    stack: &Stack,
    found: Option<&str>,
    accounts: &[AccountId],
) -> Change<Call> {
    let function = &stack.settings.function;
    let mut change = Change::new(&stack.account, "function permission", function);
    let before = document(found);
    let mut after = before.clone();
    for account in accounts {
        let own = format!("{INVOKE}-{account}");
        let goes = |statement: &Statement| {
            has_id(statement, &own)
                || (has_id(statement, INVOKE)
                    && statement.principal == invoke_statement(stack, account, INVOKE).principal)
        };
        for statement in before.statements.iter().filter(|statement| goes(statement)) {
            let id = statement
                .sid
                .as_ref()
                .map(Sid::to_string)
                .unwrap_or_default();
            change.update(Call::Remove {
                function: function.clone(),
                id,
            });
        }
        after.statements.retain(|statement| !goes(statement));
    }
    change.policy("policy", &before, &after);
    change
}

/// The accounts that may invoke by statements of ours.
pub(crate) fn accounts(stack: &Stack, found: Option<&str>) -> Vec<AccountId> {
    let statements = document(found).statements;
    let ours = statements.iter().filter_map(|statement| {
        let id = statement.sid.as_ref()?.as_str();
        let mut candidates = principals(statement);
        candidates.retain(|account| id == INVOKE || *id == format!("{INVOKE}-{account}"));
        candidates.retain(|account| *statement == invoke_statement(stack, account, id));
        candidates.into_iter().next()
    });
    ours.collect()
}

fn principals(statement: &Statement) -> Vec<AccountId> {
    let Some(Scope::Only(principal)) = &statement.principal else {
        return Vec::new();
    };
    let accounts = principal
        .aws
        .iter()
        .filter_map(|principal| match principal {
            AwsPrincipal::Account { id, .. } => Some(id.clone()),
            _ => None,
        });
    accounts.collect()
}

fn grants_other(stack: &Stack, statement: &Statement, account: &AccountId) -> bool {
    let id = statement
        .sid
        .as_ref()
        .map(Sid::to_string)
        .unwrap_or_default();
    let others = principals(statement);
    let mut others = others.iter().filter(|other| *other != account);
    others.any(|other| *statement == invoke_statement(stack, other, &id))
}

fn find<'a>(policy: &'a Document, id: &str) -> Option<&'a Statement> {
    policy
        .statements
        .iter()
        .find(|statement| has_id(statement, id))
}

fn has_id(statement: &Statement, id: &str) -> bool {
    statement.sid.as_ref().is_some_and(|sid| sid.as_str() == id)
}

impl Call {
    /// What is done, in a few words.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Add {
                function, account, ..
            } => {
                format!("let account {account} invoke function {function}")
            }
            Self::Remove { function, id } => {
                format!("remove permission {id} of function {function}")
            }
        }
    }

    /// Makes the call.
    ///
    /// # Errors
    /// What Lambda answers, but for what is gone already.
    pub(crate) async fn run(&self, account: &Account) -> Result<(), AwsError> {
        match self {
            Self::Add {
                function,
                id,
                account: to,
            } => {
                // An earlier run may have been cut off right after it made the function.
                until_ready(account, function).await?;
                let call = account
                    .lambda
                    .add_permission()
                    .function_name(function)
                    .statement_id(id)
                    .action("lambda:InvokeFunction")
                    .principal(to.as_str());
                let done = call.send().await.map(drop);
                done.map_err(account.refused("lambda:AddPermission", function))
            }
            Self::Remove { function, id } => {
                let call = account.lambda.remove_permission().function_name(function);
                let done = call.statement_id(id).send().await.map(drop);
                gone(done.map_err(account.refused("lambda:RemovePermission", function)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack() -> Stack {
        Stack::of_file("[connector]\nspill-bucket = \"spill\"\nfunction = \"fn\"")
    }

    fn account(digit: u8) -> AccountId {
        AccountId::new(digit.to_string().repeat(12)).unwrap()
    }

    /// A policy with these statements: id, principal, action.
    fn policy(statements: &[(&str, &str, &str)]) -> String {
        let statement = |(id, principal, action): &(&str, &str, &str)| {
            format!(
                r#"{{"Sid": "{id}", "Effect": "Allow", "Principal": {{"AWS": "{principal}"}}, "Action": "{action}",
                    "Resource": "arn:aws:lambda:us-east-1:111111111111:function:fn"}}"#
            )
        };
        let statements: Vec<String> = statements.iter().map(statement).collect();
        format!(
            r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#,
            statements.join(",")
        )
    }

    fn ids(change: &Change<Call>) -> Vec<String> {
        let id = |call: &Call| match call {
            Call::Add { id, .. } => format!("+{id}"),
            Call::Remove { id, .. } => format!("-{id}"),
        };
        change.calls.iter().map(id).collect()
    }

    const INVOKES: &str = "lambda:InvokeFunction";

    #[test]
    fn the_first_account_has_the_short_id_and_further_ones_their_own() {
        let change = plan(&stack(), None, &[account(2), account(3)]);
        let expected = [
            "+athena-cross-account-access",
            "+athena-cross-account-access-333333333333",
        ];
        assert_eq!(ids(&change), expected);
    }

    #[test]
    fn an_account_is_there_by_its_digits_and_by_its_arn() {
        for principal in ["222222222222", "arn:aws:iam::222222222222:root"] {
            for id in [INVOKE, "athena-cross-account-access-222222222222"] {
                let found = policy(&[(id, principal, INVOKES)]);
                assert_eq!(ids(&plan(&stack(), Some(&found), &[account(2)])), [""; 0]);
                assert_eq!(accounts(&stack(), Some(&found)), [account(2)]);
            }
        }
    }

    #[test]
    fn a_statement_that_has_drifted_is_replaced_and_one_of_another_account_is_not() {
        let drifted = policy(&[(INVOKE, "222222222222", "lambda:*")]);
        let change = plan(&stack(), Some(&drifted), &[account(2)]);
        assert_eq!(
            ids(&change),
            [
                "-athena-cross-account-access",
                "+athena-cross-account-access"
            ]
        );
        let others = policy(&[(INVOKE, "333333333333", INVOKES)]);
        let change = plan(&stack(), Some(&others), &[account(2)]);
        assert_eq!(ids(&change), ["+athena-cross-account-access-222222222222"]);
        // What was left of a deleted role matches nobody and makes way.
        let deleted = policy(&[(INVOKE, "AROAEXAMPLEEXAMPLE01", INVOKES)]);
        let change = plan(&stack(), Some(&deleted), &[account(2)]);
        assert_eq!(change.calls.len(), 2, "{change:?}");
    }

    #[test]
    fn who_leaves_takes_only_its_own_statements_along() {
        let found = policy(&[
            (INVOKE, "222222222222", INVOKES),
            (
                "athena-cross-account-access-333333333333",
                "333333333333",
                INVOKES,
            ),
            ("theirs", "222222222222", INVOKES),
        ]);
        let change = plan_removal(&stack(), Some(&found), &[account(2)]);
        assert_eq!(ids(&change), ["-athena-cross-account-access"]);
        let change = plan_removal(&stack(), Some(&found), &[account(3)]);
        assert_eq!(ids(&change), ["-athena-cross-account-access-333333333333"]);
    }
}
