//! The JSON form of a document: read with all the liberties that AWS allows, printed in one canonical way.
//!
//! Reading takes an object or a list of objects as `Statement`, a text or a list of texts wherever several may stand, a
//! bare account id or ARN as `Principal`, which Lambda takes and emulators store, and `true` or `1` for `"true"` or `"1"`
//! among condition values. It refuses what AWS refuses: unknown elements, an element given twice, both `Action` and
//! `NotAction`. Printing keeps the order of statements, sorts everything that is a set, and writes a list of one as that
//! one. [`Text`] leaves alone what it is not asked to change.

mod node;
mod read;
mod write;
mod text;
mod percent;

pub use percent::decode_percent;
pub use read::ParseError;
pub use text::Text;

use crate::document::Document;

impl Document {
    /// Reads a document from JSON.
    ///
    /// # Errors
    /// [`ParseError`] names the place, for example `Statement[1].Condition`, what belongs there and what was found.
    pub fn from_json(text: &str) -> Result<Self, ParseError> {
        read::document(text)
    }

    /// Prints the document over several lines, for people.
    pub fn to_json_pretty(&self) -> String {
        serde_json::to_string_pretty(&write::DocumentForm::of(self))
            .expect("texts and maps with text keys always print")
    }

    /// Prints the document in one line without white space, as it counts against AWS's size limits.
    pub fn to_json(&self) -> String {
        serde_json::to_string(&write::DocumentForm::of(self))
            .expect("texts and maps with text keys always print")
    }
}
