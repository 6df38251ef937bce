//! What a sample holds, counted: how often each attribute occurs, in which spelling, with which kinds of values.

use std::collections::BTreeMap;

use super::json_text::MAX_LEVELS;
use super::names::fold;
use crate::json::{Cursor, DecodeError, Tag, each_item};

/// The counts of a sample.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Census {
    items: u64,
    root: BTreeMap<String, Place>,
}

/// One attribute, or one member of a map, or the elements of a list.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Place {
    spellings: BTreeMap<String, u64>,
    kinds: [u64; Tag::ALL.len()],
    members: BTreeMap<String, Place>,
    elements: Option<Box<Place>>,
}

/// One line of a census.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// Names from the column down, with `.` before a member and `[]` behind a list.
    pub path: String,
    /// Levels below the column.
    pub level: usize,
    /// Values that were seen there, NULL included.
    pub values: u64,
    /// Kinds of these values with their counts, those that occurred.
    pub kinds: Vec<(Tag, u64)>,
    /// Names in the items with their counts; empty for elements.
    pub spellings: Vec<(String, u64)>,
}

impl Counted {
    /// Kinds that no type but text takes together.
    pub fn disagree(&self) -> Option<Vec<Tag>> {
        let mut classes: Vec<Tag> = Vec::new();
        for (tag, _) in &self.kinds {
            let class = match tag {
                Tag::Null => continue,
                Tag::Ss | Tag::Ns | Tag::Bs => Tag::L,
                other => *other,
            };
            if !classes.contains(&class) {
                classes.push(class);
            }
        }
        (classes.len() > 1).then_some(classes)
    }
}

impl Census {
    /// Counts the items of a page and returns how many they were. On error none of them counts.
    ///
    /// # Errors
    /// If the page is malformed or nested deeper than [`MAX_LEVELS`].
    pub fn push_page(&mut self, page: &[u8]) -> Result<usize, DecodeError> {
        let mut counted = Self::default();
        let items = each_item(page, |cursor| members(&mut counted.root, cursor, 0))?;
        counted.items = items as u64;
        self.merge(counted);
        Ok(items)
    }

    /// Adds the counts of another part of the table.
    pub fn merge(&mut self, other: Self) {
        self.items += other.items;
        merge(&mut self.root, other.root);
    }

    /// Items that were counted.
    pub fn items(&self) -> u64 {
        self.items
    }

    /// All lines, attributes by name, each with what lies in it behind it.
    pub fn lines(&self) -> Vec<Counted> {
        let mut lines = Vec::new();
        for (name, place) in &self.root {
            place.lines(name, 0, &mut lines);
        }
        lines
    }
}

impl Place {
    fn read(&mut self, cursor: &mut Cursor<'_>, level: u32) -> Result<(), DecodeError> {
        if level == MAX_LEVELS {
            return Err(DecodeError::TooDeep {
                offset: cursor.offset(),
            });
        }
        let tag = cursor.tag()?;
        self.kinds[tag as usize] += 1;
        match tag {
            Tag::L => {
                let mut more = cursor.open(b'[', b']')?;
                while more {
                    self.elements
                        .get_or_insert_default()
                        .read(cursor, level + 1)?;
                    more = cursor.more(b']')?;
                }
            }
            Tag::M => members(&mut self.members, cursor, level + 1)?,
            _ => cursor.skip_tagged(tag)?,
        }
        cursor.expect(b'}')
    }

    fn merge(&mut self, other: Self) {
        for (name, count) in other.spellings {
            *self.spellings.entry(name).or_default() += count;
        }
        for (count, more) in self.kinds.iter_mut().zip(other.kinds) {
            *count += more;
        }
        merge(&mut self.members, other.members);
        if let Some(elements) = other.elements {
            self.elements.get_or_insert_default().merge(*elements);
        }
    }

    fn lines(&self, path: &str, level: usize, lines: &mut Vec<Counted>) {
        let kinds = Tag::ALL.into_iter().zip(self.kinds);
        let spellings = self.spellings.iter();
        lines.push(Counted {
            path: path.to_owned(),
            level,
            values: self.kinds.iter().sum(),
            kinds: kinds.filter(|(_, count)| *count > 0).collect(),
            spellings: spellings
                .map(|(name, count)| (name.clone(), *count))
                .collect(),
        });
        if let Some(elements) = &self.elements {
            elements.lines(&format!("{path}[]"), level + 1, lines);
        }
        for (name, place) in &self.members {
            place.lines(&format!("{path}.{name}"), level + 1, lines);
        }
    }
}

fn members(
    places: &mut BTreeMap<String, Place>,
    cursor: &mut Cursor<'_>,
    level: u32,
) -> Result<(), DecodeError> {
    let mut scratch = Vec::new();
    let mut more = cursor.open(b'{', b'}')?;
    while more {
        let offset = cursor.offset();
        let name = String::from_utf8(cursor.string(&mut scratch)?.to_vec())
            .map_err(|_| DecodeError::NotUtf8 { offset })?;
        cursor.expect(b':')?;
        let place = places.entry(fold(&name)).or_default();
        *place.spellings.entry(name).or_default() += 1;
        place.read(cursor, level)?;
        more = cursor.more(b'}')?;
    }
    Ok(())
}

fn merge(places: &mut BTreeMap<String, Place>, others: BTreeMap<String, Place>) {
    for (name, other) in others {
        places.entry(name).or_default().merge(other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"{"Items":[
        {"Id":{"S":"a"},"tags":{"L":[{"S":"x"},{"N":"1"}]}},
        {"id":{"S":"b"},"tags":{"SS":["y"]},"m":{"M":{"Zip":{"N":"1"}}}},
        {"Id":{"NULL":true},"m":{"M":{"zip":{"S":"x"}}}}
    ]}"#;

    fn shown(census: &Census) -> Vec<String> {
        let line = |line: Counted| {
            let kinds: Vec<_> = line
                .kinds
                .iter()
                .map(|(tag, count)| format!("{tag}{count}"))
                .collect();
            let names: Vec<_> = line
                .spellings
                .iter()
                .map(|(name, count)| format!("{name}{count}"))
                .collect();
            let odd = if line.disagree().is_some() { "!" } else { "" };
            format!(
                "{} {} {} {}{odd}",
                line.path,
                line.values,
                kinds.join(","),
                names.join(",")
            )
        };
        census.lines().into_iter().map(line).collect()
    }

    #[test]
    fn every_place_is_counted_with_its_kinds_and_spellings() {
        let mut census = Census::default();
        assert_eq!(census.push_page(PAGE.as_bytes()).unwrap(), 3);
        assert_eq!(census.items(), 3);
        assert_eq!(
            shown(&census),
            [
                "id 3 S2,NULL1 Id2,id1",
                "m 2 M2 m2",
                "m.zip 2 S1,N1 Zip1,zip1!",
                "tags 2 SS1,L1 tags2",
                "tags[] 2 S1,N1 !",
            ]
        );
    }

    #[test]
    fn parts_add_up_and_a_bad_page_counts_for_nothing() {
        let mut twice = Census::default();
        twice.push_page(PAGE.as_bytes()).unwrap();
        assert!(twice.push_page(br#"{"Items":[{"a":{"S":"x"}},{"#).is_err());
        let mut other = Census::default();
        other.push_page(PAGE.as_bytes()).unwrap();
        twice.merge(other);
        assert_eq!(twice.items(), 6);
        assert_eq!(shown(&twice)[0], "id 6 S4,NULL2 Id4,id2");
    }
}
