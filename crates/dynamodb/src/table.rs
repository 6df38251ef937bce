//! What planning knows of a table: its keys, its indexes, and figures that `DescribeTable` gives, some six hours old.

/// A table as `DescribeTable` tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Name or ARN, as requests name the table.
    pub name: String,
    /// The primary key.
    pub keys: Keys,
    /// Secondary indexes, in the order of the description.
    pub indexes: Vec<Index>,
    /// Bytes of all items; 0 also means not known yet.
    pub size_bytes: u64,
    /// Number of items; 0 also means not known yet.
    pub item_count: u64,
    /// Read units a second that the table grants: what is provisioned, or what an on-demand table is warm for; `None` if not known.
    pub read_units: Option<u64>,
}

impl Table {
    /// The attribute called `name`, if it belongs to the primary key: every item has it, and it is always of this kind.
    pub fn key(&self, name: &str) -> Option<&KeyAttribute> {
        self.keys.attributes().find(|key| key.name == name)
    }
}

/// The key of a table or an index. An index with several hash or range attributes has no place here and is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// The partition key.
    pub hash: KeyAttribute,
    /// The sort key, if there is one.
    pub range: Option<KeyAttribute>,
}

impl Keys {
    /// Hash key and range key.
    pub fn attributes(&self) -> impl Iterator<Item = &KeyAttribute> {
        std::iter::once(&self.hash).chain(&self.range)
    }
}

/// One attribute of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyAttribute {
    /// Name, exact in case.
    pub name: String,
    /// Type that the attribute must have.
    pub kind: KeyKind,
}

/// The types that a key attribute can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// Text.
    S,
    /// A number.
    N,
    /// Bytes.
    B,
}

/// A secondary index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// Name of the index.
    pub name: String,
    /// Its key. Items that lack one of the attributes are not in the index.
    pub keys: Keys,
    /// Whether it shares the table's hash key.
    pub scope: Scope,
    /// Attributes that it holds besides the keys.
    pub projection: Projection,
    /// Whether it is complete and may be queried.
    pub active: bool,
    /// Bytes of all entries; 0 also means not known yet.
    pub size_bytes: u64,
    /// Number of entries; 0 also means not known yet.
    pub item_count: u64,
    /// As of a table.
    pub read_units: Option<u64>,
}

impl Index {
    /// Whether the index itself holds the attribute, given the key of its table.
    pub fn holds(&self, attribute: &str, table: &Keys) -> bool {
        let key = |keys: &Keys| keys.attributes().any(|key| key.name == attribute);
        match &self.projection {
            Projection::All => true,
            Projection::KeysOnly => key(&self.keys) || key(table),
            Projection::Include(names) => {
                key(&self.keys) || key(table) || names.iter().any(|name| name == attribute)
            }
        }
    }
}

/// The two kinds of index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Same hash key as the table; can be read consistently.
    Local,
    /// Any hash key; always lags behind a little.
    Global,
}

/// Attributes that an index holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Projection {
    /// All of the item.
    All,
    /// The keys of table and index.
    KeysOnly,
    /// The keys and these attributes.
    Include(Vec<String>),
}
