//! Walking every link of a set-up for real, with calls whose effects are gone afterwards, and naming the one that is broken.
//!
//! What hangs on a broken link is not tried, so that what is named is the cause. Rights that no harmless call needs are decided by
//! the policies that are there.

mod link;
mod query;
mod objects;
mod catalogs;

use crate::access;
use crate::plan::{Accounts, Found, Goal, Plan};
use crate::settings::Share;
use crate::stack::Stack;

pub(crate) use link::{Link, Outcome};
use objects::Block;
use query::Query;

/// Walks all links in the order in which a query does. `id` makes names of this walk unlike those of another.
pub(crate) async fn walk(
    stack: &Stack,
    accounts: &Accounts,
    id: &str,
    tell: impl FnMut(&Link),
) -> Vec<Link> {
    let mut notes = Notes {
        links: Vec::new(),
        tell,
    };
    let a = &accounts.a;
    let (answers, block) = function(stack, accounts, id, &mut notes).await;
    let read = match &block {
        Some(block) => block.read(stack, a).await,
        None => Outcome::skipped(UNWRITTEN),
    };
    notes.note("the block can be read back", read);
    let own = catalogs::own(stack, a).await;
    let leads = own.holds();
    notes.note("the data catalog leads to the function", own);
    let reached = match hangs(answers, leads) {
        None => catalogs::reaches(stack, a, &stack.settings.catalog).await,
        Some(why) => Outcome::skipped(why),
    };
    notes.note(
        "Athena reaches the function through the data catalog",
        reached,
    );
    for share in &stack.settings.shares {
        shared(
            stack,
            accounts,
            share,
            (answers, block.as_ref()),
            &mut notes,
        )
        .await;
    }
    notes.note(
        "the policies give the rights they should",
        rights(stack, accounts).await,
    );
    if let Some(block) = &block {
        notes.note("the block is taken away again", block.delete(a).await);
    }
    notes.links
}

/// The links as they come.
struct Notes<T> {
    links: Vec<Link>,
    tell: T,
}

impl<T: FnMut(&Link)> Notes<T> {
    fn note(&mut self, name: impl Into<String>, outcome: Outcome) {
        let name = name.into();
        let link = Link { name, outcome };
        (self.tell)(&link);
        self.links.push(link);
    }
}

/// A query for one row. Tells whether the function answers, and the block that was spilled.
async fn function<T: FnMut(&Link)>(
    stack: &Stack,
    accounts: &Accounts,
    id: &str,
    notes: &mut Notes<T>,
) -> (bool, Option<Block>) {
    let query = Query {
        stack,
        account: &accounts.a,
        id,
    };
    let ping = query.ping().await;
    let answers = ping.holds();
    notes.note("the function answers a ping", ping);
    let silent = || (Outcome::skipped(SILENT), None);
    let (outcome, listed) = if answers {
        query.list().await
    } else {
        silent()
    };
    notes.note("the function lists tables", outcome);
    let (outcome, table) = if answers {
        query.describe(listed).await
    } else {
        (Outcome::skipped(SILENT), None)
    };
    notes.note("the function describes a table", outcome);
    let (outcome, spilled) = match &table {
        Some(table) => query.spill(table).await,
        None => (Outcome::skipped("no table is described"), None),
    };
    let is_broken = matches!(outcome, Outcome::Broken { .. });
    notes.note("the function reads a row and spills it", outcome);
    if spilled.is_some() || is_broken {
        return (answers, spilled.map(Block::of));
    }
    // The way back can be tried all the same.
    let (outcome, block) = Block::write(stack, &accounts.a, id).await;
    notes.note("a block can be written in its place", outcome);
    (answers, block)
}

/// What an account has that the connector is shared with.
async fn shared<T: FnMut(&Link)>(
    stack: &Stack,
    accounts: &Accounts,
    share: &Share,
    (answers, block): (bool, Option<&Block>),
    notes: &mut Notes<T>,
) {
    let of = |what: &str| format!("account {}: {what}", share.account);
    let guest = accounts.b.get(&share.account);
    let read = match (guest, block) {
        (None, _) => Outcome::skipped(NO_CREDENTIALS),
        (_, None) => Outcome::skipped(UNWRITTEN),
        (Some(guest), Some(block)) => block.read(stack, guest).await,
    };
    notes.note(of("reads the block"), read);
    let listed = match guest {
        None => Outcome::skipped(NO_CREDENTIALS),
        Some(guest) => objects::list(stack, guest).await,
    };
    notes.note(of("lists spilled blocks"), listed);
    let (assumed, assumption) = catalogs::assume(stack, &accounts.a, share).await;
    notes.note(of("its role for sharing can be assumed"), assumption);
    let sees = catalogs::role_sees(stack, assumed.as_ref(), share).await;
    notes.note(of("that role sees the data catalog"), sees);
    let reader = guest.or(assumed.as_ref());
    let catalog = catalogs::shared(stack, reader, share).await;
    let leads = catalog.holds();
    notes.note(of("its data catalog leads to the function"), catalog);
    let reached = match (guest, hangs(answers, leads)) {
        (None, _) => Outcome::skipped(NO_CREDENTIALS),
        (_, Some(why)) => Outcome::skipped(why),
        (Some(guest), None) => catalogs::reaches(stack, guest, &share.catalog).await,
    };
    notes.note(
        of("Athena reaches the function through the data catalog"),
        reached,
    );
}

/// Why a call through a catalog would say nothing new.
fn hangs(answers: bool, leads: bool) -> Option<&'static str> {
    match (answers, leads) {
        (false, _) => Some(SILENT),
        (_, false) => Some("the catalog does not lead there"),
        _ => None,
    }
}

/// Whether the policies that are there allow what they should and no more.
async fn rights(stack: &Stack, accounts: &Accounts) -> Outcome {
    let found = match Found::read(stack, accounts).await {
        Ok(found) => found,
        Err(errors) => {
            let why = errors.first().map(ToString::to_string).unwrap_or_default();
            return Outcome::Skipped(format!("not everything can be read: {why}"));
        }
    };
    let nothing = Plan {
        steps: Vec::new(),
        notes: Vec::new(),
    };
    let matrix = access::compare(stack, &found, &nothing, &Goal::Up);
    let wrong = matrix.unexpected().filter(|row| matrix.mark(row) == '!');
    let wrong: Vec<String> = wrong
        .map(|row| format!("{}: {}", row.access.name, row.decision))
        .collect();
    if wrong.is_empty() {
        let unseen = matrix.unexpected().count();
        let rows = matrix.rows.len();
        return Outcome::Holds(match unseen {
            0 => format!("{rows} accesses"),
            _ => format!(
                "{rows} accesses, {unseen} of them hang on policies that cannot be seen from here"
            ),
        });
    }
    let fix = "run `plan` to see what differs, and `apply` or `share` to mend it; a key's policy is its owner's to mend";
    Outcome::broken(wrong.join("\n             "), fix)
}

const SILENT: &str = "the function does not answer";
const UNWRITTEN: &str = "none was written";
const NO_CREDENTIALS: &str = "no credentials of that account were given";
