//! `cargo xtask sbom`: what is linked into the function, as a document of the form that OWASP defines (<https://cyclonedx.org/docs/1.5/json/>).
//!
//! Cargo itself says what depends on what, for the function's package alone and for Linux; `Cargo.lock` has the checksums. There is no
//! time and no random number in the document: a commit has one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use crate::steps::Steps;
use crate::workspace::{Workspace, stdout};

/// Package of the function.
const ROOT: &str = "athena-dynamodb";
/// Only what is built for it counts.
const TARGET: &str = "x86_64-unknown-linux-gnu";

/// Writes the document to `out`, below the workspace's root.
///
/// # Errors
/// Where cargo cannot tell, or the file cannot be written.
pub(crate) fn run(workspace: &Workspace, out: &Path, steps: &mut Steps) -> anyhow::Result<()> {
    let document = document(workspace)?;
    let out = workspace.root.join(out);
    let folder = out.parent().context("`--out` must name a file")?;
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make `{}`", folder.display()))?;
    let text = serde_json::to_string_pretty(&document).context("cannot write JSON")?;
    std::fs::write(&out, text + "\n")
        .with_context(|| format!("cannot write `{}`", out.display()))?;
    let components = document["components"].as_array().map_or(0, Vec::len);
    steps.data(&format!("{}: {components} components", out.display()))
}

fn document(workspace: &Workspace) -> anyhow::Result<Value> {
    let mut tree = workspace.cargo();
    tree.args([
        "tree",
        "--locked",
        "--package",
        ROOT,
        "--edges",
        "normal",
        "--target",
        TARGET,
    ]);
    tree.args(["--prefix", "depth", "--format", "|{p}|{l}"]);
    let graph = Graph::of(&stdout(&mut tree)?)?;
    let path = workspace.root.join("Cargo.lock");
    let lock = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read `{}`", path.display()))?;
    graph.document(&checksums(&lock)?)
}

/// A package in a version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Id {
    name: String,
    version: String,
}

impl Id {
    fn purl(&self) -> String {
        format!(
            "pkg:cargo/{}@{}",
            self.name,
            self.version.replace('+', "%2B")
        )
    }
}

struct Facts {
    licence: String,
    /// Runs in the compiler and is not linked.
    proc_macro: bool,
}

/// What cargo's tree says, each package once.
struct Graph {
    root: Id,
    packages: BTreeMap<Id, Facts>,
    edges: BTreeMap<Id, BTreeSet<Id>>,
}

impl Graph {
    /// Reads lines of depth, package and licence; packages that came before are marked `(*)` there, without what is below them.
    fn of(tree: &str) -> anyhow::Result<Self> {
        let mut packages = BTreeMap::new();
        let mut edges: BTreeMap<Id, BTreeSet<Id>> = BTreeMap::new();
        let mut above: Vec<Id> = Vec::new();
        for line in tree.lines().filter(|line| !line.trim().is_empty()) {
            let parts: Vec<&str> = line.splitn(3, '|').collect();
            let [depth, package, licence] = parts[..] else {
                anyhow::bail!("`cargo tree` printed the line `{line}`");
            };
            let depth: usize = depth.parse().context("a depth is no number")?;
            let mut words = package.split_whitespace();
            let name = words.next().context("a package without name")?;
            let version = words.next().and_then(|word| word.strip_prefix('v'));
            let id = Id {
                name: name.to_owned(),
                version: version.context("a package without version")?.to_owned(),
            };
            let facts = Facts {
                licence: licence.trim_end_matches(" (*)").trim().to_owned(),
                proc_macro: package.contains("(proc-macro)"),
            };
            packages.entry(id.clone()).or_insert(facts);
            edges.entry(id.clone()).or_default();
            ensure!(depth <= above.len(), "`cargo tree` left a level out");
            above.truncate(depth);
            if let Some(parent) = above.last() {
                edges.entry(parent.clone()).or_default().insert(id.clone());
            }
            above.push(id);
        }
        Ok(Self {
            root: above
                .first()
                .context("`cargo tree` printed nothing")?
                .clone(),
            packages,
            edges,
        })
    }

    fn document(&self, checksums: &BTreeMap<Id, String>) -> anyhow::Result<Value> {
        let linked = self.linked();
        let component = |id: &Id, kind: &str| -> anyhow::Result<Value> {
            let facts = &self.packages[id];
            let mut component = json!({
                "type": kind,
                "bom-ref": id.purl(),
                "name": id.name,
                "version": id.version,
                "scope": if linked.contains(id) { "required" } else { "excluded" },
                "purl": id.purl(),
            });
            if !facts.licence.is_empty() {
                component["licenses"] = json!([{"expression": facts.licence}]);
            }
            match checksums.get(id) {
                Some(checksum) => {
                    component["hashes"] = json!([{"alg": "SHA-256", "content": checksum}]);
                }
                None => ensure!(
                    id.version == self.root.version,
                    "`{}` has no checksum in `Cargo.lock`",
                    id.name
                ),
            }
            Ok(component)
        };
        let others = self.packages.keys().filter(|id| **id != self.root);
        let components: Vec<Value> = others
            .map(|id| component(id, "library"))
            .collect::<Result<_, _>>()?;
        let dependencies = self.edges.iter().map(|(id, below)| {
            json!({"ref": id.purl(), "dependsOn": below.iter().map(Id::purl).collect::<Vec<_>>()})
        });
        Ok(json!({
            "bomFormat": "CycloneDX",
            "specVersion": "1.5",
            "version": 1,
            "metadata": {"component": component(&self.root, "application")?},
            "components": components,
            "dependencies": dependencies.collect::<Vec<_>>(),
        }))
    }

    /// What can be reached from the root without passing a procedural macro.
    fn linked(&self) -> BTreeSet<Id> {
        let mut linked = BTreeSet::new();
        let mut next = vec![&self.root];
        while let Some(id) = next.pop() {
            if !self.packages[id].proc_macro && linked.insert(id.clone()) {
                next.extend(&self.edges[id]);
            }
        }
        linked
    }
}

/// Checksums of packages by what `Cargo.lock` says; those of the workspace have none.
fn checksums(lock: &str) -> anyhow::Result<BTreeMap<Id, String>> {
    let lock: toml::Table = lock.parse().context("`Cargo.lock` is no TOML")?;
    let packages = lock["package"]
        .as_array()
        .context("`Cargo.lock` lists no packages")?;
    let text = |package: &toml::Value, key: &str| package.get(key)?.as_str().map(str::to_owned);
    let with_checksum = packages.iter().filter_map(|package| {
        let (name, version) = (text(package, "name")?, text(package, "version")?);
        Some((Id { name, version }, text(package, "checksum")?))
    });
    Ok(with_checksum.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "0|athena-dynamodb v0.1.0 (/somewhere/crates/dynamodb)|Apache-2.0\n\
        1|alpha v1.2.0|MIT OR Apache-2.0\n\
        2|derive v3.0.0 (proc-macro)|MIT\n\
        3|parser v2.0.0|MIT\n\
        1|beta v0.1.0+c.1|BSD-3-Clause\n\
        2|alpha v1.2.0|MIT OR Apache-2.0 (*)\n";
    const LOCK: &str = "version = 4\n\
        [[package]]\nname = \"alpha\"\nversion = \"1.2.0\"\nchecksum = \"aa\"\n\
        [[package]]\nname = \"derive\"\nversion = \"3.0.0\"\nchecksum = \"dd\"\n\
        [[package]]\nname = \"parser\"\nversion = \"2.0.0\"\nchecksum = \"ff\"\n\
        [[package]]\nname = \"beta\"\nversion = \"0.1.0+c.1\"\nchecksum = \"bb\"\n";

    fn by_name<'a>(document: &'a Value, name: &str) -> &'a Value {
        let mut components = document["components"].as_array().unwrap().iter();
        components.find(|one| one["name"] == name).unwrap()
    }

    #[test]
    fn what_runs_in_the_compiler_is_told_apart_from_what_is_linked() {
        let document = Graph::of(TREE)
            .unwrap()
            .document(&checksums(LOCK).unwrap())
            .unwrap();
        let scope = |name| by_name(&document, name)["scope"].clone();
        assert_eq!(scope("alpha"), "required");
        assert_eq!(scope("beta"), "required");
        assert_eq!(scope("derive"), "excluded");
        assert_eq!(scope("parser"), "excluded");
        let beta = by_name(&document, "beta");
        assert_eq!(beta["purl"], "pkg:cargo/beta@0.1.0%2Bc.1");
        assert_eq!(beta["hashes"][0]["content"], "bb");
        assert_eq!(beta["licenses"][0]["expression"], "BSD-3-Clause");
        let dependencies = document["dependencies"].as_array().unwrap();
        let of = |purl: &str| {
            let mut found = dependencies.iter().filter(|one| one["ref"] == purl);
            found.next().unwrap()["dependsOn"].clone()
        };
        assert_eq!(
            of("pkg:cargo/beta@0.1.0%2Bc.1"),
            json!(["pkg:cargo/alpha@1.2.0"])
        );
        assert_eq!(of("pkg:cargo/parser@2.0.0"), json!([]));
    }

    #[test]
    fn a_crate_without_checksum_is_refused() {
        let error = Graph::of(TREE)
            .unwrap()
            .document(&checksums("package = []").unwrap())
            .unwrap_err();
        assert!(
            error.to_string().contains("`alpha` has no checksum"),
            "{error}"
        );
    }

    #[test]
    fn the_functions_own_document_holds_the_sdk_and_not_the_shell() {
        let document = document(&Workspace::here()).unwrap();
        let components = document["components"].as_array().unwrap();
        let names: BTreeSet<_> = components
            .iter()
            .map(|one| one["name"].as_str().unwrap())
            .collect();
        assert!(names.is_superset(&BTreeSet::from([
            "aws-sdk-dynamodb",
            "arrow-ipc",
            "athena-protocol"
        ])));
        assert!(!names.contains("datafusion") && !names.contains("athena-testkit"));
        assert!(components.iter().all(|one| one["licenses"].is_array()));
        let text = document.to_string();
        assert!(
            !text.contains(&Workspace::here().root.display().to_string()),
            "no folder of this machine"
        );
    }
}
