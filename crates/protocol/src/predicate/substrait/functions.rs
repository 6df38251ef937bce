//! Functions by their number in the plan.

use super::PlanError;
use super::messages::{Declaration, Mapping, Uri};
use std::collections::HashMap;
use std::sync::Arc;

/// The functions that a plan declares.
pub(super) struct Functions(HashMap<u32, Option<Arc<str>>>);

impl Functions {
    /// Reads the declarations, with the names of extensions in the older form (`older`: by URI) and the newer one (by URN).
    ///
    /// # Errors
    /// [`PlanError::FunctionTwice`] if a number has two functions.
    pub(super) fn read(
        declarations: Vec<Declaration>,
        older: &[Uri],
        newer: &[Uri],
    ) -> Result<Self, PlanError> {
        let (older, newer) = (foreign(older), foreign(newer));
        // Not there: the plan says nothing about the extension, as older producers do.
        let is_foreign =
            |of: &HashMap<u32, bool>, anchor: u32| of.get(&anchor).is_some_and(|foreign| *foreign);
        let mut functions = HashMap::with_capacity(declarations.len());
        for declaration in declarations {
            let Some(Mapping::Function(function)) = declaration.mapping else {
                continue;
            };
            // Which of the two a plan means if it gives both cannot be told, 0 being a number like others.
            let foreign = is_foreign(&older, function.uri) || is_foreign(&newer, function.urn);
            let name = function.name.split(':').next().unwrap_or_default();
            let known = (!foreign && !name.is_empty()).then(|| Arc::from(name));
            let anchor = function.anchor;
            if functions.insert(anchor, known).is_some() {
                return Err(PlanError::FunctionTwice { anchor });
            }
        }
        Ok(Self(functions))
    }

    /// The function's name without signature; `None` if it belongs to an extension that is not Substrait's own, where a known
    /// name may mean something else.
    ///
    /// # Errors
    /// [`PlanError::UnknownFunction`] if the plan does not declare it.
    pub(super) fn name(&self, anchor: u32) -> Result<Option<Arc<str>>, PlanError> {
        self.0
            .get(&anchor)
            .cloned()
            .ok_or(PlanError::UnknownFunction { anchor })
    }
}

/// The extensions by number, and whether each is foreign to Substrait. One that is given twice is foreign if either is.
fn foreign(extensions: &[Uri]) -> HashMap<u32, bool> {
    let mut foreign = HashMap::with_capacity(extensions.len());
    for Uri { anchor, uri } in extensions {
        *foreign.entry(*anchor).or_insert(false) |= !is_own(uri);
    }
    foreign
}

/// Whether an extension is one of Substrait's: `extension:io.substrait:functions_boolean`, or formerly the place of its file,
/// such as `/functions_boolean.yaml` and the same behind the project's address. An empty name says nothing.
fn is_own(uri: &str) -> bool {
    let file = uri
        .strip_prefix("https://github.com/substrait-io/substrait/")
        .and_then(|path| path.rsplit_once('/'))
        .or(uri.strip_prefix('/').map(|file| ("", file)))
        .map(|(_, file)| file);
    uri.is_empty()
        || uri.starts_with("extension:io.substrait:")
        || file.is_some_and(|file| {
            let name = file.strip_suffix(".yaml").unwrap_or_default();
            name.starts_with("functions_") && !name.contains('/')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_extensions_of_substrait_are_its_own() {
        for own in [
            "",
            "extension:io.substrait:functions_comparison",
            "/functions_comparison.yaml",
            "https://github.com/substrait-io/substrait/blob/main/extensions/functions_boolean.yaml",
        ] {
            assert!(is_own(own), "{own}");
        }
        for foreign in [
            "extension:org.example:functions_comparison",
            "https://example.org/functions_comparison.yaml",
            "/other/functions_comparison.yaml",
            "/comparison.yaml",
            "functions_comparison",
        ] {
            assert!(!is_own(foreign), "{foreign}");
        }
    }
}
