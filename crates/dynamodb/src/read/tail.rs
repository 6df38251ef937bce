//! What a page says besides its items, found without reading them.
//!
//! The next page is asked for as soon as `LastEvaluatedKey` is known, so it is looked for from the end of the page (`DynamoDB` sends
//! it behind the items): at the last `]` from which on the rest parses as the end of the outermost object, with at least one member.
//! Inside an item a `]` is always followed by `}`, because the values of an attribute stand in an object with a single member; so
//! that bracket ends the page's own array, even if the page was cut off. Where this finds no key, or where the members stand in
//! another order, the whole page is skimmed: the answer never depends on the order of members.

use memchr::{memmem, memrchr_iter};

use crate::json::{Cursor, DecodeError, capacity_units};

/// The members of a page besides `Items`. A member that the page lacks is `None`.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub struct PageTail<'a> {
    /// The key to go on from, as a JSON object of tagged values; `None` on the last page, also if the object is empty or null.
    pub last_evaluated_key: Option<&'a [u8]>,
    /// The token to go on with, as a JSON string in its quotes (PartiQL only); `None` also if it is null.
    pub next_token: Option<&'a [u8]>,
    /// Items that passed the filter.
    pub count: Option<u64>,
    /// Items that were evaluated.
    pub scanned_count: Option<u64>,
    /// Capacity units that the page cost.
    pub consumed_capacity: Option<f64>,
}

impl<'a> PageTail<'a> {
    /// Reads the tail of `page`.
    ///
    /// # Errors
    /// If the page breaks off or its outermost object is malformed. Items are not checked.
    pub fn of(page: &'a [u8]) -> Result<Self, DecodeError> {
        match Self::from_the_end(page) {
            Some(tail) if tail.is_complete(page) => Ok(tail),
            _ => Self::by_skimming(page),
        }
    }

    /// Reads the members before `Items`, and those behind the last array. `None` if the page is of another build.
    fn from_the_end(page: &'a [u8]) -> Option<Self> {
        let mut tail = Self::default();
        let mut cursor = Cursor::new(page);
        let mut more = cursor.open(b'{', b'}').ok()?;
        let items = loop {
            if !more {
                return None;
            }
            let name = cursor.name().ok()?;
            if name.bytes == b"Items" {
                cursor.skip_whitespace();
                break cursor.offset();
            }
            tail.read_member(name.bytes, &mut cursor).ok()?;
            more = cursor.more(b'}').ok()?;
        };
        // A key may hold brackets, so the last one is not always the right one; but a page is not searched for long.
        for bracket in memrchr_iter(b']', page)
            .take(MAX_BRACKETS)
            .take_while(|bracket| *bracket > items)
        {
            let mut behind = tail;
            let mut cursor = Cursor::at(page, bracket + 1);
            if behind
                .read_members(&mut cursor)
                .is_some_and(|members| members > 0)
            {
                return Some(behind);
            }
        }
        None
    }

    /// Reads `,"name":value` up to the end of the page and returns how many there were.
    fn read_members(&mut self, cursor: &mut Cursor<'a>) -> Option<usize> {
        let mut members = 0;
        while cursor.more(b'}').ok()? {
            let name = cursor.name().ok()?.bytes;
            if !MEMBERS.contains(&name) {
                return None;
            }
            self.read_member(name, cursor).ok()?;
            members += 1;
        }
        cursor.end().ok()?;
        Some(members)
    }

    /// Whether no other member of `page` can say how to go on. A page that has a next one has named it by now, so only the last
    /// page of a segment is searched.
    fn is_complete(&self, page: &[u8]) -> bool {
        let lacks = |name: &[u8]| memmem::find(page, name).is_none();
        self.last_evaluated_key.is_some()
            || self.next_token.is_some()
            || (lacks(b"\"LastEvaluatedKey\"") && lacks(b"\"NextToken\""))
    }

    fn by_skimming(page: &'a [u8]) -> Result<Self, DecodeError> {
        let mut tail = Self::default();
        let mut cursor = Cursor::new(page);
        let mut more = cursor.open(b'{', b'}')?;
        while more {
            let name = cursor.name()?;
            tail.read_member(name.bytes, &mut cursor)?;
            more = cursor.more(b'}')?;
        }
        cursor.end()?;
        Ok(tail)
    }

    fn read_member(&mut self, name: &[u8], cursor: &mut Cursor<'a>) -> Result<(), DecodeError> {
        match name {
            b"LastEvaluatedKey" => {
                let key = cursor.skip_value()?;
                let empty = key == b"null" || !key.contains(&b'"');
                self.last_evaluated_key = (!empty).then_some(key);
            }
            b"NextToken" => {
                let token = cursor.skip_value()?;
                self.next_token = (token != b"null").then_some(token);
            }
            b"Count" => self.count = Some(cursor.number()?),
            b"ScannedCount" => self.scanned_count = Some(cursor.number()?),
            b"ConsumedCapacity" => self.consumed_capacity = capacity_units(cursor)?,
            _ => drop(cursor.skip_value()?),
        }
        Ok(())
    }
}

/// The members that may follow the items. Text of an item that was mistaken for the page's own, because the bracket lay within a
/// string, does not name one of them: its strings are what lies between two strings of the page.
const MEMBERS: [&[u8]; 5] = [
    b"ConsumedCapacity",
    b"Count",
    b"LastEvaluatedKey",
    b"NextToken",
    b"ScannedCount",
];

/// Closing brackets that are tried as the end of the items.
const MAX_BRACKETS: usize = 64;

#[cfg(test)]
mod tests;
