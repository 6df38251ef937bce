//! The attribute types of `DynamoDB`, as they tag each value on the wire (AWS: `AttributeValue`).

use std::fmt;

/// The type that an attribute value is tagged with: the `S` of `{"S":"text"}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tag {
    /// Text.
    S,
    /// A decimal number, sent as text.
    N,
    /// Bytes, sent in base64.
    B,
    /// A truth value.
    Bool,
    /// The null value.
    Null,
    /// A set of texts.
    Ss,
    /// A set of numbers.
    Ns,
    /// A set of byte strings.
    Bs,
    /// A list of tagged values.
    L,
    /// A map from names to tagged values.
    M,
}

impl Tag {
    /// All tags, in the order of their declaration: `ALL[tag as usize] == tag`.
    pub const ALL: [Tag; 10] = [
        Tag::S,
        Tag::N,
        Tag::B,
        Tag::Bool,
        Tag::Null,
        Tag::Ss,
        Tag::Ns,
        Tag::Bs,
        Tag::L,
        Tag::M,
    ];

    /// The tag as the wire spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Tag::S => "S",
            Tag::N => "N",
            Tag::B => "B",
            Tag::Bool => "BOOL",
            Tag::Null => "NULL",
            Tag::Ss => "SS",
            Tag::Ns => "NS",
            Tag::Bs => "BS",
            Tag::L => "L",
            Tag::M => "M",
        }
    }

    /// The type of a set's elements; `None` for what is not a set.
    pub fn of_elements(self) -> Option<Tag> {
        match self {
            Tag::Ss => Some(Tag::S),
            Tag::Ns => Some(Tag::N),
            Tag::Bs => Some(Tag::B),
            _ => None,
        }
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Tag;

    #[test]
    fn a_tag_stands_at_its_own_place_in_the_list_of_all() {
        for (place, tag) in Tag::ALL.into_iter().enumerate() {
            assert_eq!(tag as usize, place, "{tag}");
        }
    }
}
