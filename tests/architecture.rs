//! ARCHITECTURE.md's module order holds: nothing imports upward, so there is no cycle.

use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn no_module_imports_from_one_that_stands_after_it() {
    let order = module_order();
    let mut upward = Vec::new();
    let mut imports = 0;
    for (place, module) in order.iter().enumerate() {
        for file in files_of(module) {
            let code = fs::read_to_string(&file).expect("a source file can be read");
            for imported in imported_modules(&code) {
                let of_imported = order.iter().position(|known| *known == imported);
                let of_imported = of_imported.unwrap_or_else(|| {
                    panic!("{}: `{imported}` is not in the order", file.display())
                });
                imports += 1;
                if of_imported > place {
                    upward.push(format!(
                        "{}: `{module}` imports from `{imported}`",
                        file.display()
                    ));
                }
            }
        }
    }
    assert!(
        imports > 50,
        "only {imports} imports were seen: the reader of imports is broken"
    );
    assert!(upward.is_empty(), "{}", upward.join("\n"));
}

#[test]
fn the_order_names_every_module_of_the_crate() {
    let lib = fs::read_to_string(root().join("src/lib.rs")).expect("lib.rs can be read");
    let declared: Vec<_> = lib
        .lines()
        .filter_map(|line| {
            line.trim_start_matches("pub ")
                .strip_prefix("mod ")?
                .strip_suffix(';')
        })
        .collect();
    assert_eq!(
        declared,
        module_order(),
        "src/lib.rs declares the modules in the order of ARCHITECTURE.md"
    );
}

#[test]
fn judgement_awaits_nothing_and_reads_no_clock() {
    for file in files_of("dnssec").into_iter().chain(files_of("dns")) {
        let code = fs::read_to_string(&file).expect("a source file can be read");
        for forbidden in [
            "async ",
            ".await",
            "SystemTime::now",
            "Instant::now",
            "tokio::",
            "UdpSocket",
            "TcpStream",
            "TcpListener",
        ] {
            assert!(
                !code.contains(forbidden),
                "{}: `{forbidden}` has no place in judgement",
                file.display()
            );
        }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn module_order() -> Vec<String> {
    let page =
        fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md can be read");
    let after_mark = page
        .split("<!-- module order")
        .nth(1)
        .expect("the mark is there");
    let line = after_mark
        .lines()
        .find(|line| line.contains(" -> "))
        .expect("the order follows the mark");
    line.split(" -> ")
        .map(|module| module.trim().to_owned())
        .collect()
}

fn files_of(module: &str) -> Vec<PathBuf> {
    let (file, folder) = (
        root().join(format!("src/{module}.rs")),
        root().join("src").join(module),
    );
    let mut files = if file.exists() {
        vec![file]
    } else {
        Vec::new()
    };
    let mut folders = if folder.exists() {
        vec![folder]
    } else {
        Vec::new()
    };
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a source folder can be read") {
            let path = entry.expect("an entry can be read").path();
            let is_test = path
                .file_stem()
                .is_some_and(|stem| stem.to_string_lossy().ends_with("tests"));
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") && !is_test {
                files.push(path);
            }
        }
    }
    assert!(!files.is_empty(), "module `{module}` has no file");
    files
}

/// The modules after each `crate::`, in imports and paths alike, braces included; tests inside a file are left out.
fn imported_modules(code: &str) -> Vec<String> {
    let code = code.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let code: String = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n");
    let word = |text: &str| {
        text.trim_start()
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect::<String>()
    };
    let after_crate = code.split("crate::").skip(1);
    after_crate
        .flat_map(|rest| match rest.strip_prefix('{') {
            Some(braced) => braced
                .split('}')
                .next()
                .unwrap_or_default()
                .split(',')
                .map(word)
                .collect(),
            None => vec![word(rest)],
        })
        .filter(|module| !module.is_empty())
        .collect()
}
