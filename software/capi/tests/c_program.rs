//! The C example, compiled, linked to the static library, and run.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "../../host/tests/support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use bitladder_host::{DeviceUrl, Session};
use support::{config, package, pixels};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The static library that was built with this test: the newest one beside it.
fn library() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let files =
        std::fs::read_dir(test.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path());
    let ours = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        name.starts_with("libbitladder_capi") && name.ends_with(".a")
    };
    files.filter(ours).max_by_key(|path| path.metadata().unwrap().modified().unwrap()).unwrap()
}

/// The example, compiled without a warning.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("classify");
        let mut compiler = Command::new("cc");
        compiler.args(["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I"]);
        compiler.arg(root().join("software/include"));
        compiler.arg(root().join("software/capi/examples/classify.c")).arg(library());
        compiler.args(["-lpthread", "-ldl", "-lm", "-o"]).arg(&program);
        let output = compiler.output().expect("a C compiler is installed: package build-essential");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        program
    })
}

/// A folder with a configuration, a package and the pixels of three images.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("machine.toml"), config().canonical()).unwrap();
    let mut package = package(u64::MAX);
    package.classes = vec!["cat".into(), "dog".into()];
    package.write(folder.path().join("net.blp")).unwrap();
    let bytes: Vec<u8> = pixels(3, 7).iter().flat_map(|pixel| pixel.to_le_bytes()).collect();
    std::fs::write(folder.path().join("pixels"), bytes).unwrap();
    folder
}

fn run(folder: &Path, url: &str, rest: &[&str]) -> Output {
    let mut command = Command::new(program());
    command.current_dir(folder).args([url, "machine.toml", "net.blp", "pixels"]).args(rest);
    command.output().unwrap()
}

#[test]
fn a_c_program_gets_what_a_rust_program_gets() {
    let folder = folder();
    for (profile, mhz) in [("low", "25"), ("-", "50")] {
        let output = run(folder.path(), "sim:golden", &[profile, mhz]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
        let url: DeviceUrl = "sim:golden".parse().unwrap();
        let mut session = Session::open(&url, &config(), package(u64::MAX), 4).unwrap();
        let verdicts = match profile {
            "-" => session.infer_climbing(&pixels(3, 7)),
            name => session.infer(name, &pixels(3, 7)),
        };
        let names = ["cat", "dog"];
        let line = |(image, v): (usize, &bitladder_host::Verdict)| {
            let (class, margin) = (v.class, v.margin.unwrap_or(u64::MAX));
            let (name, score) = (names.get(class).unwrap_or(&"-"), v.scores[class]);
            let precision = &v.profile;
            format!(
                "{image}: class {class} ({name}), margin {margin}, score {score:.3}, precision {precision}\n"
            )
        };
        let wanted: String = verdicts.unwrap().iter().enumerate().map(line).collect();
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(text, format!("{wanted}bitladder {version}, {mhz} MHz\n"));
    }
}

#[test]
fn failures_have_a_number_and_a_text() {
    let folder = folder();
    let cases: [(&str, &[&str], &str); 5] = [
        ("usb:1", &[], "error 1: `usb:1` names no device"),
        ("uart:/dev/none", &[], "error 3: /dev/none: there is no such serial port"),
        (
            "sim:golden",
            &["middle"],
            "error 4: the package has no precision `middle`; it has high, low",
        ),
        (
            "sim:golden",
            &["low", "33"],
            "error 1: argument `mhz` is 33, allowed is one of the machine's clocks: [50, 25]",
        ),
        ("sim:golden?config=none.toml", &[], "error 2: none.toml"),
    ];
    for (url, rest, text) in cases {
        let output = run(folder.path(), url, rest);
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.starts_with(text), "{url}: {error}");
        assert_eq!(output.status.code(), Some(1), "{url}");
    }
    std::fs::write(folder.path().join("net.blp"), b"nonsense").unwrap();
    let output = run(folder.path(), "sim:golden", &[]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.starts_with("error 2: net.blp: not a bitladder package"), "{error}");
}
