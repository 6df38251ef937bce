//! JSON documents whose fields keep their order: fixtures are edited without disturbing what is not meant, and the order of an
//! answer's fields can be told.

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// An object's fields in their order, values as text.
#[derive(Debug, Clone)]
pub(crate) struct Document(Vec<(String, Box<RawValue>)>);

impl Document {
    #[track_caller]
    pub(crate) fn of(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// The text of a field's value.
    #[track_caller]
    pub(crate) fn get(&self, name: &str) -> &str {
        self.find(name)
            .unwrap_or_else(|| panic!("`{name}` in {}", self.text()))
    }

    /// The value of a field that holds a text.
    #[track_caller]
    pub(crate) fn get_text(&self, name: &str) -> String {
        serde_json::from_str(self.get(name)).unwrap()
    }

    fn find(&self, name: &str) -> Option<&str> {
        let field = self.0.iter().find(|(field, _)| field == name);
        field.map(|(_, value)| value.get())
    }

    /// Gives a field that is there another value.
    #[track_caller]
    pub(crate) fn set(&mut self, name: &str, json: impl Into<String>) {
        let field = self.0.iter_mut().find(|(field, _)| field == name);
        field.unwrap_or_else(|| panic!("no field `{name}`")).1 =
            RawValue::from_string(json.into()).unwrap();
    }

    pub(crate) fn text(&self) -> String {
        let fields = self.0.iter().map(|(name, value)| {
            format!("{}:{}", serde_json::to_string(name).unwrap(), value.get())
        });
        format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
    }

    /// The names of all fields as paths, in the order in which they stand; of a list's elements those of the first, and of the
    /// maps in `maps` only the map itself.
    pub(crate) fn paths(&self, maps: &[&str]) -> Vec<String> {
        let mut paths = Vec::new();
        self.add_paths("", maps, &mut paths);
        paths
    }

    fn add_paths(&self, above: &str, maps: &[&str], paths: &mut Vec<String>) {
        for (name, value) in &self.0 {
            let path = format!("{above}{name}");
            paths.push(path.clone());
            if maps.contains(&name.as_str()) {
                continue;
            }
            let first = match value.get().as_bytes().first() {
                Some(b'[') => {
                    let elements: Vec<Box<RawValue>> = serde_json::from_str(value.get()).unwrap();
                    elements.into_iter().next()
                }
                _ => Some(value.clone()),
            };
            if let Some(object) = first.filter(|value| value.get().starts_with('{')) {
                Self::of(object.get()).add_paths(&format!("{path}."), maps, paths);
            }
        }
    }
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Document;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Document, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Document(fields))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}
