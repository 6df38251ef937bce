//! The commands that look at accounts and change them.

use std::io::Write;
use std::path::Path;

use serde_json::json;

use crate::access;
use crate::aws::{Refusal, is_loopback};
use crate::change::Verb;
use crate::converge::converge;
use crate::handout;
use crate::plan::{Accounts, Call, Found, Goal, Plan, Reach};
use crate::print::Printer;
use crate::report;
use crate::rights::{self, Rights};
use crate::saved;
use crate::session::Failure;
use crate::settings::Share;
use crate::stack::Stack;
use crate::verify::{self, Outcome};

/// How a command goes about it.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own"
)]
pub(crate) struct Manner<'a> {
    pub(crate) json: bool,
    pub(crate) yes: bool,
    pub(crate) dry_run: bool,
    /// Whether calls are made although rights to them seem to be missing.
    pub(crate) unchecked: bool,
    /// The text of a plan that was agreed upon.
    pub(crate) saved: Option<&'a str>,
    /// Asks a person; `None` where there is none.
    pub(crate) ask: &'a dyn Fn(&str) -> Option<bool>,
    /// Whether somebody asked to stop.
    pub(crate) stop: &'a dyn Fn() -> bool,
}

/// How a command ended well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Nothing is left to do.
    Done,
    /// Changes are pending.
    Pending,
}

/// Reads, plans and shows what would be done.
///
/// # Errors
/// A read that fails, or a plan that cannot be.
pub(crate) async fn plan<D: Write, T: Write>(
    stack: &Stack,
    accounts: &Accounts,
    out: Option<&Path>,
    manner: &Manner<'_>,
    printer: &mut Printer<D, T>,
) -> Result<Ending, Failure> {
    let plan = look(stack, accounts, manner, printer).await?;
    blocked(&plan)?;
    if let Some(path) = out {
        let text = format!("{:#}\n", saved::value(stack, &plan));
        std::fs::write(path, text).map_err(|source| Failure::File {
            what: format!("cannot write the plan `{}`", path.display()),
            source: source.into(),
            hint: "give another place with `--out`".into(),
        })?;
    }
    let rights = rights::check(accounts, &rights::to_write(stack, &plan)).await;
    for unknown in &rights.unknown {
        printer.talk(&format!("note: {unknown}"));
    }
    for lacking in &rights.lacking {
        printer.talk(&format!("note: {}", lacking.text()));
    }
    Ok(ending(plan.is_empty()))
}

/// Reads, and says of each part whether it is as it should.
///
/// # Errors
/// A read that fails.
pub(crate) async fn status<D: Write, T: Write>(
    stack: &Stack,
    accounts: &Accounts,
    manner: &Manner<'_>,
    printer: &mut Printer<D, T>,
) -> Result<Ending, Failure> {
    let plan = look(stack, accounts, manner, printer).await?;
    Ok(ending(plan.is_empty() && plan.blocked().is_empty()))
}

/// Walks every link for real.
///
/// # Errors
/// [`Failure::Broken`] if one is broken.
pub(crate) async fn verify<D: Write, T: Write>(
    stack: &Stack,
    accounts: &Accounts,
    id: &str,
    manner: &Manner<'_>,
    printer: &mut Printer<D, T>,
) -> Result<Ending, Failure> {
    let links = verify::walk(stack, accounts, id, |link| {
        if !manner.json {
            let _ = printer.data(&link.text());
        }
    });
    let links = links.await;
    if manner.json {
        let links: Vec<_> = links.iter().map(verify::Link::value).collect();
        let _ = printer.data(&json!({"format_version": 1, "links": links}).to_string());
    }
    let broken = links
        .iter()
        .filter(|link| matches!(link.outcome, Outcome::Broken { .. }));
    match broken.count() {
        0 => Ok(Ending::Done),
        broken => Err(Failure::Broken {
            broken,
            of: links.len(),
        }),
    }
}

/// Plans for a goal, asks, and does it.
///
/// # Errors
/// A call that fails, a plan that cannot be, or nobody who agrees.
pub(crate) async fn reach<D: Write, T: Write>(
    stack: &Stack,
    accounts: &Accounts,
    goal: &Goal,
    manner: &Manner<'_>,
    printer: &mut Printer<D, T>,
) -> Result<Ending, Failure> {
    let mut found = read(stack, accounts, goal, printer).await?;
    let plan = Plan::of(stack, &found, goal);
    let shows = !manner.json || manner.dry_run;
    if shows {
        show(stack, &found, &plan, goal, manner, printer);
    }
    blocked(&plan)?;
    let needs = rights::to_write(stack, &plan);
    let rights = rights::check(accounts, &needs).await;
    for unknown in &rights.unknown {
        printer.talk(&format!("note: {unknown}"));
    }
    if !rights.lacking.is_empty() && !manner.unchecked {
        return Err(Failure::Rights(rights.lacking));
    }
    if manner.dry_run {
        return Ok(if plan.is_empty() {
            Ending::Done
        } else {
            Ending::Pending
        });
    }
    if let Some(text) = manner.saved {
        saved::check(text, stack, &plan).map_err(Failure::Saved)?;
    } else if !plan.is_empty() {
        agree(&plan, manner, printer)?;
    }
    let all = plan.calls();
    let mut number = 0;
    let tell = |call: &Call| {
        number += 1;
        printer.talk(&format!("[{number}/{all}] {}", call.describe()));
    };
    let written = converge(stack, accounts, &mut found, goal, &plan, manner.stop, tell).await?;
    let after = Plan::of(stack, &found, goal);
    if manner.json {
        let matrix = access::compare(stack, &found, &after, goal);
        let mut value = report::value(stack, &after, &matrix);
        value["written"] = json!(written);
        value["done"] = report::value(stack, &plan, &matrix)["changes"].clone();
        let _ = printer.data(&value.to_string());
    } else if written == 0 {
        printer.talk("nothing to do");
    } else {
        printer.talk(&format!("done: {written} calls"));
    }
    by_hand(stack, &found, goal, printer);
    let left = plan.steps.iter().map(|step| &step.change);
    let left = left.filter(|change| change.verb == Verb::ByHand).count();
    match goal {
        Goal::Down(_) if left > 0 => Err(Failure::Left(left)),
        _ => Ok(Ending::Done),
    }
}

/// Reads everything, saying what.
///
/// # Errors
/// A read that fails.
pub(crate) async fn read<D: Write, T: Write>(
    stack: &Stack,
    accounts: &Accounts,
    goal: &Goal,
    printer: &mut Printer<D, T>,
) -> Result<Found, Failure> {
    printer.talk(&format!(
        "reading account {} in {} as {}",
        stack.account, stack.region, accounts.a.caller
    ));
    if let Some(url) = &stack.settings.endpoint_url
        && url.starts_with("http://")
        && !is_loopback(url)
    {
        printer.talk(&format!(
            "warning: `{url}` is not encrypted: packages and policies can be read on the way"
        ));
    }
    let (found, errors) = Found::read_what_can_be(stack, accounts).await;
    if errors.is_empty() {
        return Ok(found);
    }
    let mut rights = Rights::default();
    if errors
        .iter()
        .any(|error| error.refusal() == Refusal::Denied)
    {
        // Whoever lacks rights wants to hear of all of them, those to write too.
        let plan = Plan::of(stack, &found, goal);
        let mut needs = rights::to_write(stack, &plan);
        for account in std::iter::once(&accounts.a).chain(accounts.b.values()) {
            needs.extend(rights::to_look(stack, &account.id));
        }
        rights = rights::check(accounts, &needs).await;
    }
    Err(Failure::Read(errors, rights.lacking))
}

fn show<D: Write, T: Write>(
    stack: &Stack,
    found: &Found,
    plan: &Plan,
    goal: &Goal,
    manner: &Manner<'_>,
    printer: &mut Printer<D, T>,
) {
    let matrix = access::compare(stack, found, plan, goal);
    let text = if manner.json {
        report::value(stack, plan, &matrix).to_string()
    } else {
        report::text(stack, plan, &matrix)
    };
    let _ = printer.data(&text);
}

/// Reads, and shows what would be done for everything to be up.
async fn look<D: Write, T: Write>(
    stack: &Stack,
    accounts: &Accounts,
    manner: &Manner<'_>,
    printer: &mut Printer<D, T>,
) -> Result<Plan, Failure> {
    let found = read(stack, accounts, &Goal::Up, printer).await?;
    let plan = Plan::of(stack, &found, &Goal::Up);
    show(stack, &found, &plan, &Goal::Up, manner, printer);
    Ok(plan)
}

/// What a plan comes to: `Pending` unless there is nothing to do.
fn ending(is_done: bool) -> Ending {
    if is_done {
        Ending::Done
    } else {
        Ending::Pending
    }
}

fn blocked(plan: &Plan) -> Result<(), Failure> {
    let blocked = plan.blocked();
    if blocked.is_empty() {
        return Ok(());
    }
    Err(Failure::Blocked(blocked.into_iter().cloned().collect()))
}

fn agree<D: Write, T: Write>(
    plan: &Plan,
    manner: &Manner<'_>,
    printer: &mut Printer<D, T>,
) -> Result<(), Failure> {
    if manner.yes {
        return Ok(());
    }
    printer.talk(&report::summary(plan));
    match (manner.ask)("do this? [y/N] ") {
        Some(true) => Ok(()),
        Some(false) => Err(Failure::Declined("nothing was changed")),
        None => Err(Failure::Declined(
            "there is nobody to ask: give `--yes` to do it all the same",
        )),
    }
}

/// What the administrators of other accounts have to do.
fn by_hand<D: Write, T: Write>(
    stack: &Stack,
    found: &Found,
    goal: &Goal,
    printer: &mut Printer<D, T>,
) {
    type Handout = fn(&Stack, &Share) -> String;
    let (shares, handout): (&[Share], Handout) = match goal {
        Goal::Up => (&stack.settings.shares, handout::for_administrator),
        Goal::Share(shares) => (shares, handout::for_administrator),
        Goal::Unshare(shares) => (shares, handout::for_removal),
        Goal::Down(_) => (&stack.settings.shares, handout::for_removal),
    };
    for share in shares {
        let reach = found.shares.get(&share.account).map(|is| is.reach.clone());
        // The role for sharing deletes nothing.
        let helps = match goal {
            Goal::Up | Goal::Share(_) => &[Reach::Login, Reach::Role, Reach::Blind][..],
            Goal::Unshare(_) | Goal::Down(_) => &[Reach::Login],
        };
        if !helps.contains(&reach.unwrap_or_default()) {
            printer.talk(&handout(stack, share));
        }
    }
}
