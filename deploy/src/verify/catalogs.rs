//! Data catalogs, what they lead to, and the role by which they are shared.

use crate::aws::{Account, AwsError};
use crate::resource::catalog;
use crate::settings::{Share, Style};
use crate::stack::Stack;
use crate::verify::link::Outcome;

/// Whether account A's catalog leads to the function.
pub(super) async fn own(stack: &Stack, a: &Account) -> Outcome {
    let read = catalog::read(a, &stack.settings.catalog).await;
    leads(stack, read, "apply")
}

/// Whether another account's catalog does.
pub(super) async fn shared(stack: &Stack, reader: Option<&Account>, share: &Share) -> Outcome {
    match reader {
        None => Outcome::skipped("neither credentials nor the role lead there"),
        Some(reader) => leads(stack, catalog::read(reader, &share.catalog).await, "share"),
    }
}

fn leads(stack: &Stack, read: Result<Option<catalog::Found>, AwsError>, command: &str) -> Outcome {
    let function = stack.function_arn().to_string();
    match read {
        Err(error) => Outcome::refused(&error),
        Ok(Some(is)) if is.parameters.get("function") == Some(&function) => {
            Outcome::Holds(function)
        }
        Ok(found) => Outcome::broken(
            found.map_or("it is not there", |_| "it leads elsewhere"),
            format!("run `{command}`"),
        ),
    }
}

/// Whether Athena reaches the function through a catalog with the asker's rights.
pub(super) async fn reaches(stack: &Stack, asker: &Account, name: &str) -> Outcome {
    let call = asker.athena.list_databases().catalog_name(name);
    let answer = call.max_results(1).send().await;
    let refused = asker.refused(
        "athena:ListDatabases",
        stack.catalog_arn(&asker.id, name).to_string(),
    );
    match answer.map_err(refused) {
        Ok(answer) => {
            let first = answer.database_list.unwrap_or_default();
            let first = first.into_iter().next().map(|database| database.name);
            Outcome::Holds(first.unwrap_or_else(|| "no databases".to_owned()))
        }
        Err(error) if asker.id == stack.account => Outcome::refused(&error),
        Err(error) if error.to_string().contains("lambda:InvokeFunction") => Outcome::broken(
            error.to_string(),
            "run `share` for the function's side; in the other account whoever asks needs the right too: `policy show analyst`",
        ),
        Err(error) => Outcome::refused(&error),
    }
}

/// Enters another account by its role for sharing.
pub(super) async fn assume(
    stack: &Stack,
    a: &Account,
    share: &Share,
) -> (Option<Account>, Outcome) {
    let role = stack.share_role_arn(share);
    match a.assuming(&role, share.external_id.as_deref()).await {
        Ok(guest) if guest.id == share.account => {
            let caller = guest.caller.clone();
            (Some(guest), Outcome::Holds(caller))
        }
        Ok(guest) => {
            let seen = format!("it leads into account {}", guest.id);
            let fix = "give the other account with `--account-b`";
            (None, Outcome::broken(seen, fix))
        }
        Err(error) => (None, Outcome::refused(&error)),
    }
}

/// Whether that role may do what it is there for, as far as that can be tried: to see the catalog is granted with making it.
pub(super) async fn role_sees(stack: &Stack, guest: Option<&Account>, share: &Share) -> Outcome {
    let Some(guest) = guest else {
        return Outcome::skipped("it cannot be assumed");
    };
    if stack.settings.style == Style::Seed {
        return Outcome::skipped("in the manual set-up it may only create");
    }
    match catalog::read(guest, &share.catalog).await {
        Ok(_) => Outcome::Holds(share.catalog.clone()),
        Err(error) => {
            let fix = format!(
                "run `share` with credentials of account {}, or have its administrator put the policy again",
                share.account
            );
            Outcome::broken(error.to_string(), fix)
        }
    }
}
