//! A chain of pages: how each kind of part goes on.

use super::tail::PageTail;
use crate::api::{BatchGet, Key, Page, Pages, Part, start_key};
use crate::json::DecodeError;
use athena_federation::Fault;
use athena_protocol::wire::SourceErrorCode;

/// A part, and where its next page begins.
#[derive(Debug)]
pub struct Chain {
    part: Part,
    next: Next,
    /// Whether items by key are queried for one by one.
    singly: bool,
}

/// A page, and what it cost.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// The page.
    pub page: Page,
    /// Capacity units, if they were told.
    pub consumed_capacity: Option<f64>,
}

#[derive(Debug)]
enum Next {
    First,
    After(Key),
    Token(String),
    /// Keys that were not asked for yet, or not processed.
    Keys(Vec<Key>),
    Done,
}

impl Chain {
    /// Stands before the first page.
    pub fn new(mut part: Part) -> Self {
        let next = match &mut part {
            Part::Batch(batch) => keys(std::mem::take(&mut batch.keys)),
            Part::Pages(_) | Part::Statement(_) => Next::First,
        };
        Self {
            part,
            next,
            singly: false,
        }
    }

    /// Whether there is no further page.
    pub fn is_done(&self) -> bool {
        matches!(self.next, Next::Done)
    }

    /// The next page, of a chain that is not done. After a fault there is none.
    ///
    /// # Errors
    /// The fault of the call, or of a page that does not say how to go on: to end there would lose rows.
    pub async fn fetch(&mut self, pages: &Pages) -> Result<Fetched, Fault> {
        let here = std::mem::replace(&mut self.next, Next::Done);
        let (page, consumed_capacity, next) = match (&self.part, here) {
            (Part::Pages(request), here) => {
                let start = match &here {
                    Next::After(key) => Some(key),
                    _ => None,
                };
                let page = pages.page(request, start).await?;
                let tail = self.tail(&page)?;
                let next = match tail.last_evaluated_key {
                    None => Next::Done,
                    Some(key) => Next::After(start_key(key).ok_or_else(|| self.no_key())?),
                };
                (page.clone(), tail.consumed_capacity, next)
            }
            (Part::Statement(statement), here) => {
                let token = match &here {
                    Next::Token(token) => Some(token.as_str()),
                    _ => None,
                };
                let page = pages.statement(statement, token).await?;
                let tail = self.tail(&page)?;
                let next = match tail.next_token.map(serde_json::from_slice::<String>) {
                    None => Next::Done,
                    Some(Ok(next)) if token != Some(next.as_str()) => Next::Token(next),
                    // With the same token once more the chain would never end.
                    Some(_) => return Err(no_token()),
                };
                (page.clone(), tail.consumed_capacity, next)
            }
            (Part::Batch(batch), Next::Keys(mut left)) if self.singly => {
                let key = left.pop().expect("a list of keys is never empty");
                let page = pages.page(&batch.query(key), None).await?;
                let consumed = self.tail(&page)?.consumed_capacity;
                (page, consumed, keys(left))
            }
            (Part::Batch(batch), Next::Keys(mut asked)) => {
                let later = asked.split_off(asked.len().min(BatchGet::MAX_KEYS));
                let answer = match pages.batch(batch, &asked).await {
                    // The Java connector needs no such permission, and its roles do not have it.
                    Err(fault) if fault.code == SourceErrorCode::AccessDenied => {
                        tracing::warn!(
                            table = batch.table,
                            problem = %fault,
                            "items are queried for one by one"
                        );
                        asked.extend(later);
                        self.next = Next::Keys(asked);
                        self.singly = true;
                        return Box::pin(self.fetch(pages)).await;
                    }
                    answer => answer?,
                };
                let mut left = answer.unprocessed;
                left.extend(later);
                (answer.page, answer.consumed_capacity, keys(left))
            }
            (Part::Batch(_), _) => unreachable!("a batch that is not done has keys"),
        };
        self.next = next;
        Ok(Fetched {
            page,
            consumed_capacity,
        })
    }

    fn tail<'a>(&self, page: &'a Page) -> Result<PageTail<'a>, Fault> {
        PageTail::of(page).map_err(|error| unreadable(self.part.table(), &error))
    }

    fn no_key(&self) -> Fault {
        let table = self.part.table();
        let message = format!("a page of table `{table}` ends with a key that is none");
        Fault::new(SourceErrorCode::InvalidResponse, message)
    }
}

fn no_token() -> Fault {
    let message = "a page of ExecuteStatement ends with a token that leads nowhere";
    Fault::new(SourceErrorCode::InvalidResponse, message)
}

fn keys(keys: Vec<Key>) -> Next {
    if keys.is_empty() {
        Next::Done
    } else {
        Next::Keys(keys)
    }
}

/// The fault of a page that is no page.
pub(crate) fn unreadable(table: &str, error: &DecodeError) -> Fault {
    let what = if table.is_empty() {
        "a statement".to_owned()
    } else {
        format!("table `{table}`")
    };
    Fault::new(
        SourceErrorCode::InvalidResponse,
        format!("cannot decode a page of {what}: {error}"),
    )
}
