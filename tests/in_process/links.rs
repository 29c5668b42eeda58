//! Every relative link of README.md, CONTRIBUTING.md, ARCHITECTURE.md, CHANGELOG.md and docs/ leads to a file that is there, and every
//! `#anchor` to a heading of it. What is at the end of an `https:` link is not asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The pages that people read, by their paths in the repository.
fn pages() -> Vec<PathBuf> {
    let names = |folder: &str| {
        fs::read_dir(root().join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
    };
    let top = names("").map(PathBuf::from);
    let docs = names("docs").map(|name| Path::new("docs").join(name));
    let mut pages: Vec<_> = top
        .chain(docs)
        .filter(|path| path.extension().is_some_and(|end| end == "md"))
        .collect();
    pages.sort();
    pages
}

/// The text without what stands in fences and between backticks, where nothing is a link.
fn prose(page: &str) -> String {
    let mut fenced = false;
    let mut lines = Vec::new();
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            lines.push(line);
        }
    }
    let outside = lines.join("\n");
    let outside: Vec<_> = outside.split('`').step_by(2).collect();
    outside.join("``")
}

/// What `[text](target)`, `![text](target)` and `[name]: target` lead to.
fn links(page: &str) -> Vec<String> {
    let prose = prose(page);
    let inline = prose
        .split("](")
        .skip(1)
        .filter_map(|rest| Some(rest.split_once(')')?.0));
    let defined = prose.lines().filter_map(|line| {
        line.strip_prefix('[')?
            .split_once("]: ")
            .map(|(_, target)| target)
    });
    inline
        .chain(defined)
        .map(|target| target.trim().to_owned())
        .collect()
}

/// The anchors of a page's headings, as GitHub, GitLab and Forgejo make them: small letters, blanks to hyphens, of other signs
/// only `_` and `-`; the second of one text has `-1` at its end.
fn anchors(page: &str) -> BTreeSet<String> {
    let mut fenced = false;
    let mut seen = BTreeMap::<String, usize>::new();
    let mut anchors = BTreeSet::new();
    for line in page.lines() {
        fenced ^= line.trim_start().starts_with("```");
        let Some(heading) = line
            .trim_start_matches('#')
            .strip_prefix(' ')
            .filter(|_| line.starts_with('#') && !fenced)
        else {
            continue;
        };
        let slug = heading.trim().to_lowercase();
        let slug: String = slug
            .chars()
            .filter(|c| c.is_alphanumeric() || " _-".contains(*c))
            .map(|c| if c == ' ' { '-' } else { c })
            .collect();
        let times = seen.entry(slug.clone()).or_default();
        anchors.insert(if *times == 0 {
            slug
        } else {
            format!("{slug}-{times}")
        });
        *times += 1;
    }
    anchors
}

/// What is wrong with one link of a page, if anything is.
fn fault(page: &Path, link: &str) -> Option<String> {
    if link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = link
        .split_once('#')
        .map_or((link, None), |(path, anchor)| (path, Some(anchor)));
    let target = if path.is_empty() {
        page.to_owned()
    } else {
        plain(&page.parent().unwrap_or(Path::new("")).join(path))
    };
    if !root().join(&target).exists() {
        return Some(format!(
            "{}: ({link}): there is no {}",
            page.display(),
            target.display()
        ));
    }
    let anchor = anchor?;
    let text = fs::read_to_string(root().join(&target)).unwrap_or_default();
    (!anchors(&text).contains(anchor)).then(|| {
        format!(
            "{}: ({link}): {} has no heading of that name",
            page.display(),
            target.display()
        )
    })
}

/// `docs/../deploy` is `deploy`, also where `docs` would not be there.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            other => plain.push(other),
        }
    }
    plain
}

#[test]
fn every_documentation_link_resolves() {
    let mut count = 0;
    let mut faults = Vec::new();
    for page in pages() {
        let links = links(&fs::read_to_string(root().join(&page)).unwrap());
        count += links.len();
        faults.extend(links.iter().filter_map(|link| fault(&page, link)));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(count > 200, "only {count} links were found");
}

/// What lies in the folders that the documentation speaks of, in prose, commands and examples.
#[test]
fn every_file_named_in_the_documentation_exists() {
    let mut count = 0;
    let mut lost = Vec::new();
    for page in pages() {
        let text = fs::read_to_string(root().join(&page)).unwrap();
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && !"._/-".contains(c));
        for word in words.map(|word| word.trim_start_matches("../").trim_end_matches('.')) {
            let folders = [
                "deploy/", "tests/", "scripts/", "src/", "benches/", "schema/", "fuzz/",
            ];
            if folders.iter().any(|folder| word.starts_with(folder)) {
                count += 1;
                if !root().join(word).exists() {
                    lost.push(format!("{}: {word}", page.display()));
                }
            }
        }
    }
    assert!(lost.is_empty(), "{}", lost.join("\n"));
    assert!(count > 100, "only {count} files were found");
}

#[test]
fn every_docs_page_is_linked_from_the_readme() {
    let readme = links(&fs::read_to_string(root().join("README.md")).unwrap());
    let linked: BTreeSet<_> = readme
        .iter()
        .filter_map(|link| link.split('#').next())
        .map(PathBuf::from)
        .collect();
    let lost: Vec<_> = pages()
        .into_iter()
        .filter(|page| page.starts_with("docs") && !linked.contains(page))
        .collect();
    assert!(lost.is_empty(), "nobody finds {lost:?}");
}

#[test]
fn dead_link_is_detected() {
    let page = Path::new("docs/zone.md");
    for (link, wanted) in [
        (
            "nowhere.md",
            "docs/zone.md: (nowhere.md): there is no docs/nowhere.md",
        ),
        (
            "../README.md#nowhere",
            "docs/zone.md: (../README.md#nowhere): README.md has no heading of that name",
        ),
        (
            "#nowhere",
            "docs/zone.md: (#nowhere): docs/zone.md has no heading of that name",
        ),
    ] {
        assert_eq!(fault(page, link).as_deref(), Some(wanted));
    }
    assert_eq!(fault(page, "#who-is-behind"), None);
    assert_eq!(
        links("[a](b.md) `[c](d.md)`\n```\n[e](f.md)\n```\n![g](h.svg)\n[i]: j.md\n"),
        ["b.md", "h.svg", "j.md"]
    );
    assert_eq!(
        anchors("# A `b_c`: d, e\n## A b\n## A b\n```\n# no\n```\n"),
        ["a-b_c-d-e", "a-b", "a-b-1"].map(str::to_owned).into()
    );
}
