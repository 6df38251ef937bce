//! Who of other accounts may invoke the function: statements of the function's policy.

use iam_policy_kit::check::PolicyKind;
use iam_policy_kit::{AccountId, AwsPrincipal, Document, Scope, Sid, Statement};

use crate::aws::{Account, AwsError, OrAbsent as _};
use crate::change::{Change, document};
use crate::documents::{INVOKE, invoke_statement};
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
