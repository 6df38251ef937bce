//! DynamoDB Local, fetched with Maven into a folder below `target`.
//!
//! Amazon's own stand-in for the service: a second opinion on what the test kit's embedded DynamoDB answers.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};

use crate::steps::Steps;
use crate::workspace::Workspace;

/// The one version that we use.
const VERSION: &str = "3.3.1";

/// The folder with DynamoDB Local's archives and native libraries, filled first where it is missing.
///
/// # Errors
/// Where there is no Java or no Maven, or the archives cannot be had.
pub(crate) fn ensure_dynamodb_local(
    workspace: &Workspace,
    steps: &mut Steps,
) -> anyhow::Result<PathBuf> {
    let java = Command::new("java")
        .arg("-version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .context("there is no `java`")?;
    ensure!(java.success(), "`java -version` ended with {java}");
    let tools = workspace.root.join("target/tools");
    let folder = tools.join(format!("dynamodb-local-{VERSION}"));
    if folder.is_dir() {
        return Ok(folder);
    }
    steps.talk(&format!(
        "installing DynamoDB Local {VERSION} into target/tools"
    ));
    // Only a whole copy gets the name that is looked for.
    let partial = tools.join(format!("dynamodb-local-{VERSION}.partial"));
    copy_archives(&tools, &partial)?;
    std::fs::rename(&partial, &folder)
        .with_context(|| format!("cannot rename `{}`", partial.display()))?;
    Ok(folder)
}

fn copy_archives(tools: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(tools).with_context(|| format!("cannot make `{}`", tools.display()))?;
    let project = tools.join("dynamodb-local.pom.xml");
    std::fs::write(&project, PROJECT.replace("VERSION", VERSION))
        .with_context(|| format!("cannot write `{}`", project.display()))?;
    let mut maven = Command::new("mvn");
    maven
        .args(["--quiet", "--batch-mode", "--file"])
        .arg(project);
    maven.arg("org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies");
    maven.arg("-DincludeScope=runtime");
    maven.arg(format!("-DoutputDirectory={}", to.display()));
    // Its complaints go to standard output, which is for our facts.
    let output = maven
        .stdin(Stdio::null())
        .output()
        .context("there is no `mvn`")?;
    ensure!(
        output.status.success(),
        "`mvn` could not copy DynamoDB Local {VERSION} and ended with {}: {}",
        output.status,
        complaint(&String::from_utf8_lossy(&output.stdout))
    );
    Ok(())
}

/// The first line that Maven marks as an error.
fn complaint(output: &str) -> &str {
    output
        .lines()
        .find_map(|line| line.strip_prefix("[ERROR] "))
        .unwrap_or("it said nothing")
}

/// A project that does nothing but depend on it.
const PROJECT: &str = r#"<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>athena-dynamodb</groupId><artifactId>dynamodb-local</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies><dependency>
    <groupId>software.amazon.dynamodb</groupId><artifactId>DynamoDBLocal</artifactId><version>VERSION</version>
  </dependency></dependencies>
</project>
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_error_is_told() {
        let output = "[INFO] scanning\n[ERROR] no such artifact\n[ERROR] see the manual\n";
        assert_eq!(complaint(output), "no such artifact");
        assert_eq!(complaint("[INFO] scanning\n"), "it said nothing");
    }
}
