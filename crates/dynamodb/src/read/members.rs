//! Objects whose members feed columns: the items of a page, and the maps that become structs.
//!
//! `DynamoDB` sends the members of similar objects in similar order. So each name remembers which two names came after it last, and
//! the next member is first compared with those, byte by byte as it stands in the page; only a surprise is looked up.

use std::collections::HashMap;

use arrow::array::ArrayRef;
use arrow::error::ArrowError;

use super::columns::Column;
use super::mismatch::Tally;
use crate::json::{Cursor, DecodeError, Tag};
use crate::types::names::fold;

/// Which of several names for the same column is preferred: the lowest.
type Rank = u32;

/// A set of columns that are fed, row by row, by the members of one object each.
#[derive(Debug)]
pub struct Members {
    names: Names,
    columns: Vec<Column>,
    /// For each column the number of rows up to and including the last one that had a value.
    filled: Vec<usize>,
    rows: usize,
    /// Values under names that are not the first choice, which have to wait for the end of the object.
    waiting: Vec<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    column: usize,
    rank: Rank,
    /// Settles the order among names of one rank.
    name: Vec<u8>,
    tag: Tag,
    offset: usize,
}

/// The tally that a member's mismatches belong to.
pub trait Tallies {
    /// That of the member that feeds `column`.
    fn of(&mut self, column: usize) -> &mut Tally;
}

/// All children of a struct are counted for the column they lie in.
impl Tallies for Tally {
    fn of(&mut self, _: usize) -> &mut Tally {
        self
    }
}

/// The columns of a schema are counted one by one.
impl Tallies for [Tally] {
    fn of(&mut self, column: usize) -> &mut Tally {
        &mut self[column]
    }
}

impl Members {
    /// Feeds each of `columns` from members of the names in its place of `names`, preferred first, compared byte by byte. Where
    /// `any_case` says so of a column, also from any member whose name differs from those in case only, as the last choice.
    pub fn new(
        columns: Vec<Column>,
        names: &[Vec<String>],
        any_case: impl Fn(usize) -> bool,
    ) -> Self {
        let filled = vec![0; columns.len()];
        Self {
            names: Names::new(names, any_case),
            columns,
            filled,
            rows: 0,
            waiting: Vec::new(),
        }
    }

    /// Appends one row from the object at the cursor. A member that is absent or NULL gives null, unless a member of a less
    /// preferred name for the same column has a value. On error the columns have to be [cleared](Self::clear).
    ///
    /// # Errors
    /// If the object is malformed, or names a member twice that feeds a column.
    pub fn append<T: Tallies + ?Sized>(
        &mut self,
        cursor: &mut Cursor<'_>,
        tallies: &mut T,
    ) -> Result<(), DecodeError> {
        let row = self.rows + 1;
        let mut filled = 0;
        let mut last = START;
        let mut more = cursor.open(b'{', b'}')?;
        while more {
            let name = cursor.offset();
            let (target, tag) = self.names.read(cursor, &mut last)?;
            match target {
                Target::Column(column) if tag != Tag::Null => {
                    if self.filled[column] == row {
                        return Err(DecodeError::Duplicate {
                            offset: cursor.offset(),
                        });
                    }
                    self.columns[column].append(cursor, tag, tallies.of(column))?;
                    self.filled[column] = row;
                    filled += 1;
                }
                Target::Spelling(column, rank) if tag != Tag::Null => {
                    let mut scratch = Vec::new();
                    let name = Cursor::at(cursor.text(), name)
                        .string(&mut scratch)?
                        .to_vec();
                    self.wait(
                        cursor,
                        Waiting {
                            column,
                            rank,
                            name,
                            tag,
                            offset: cursor.offset(),
                        },
                    )?;
                }
                _ => cursor.skip_tagged(tag)?,
            }
            cursor.expect(b'}')?;
            more = cursor.more(b'}')?;
        }
        self.rows = row;
        if filled < self.columns.len() {
            self.complete(cursor.text(), tallies)?;
        }
        self.waiting.clear();
        Ok(())
    }

    /// Appends a row of nulls.
    pub fn append_null(&mut self) {
        self.rows += 1;
        for column in &mut self.columns {
            column.append_null();
        }
    }

    /// Rows appended since the last [`finish`](Self::finish).
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether no row was appended.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The columns' rows so far; the next row is the first of new arrays.
    ///
    /// # Errors
    /// If text is not UTF-8 or a child that forbids nulls has some. The columns have to be [cleared](Self::clear) then.
    pub fn finish(&mut self) -> Result<Vec<ArrayRef>, ArrowError> {
        let arrays = self
            .columns
            .iter_mut()
            .map(Column::finish)
            .collect::<Result<_, _>>()?;
        self.restart();
        Ok(arrays)
    }

    /// Forgets all rows. The order of names stays learned.
    pub fn clear(&mut self) {
        self.columns.iter_mut().for_each(Column::clear);
        self.restart();
    }

    fn restart(&mut self) {
        self.rows = 0;
        self.filled.fill(0);
        self.waiting.clear();
    }

    /// Notes a value under a name of second choice and passes over it.
    #[cold]
    fn wait(&mut self, cursor: &mut Cursor<'_>, waiting: Waiting) -> Result<(), DecodeError> {
        let Waiting {
            column,
            tag,
            offset,
            ref name,
            ..
        } = waiting;
        if self
            .waiting
            .iter()
            .any(|other| other.column == column && other.name == *name)
        {
            return Err(DecodeError::Duplicate { offset });
        }
        self.waiting.push(waiting);
        cursor.skip_tagged(tag)
    }

    /// Gives the columns that the row left empty their second choice, or null.
    fn complete<T: Tallies + ?Sized>(
        &mut self,
        page: &[u8],
        tallies: &mut T,
    ) -> Result<(), DecodeError> {
        if !self.waiting.is_empty() {
            self.waiting.sort_unstable_by(|a, b| {
                (a.column, a.rank, &a.name).cmp(&(b.column, b.rank, &b.name))
            });
            for waiting in &self.waiting {
                let column = waiting.column;
                if self.filled[column] < self.rows {
                    let mut cursor = Cursor::at(page, waiting.offset);
                    self.columns[column].append(&mut cursor, waiting.tag, tallies.of(column))?;
                    self.filled[column] = self.rows;
                }
            }
        }
        for (column, filled) in self.columns.iter_mut().zip(&self.filled) {
            if *filled < self.rows {
                column.append_null();
            }
        }
        Ok(())
    }
}

/// What a member's name means.
#[derive(Debug, Clone, Copy)]
enum Target {
    /// Nobody asked for it.
    Skip,
    /// The first choice for a column.
    Column(usize),
    /// Another name for a column.
    Spelling(usize, Rank),
}

/// The names met so far, in the spelling of the page.
#[derive(Debug)]
struct Names {
    wanted: HashMap<Vec<u8>, Target>,
    /// By folded name; empty unless case is to be ignored.
    folded: HashMap<String, Target>,
    known: Vec<Known>,
    by_text: HashMap<Box<[u8]>, usize>,
}

/// A name that can be guessed.
#[derive(Debug)]
struct Known {
    /// The name as `"name":{"`, which is how almost every member begins.
    opening: Box<[u8]>,
    target: Target,
    /// What followed last, and what followed before that changed; [`START`] means nothing yet.
    next: [usize; 2],
}

impl Names {
    fn new(names: &[Vec<String>], any_case: impl Fn(usize) -> bool) -> Self {
        let mut wanted = HashMap::new();
        let mut folded = HashMap::new();
        for (column, names) in names.iter().enumerate() {
            for (rank, name) in (0..).zip(names) {
                let target = if rank == 0 {
                    Target::Column(column)
                } else {
                    Target::Spelling(column, rank)
                };
                wanted.insert(name.clone().into_bytes(), target);
                if any_case(column) {
                    folded
                        .entry(fold(name))
                        .or_insert(Target::Spelling(column, Rank::MAX));
                }
            }
        }
        let nameless = || Known {
            opening: Box::default(),
            target: Target::Skip,
            next: [START; 2],
        };
        Self {
            wanted,
            folded,
            known: vec![nameless(), nameless()],
            by_text: HashMap::new(),
        }
    }

    /// Reads a member up to its value proper. `last` is the member before, or [`START`], and becomes this one.
    #[inline]
    fn read(
        &mut self,
        cursor: &mut Cursor<'_>,
        last: &mut usize,
    ) -> Result<(Target, Tag), DecodeError> {
        for guess in self.known[*last].next {
            if guess != START && cursor.take(&self.known[guess].opening) {
                *last = guess;
                return Ok((self.known[guess].target, cursor.tag_after_quote()?));
            }
        }
        let (place, target) = self.look_up(cursor)?;
        let next = &mut self.known[*last].next;
        if *last != OTHER && place != OTHER && next[0] != place {
            *next = [place, next[0]];
        }
        *last = place;
        Ok((target, cursor.tag()?))
    }

    /// Reads a name and the colon, and tells its place and what it means.
    #[cold]
    fn look_up(&mut self, cursor: &mut Cursor<'_>) -> Result<(usize, Target), DecodeError> {
        let mut again = cursor.clone();
        let raw = cursor.name()?.bytes;
        if let Some(place) = self.by_text.get(raw) {
            return Ok((*place, self.known[*place].target));
        }
        let mut scratch = Vec::new();
        let target = self.target(again.string(&mut scratch)?);
        if raw.len() > MAX_NAME_LENGTH || self.known.len() >= MAX_KNOWN {
            return Ok((OTHER, target));
        }
        let opening = [b"\"", raw, b"\":{\""].concat().into_boxed_slice();
        self.known.push(Known {
            opening,
            target,
            next: [START; 2],
        });
        let place = self.known.len() - 1;
        self.by_text.insert(raw.into(), place);
        Ok((place, target))
    }

    fn target(&self, name: &[u8]) -> Target {
        if let Some(target) = self.wanted.get(name) {
            return *target;
        }
        if self.folded.is_empty() {
            return Target::Skip;
        }
        let folded = std::str::from_utf8(name)
            .ok()
            .and_then(|name| self.folded.get(&fold(name)));
        folded.copied().unwrap_or(Target::Skip)
    }
}

/// The place before the first member.
const START: usize = 0;

/// The place of all names that are not kept, from which nothing is guessed.
const OTHER: usize = 1;

/// Names that are kept, and bytes of the longest of them: where names are data there is no end of them.
const MAX_KNOWN: usize = 4096;
const MAX_NAME_LENGTH: usize = 255;
