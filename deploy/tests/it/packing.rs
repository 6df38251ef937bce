//! `package`: what Lambda can start is packed, the same bytes every time, and what it cannot is refused with what to do.

use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const X86: u16 = 0x3e;
const ARM: u16 = 0xb7;

/// The least that is a program for a machine: a header, and nothing that needs a library.
fn program(machine: u16) -> Vec<u8> {
    let mut program = vec![0; 64];
    program[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
    program[16] = 3;
    program[18..20].copy_from_slice(&machine.to_le_bytes());
    program[20] = 1;
    program[52] = 64;
    program
}

/// Packs with nothing in the path but these programs.
fn package(folder: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_athena-dynamodb-deploy"))
        .arg("package")
        .args(words)
        .current_dir(folder)
        .env_clear()
        .env("PATH", folder.join("bin"))
        .env("HOME", folder)
        .output()
        .unwrap()
}

/// Puts a shell script into the path.
fn script(folder: &Path, name: &str, text: &str) {
    let path = folder.join("bin").join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

fn talk(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn a_program_is_packed_as_lambda_takes_it_the_same_bytes_every_time() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("program");
    std::fs::write(&path, program(X86)).unwrap();
    let mut packages = Vec::new();
    for out in ["a/bootstrap.zip", "b/bootstrap.zip"] {
        let words = ["--bootstrap", "program", "--json", "--out", out];
        let output = package(folder.path(), &words);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        let bytes = std::fs::read(folder.path().join(out)).unwrap();
        assert_eq!(told["bytes"], bytes.len());
        assert_eq!(told["architecture"], "x86_64");
        packages.push((bytes, told["code_sha256"].clone()));
    }
    assert_eq!(packages[0], packages[1]);
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&packages[0].0)).unwrap();
    let mut entry = archive.by_name("bootstrap").unwrap();
    assert_eq!(entry.unix_mode(), Some(0o100_755));
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, program(X86));
}

#[test]
fn what_lambda_cannot_start_is_refused() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("program");
    for (bytes, architecture, told, hint) in [
        (
            program(ARM),
            "x86_64",
            "for ELF machine 0xb7",
            "--architecture",
        ),
        (
            program(X86),
            "arm64",
            "for ELF machine 0x3e",
            "--architecture",
        ),
        (
            b"#!/bin/sh\n".to_vec(),
            "x86_64",
            "no 64-bit ELF binary",
            "--bootstrap",
        ),
    ] {
        std::fs::write(&path, bytes).unwrap();
        let words = ["--bootstrap", "program", "--architecture", architecture];
        let output = package(folder.path(), &words);
        let said = talk(&output);
        assert_eq!(output.status.code(), Some(64), "{said}");
        assert!(said.contains(told) && said.contains(hint), "{said}");
        assert!(!folder.path().join("target").exists());
    }
}

#[test]
#[cfg(target_arch = "x86_64")]
fn for_arm64_what_the_toolchain_lacks_is_told_and_what_it_builds_is_packed() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    let arm = ["--architecture", "arm64"];
    let lacks = |hint: &str| {
        let output = package(folder, &arm);
        let said = talk(&output);
        assert_eq!(output.status.code(), Some(64), "{said}");
        assert!(said.contains(hint), "{said}");
    };
    script(folder, "rustc", "echo /nowhere/lib");
    script(folder, "cargo", "exit 1");
    lacks("`rustup target add aarch64-unknown-linux-gnu`");
    script(folder, "rustc", "echo /");
    lacks("`pip install cargo-zigbuild ziglang`");
    let built = folder.join("built");
    std::fs::write(&built, program(ARM)).unwrap();
    let artifact = serde_json::json!({
        "reason": "compiler-artifact", "target": {"name": "bootstrap"}, "executable": built,
    });
    // What it was called with, and what cargo says of a binary.
    let says = format!("echo \"$@\" >> calls\necho '{artifact}'");
    script(folder, "cargo", &says);
    let output = package(folder, &arm);
    assert_eq!(output.status.code(), Some(0), "{}", talk(&output));
    let calls = std::fs::read_to_string(folder.join("calls")).unwrap();
    let last = calls.lines().last().unwrap();
    assert!(
        last.starts_with(
            "zigbuild --target aarch64-unknown-linux-gnu.2.34 --package athena-dynamodb"
        ),
        "{calls}"
    );
    assert!(last.ends_with("--profile lambda"), "{calls}");
    assert!(folder.join("target/lambda/bootstrap.zip").is_file());
}
