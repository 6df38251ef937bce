//! The arrows between packages, as ARCHITECTURE draws them.

use crate::tidy::Finding;
use crate::workspace::Package;

/// What each package of the house may use of the others, outside its tests. `None`: anything.
const EDGES: &[(&str, Option<&[&str]>)] = &[
    ("athena-protocol", Some(&[])),
    ("athena-federation", Some(&["athena-protocol"])),
    (
        "athena-dynamodb",
        Some(&["athena-federation", "athena-protocol"]),
    ),
    ("athena-client", Some(&["athena-protocol"])),
    (
        "athena-local",
        Some(&[
            "athena-client",
            "athena-dynamodb",
            "athena-federation",
            "athena-protocol",
            "athena-testkit",
        ]),
    ),
    ("iam-policy-kit", Some(&[])),
    ("athena-packaging", Some(&[])),
    (
        "athena-dynamodb-deploy",
        Some(&["athena-packaging", "iam-policy-kit"]),
    ),
    (
        "athena-testkit",
        Some(&["athena-client", "athena-protocol", "iam-policy-kit"]),
    ),
    ("athena-fuzz", Some(&["athena-dynamodb", "athena-protocol"])),
    ("athena-tests", None),
    ("athena-benches", None),
    ("xtask", None),
];

/// Packages that may not know the network or AWS, not even in their tests.
const PURE: &[&str] = &["athena-protocol", "iam-policy-kit"];

/// What brings the network or AWS. `aws-lc-rs` is cryptography and allowed.
const IMPURE: &[&str] = &[
    "tokio",
    "hyper",
    "lambda_runtime",
    "aws-sdk-",
    "aws-config",
    "aws-smithy-",
    "reqwest",
];

pub(super) fn check(packages: &[Package]) -> Vec<Finding> {
    let names: Vec<&str> = packages
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    let mut findings = Vec::new();
    for package in packages {
        let name = package.name.as_str();
        let Some((_, allowed)) = EDGES.iter().find(|(known, _)| *known == name) else {
            findings.push(Finding::error(
                name,
                "is a new package; draw its arrows in `xtask tidy` and ARCHITECTURE",
            ));
            continue;
        };
        for dependency in &package.dependencies {
            let on = dependency.name.as_str();
            let inside = names.contains(&on);
            if inside && !dependency.dev && allowed.is_some_and(|allowed| !allowed.contains(&on)) {
                findings.push(Finding::error(
                    name,
                    format!("may not depend on `{on}`: arrows point down only"),
                ));
            }
            if PURE.contains(&name) && IMPURE.iter().any(|impure| on.starts_with(impure)) {
                findings.push(Finding::error(
                    name,
                    format!("may not depend on `{on}`: it gives values for bytes, no more"),
                ));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::{Dependency, Workspace};

    fn package(name: &str, dependencies: &[(&str, bool)]) -> Package {
        let dependency = |(name, dev): &(&str, bool)| Dependency {
            name: (*name).to_owned(),
            dev: *dev,
        };
        Package {
            name: name.to_owned(),
            dependencies: dependencies.iter().map(dependency).collect(),
        }
    }

    #[test]
    fn an_arrow_upwards_is_found_unless_only_tests_follow_it() {
        let upwards = |dev| {
            check(&[
                package("athena-protocol", &[]),
                package("iam-policy-kit", &[("athena-protocol", dev)]),
            ])
        };
        assert_eq!(
            upwards(false),
            [Finding::error(
                "iam-policy-kit",
                "may not depend on `athena-protocol`: arrows point down only"
            )]
        );
        assert_eq!(upwards(true), []);
    }

    #[test]
    fn the_network_is_found_in_a_pure_package_even_in_tests() {
        for impure in ["tokio", "tokio-util", "aws-sdk-s3", "aws-config"] {
            assert_eq!(
                check(&[package("athena-protocol", &[(impure, true)])]).len(),
                1,
                "{impure}"
            );
        }
        assert_eq!(
            check(&[package(
                "athena-protocol",
                &[("aws-lc-rs", false), ("serde", false)]
            )]),
            []
        );
    }

    #[test]
    fn a_package_without_arrows_is_found() {
        assert_eq!(check(&[package("athena-extra", &[])]).len(), 1);
    }

    #[test]
    fn every_package_of_the_workspace_is_drawn() {
        let packages = Workspace::here().packages().unwrap();
        let drawn: Vec<&str> = EDGES.iter().map(|(name, _)| *name).collect();
        let undrawn: Vec<_> = packages
            .iter()
            .filter(|package| !drawn.contains(&package.name.as_str()))
            .map(|p| &p.name)
            .collect();
        assert!(undrawn.is_empty(), "{undrawn:?}");
    }
}
