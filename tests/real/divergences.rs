//! divergences.txt: where another judge disagrees with us, with the reason. It may only shrink.

use std::fmt;

const LIST: &str = include_str!("divergences.txt");

/// The servers and judges that tests hold to the list; a line about another would never be looked at.
const SERVERS: [&str; 8] =
    ["knot", "knot-online", "nsd", "bind", "powerdns", "nsd-broken", "bind-broken", "knot-broken"];
const JUDGES: [&str; 3] = ["delv", "delv-denial", "domain"];

/// One answer judged by us and by somebody else.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// Server, zone, name and type.
    pub place: [String; 4],
    /// What we hold of it.
    pub ours: String,
    /// What the other judge holds of it.
    pub theirs: String,
    /// Whether that is the same.
    pub agrees: bool,
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: we say {}, they say {}", self.place.join(" "), self.ours, self.theirs)
    }
}

struct Listed<'t> {
    line: &'t str,
    place: [&'t str; 4],
    judge: &'t str,
}

impl<'t> Listed<'t> {
    fn read(line: &'t str) -> Self {
        let mut words = line.split_whitespace();
        let mut next = || words.next().unwrap_or_else(|| panic!("divergences.txt: incomplete: {line}"));
        let place = [next(), next(), next(), next()];
        let judge = next();
        assert!(words.next().is_some(), "divergences.txt: no reason: {line}");
        assert!(SERVERS.contains(&place[0]) && JUDGES.contains(&judge), "divergences.txt: server or judge: {line}");
        Self { line, place, judge }
    }

    fn covers(&self, comparison: &Comparison) -> bool {
        let fits = |(pattern, word): (&&str, &String)| *pattern == "*" || pattern.eq_ignore_ascii_case(word);
        self.place.iter().zip(&comparison.place).all(fits)
    }
}

/// Fails unless exactly the listed places diverge between us and `judge` on `server`.
pub fn hold(server: &str, judge: &str, comparisons: &[Comparison]) {
    let lines = LIST.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let listed: Vec<_> =
        lines.map(Listed::read).filter(|listed| listed.judge == judge && listed.place[0] == server).collect();
    let problems = problems(&listed, comparisons);
    assert!(problems.is_empty(), "{} problems with {judge} on {server}:\n{}", problems.len(), problems.join("\n"));
}

fn problems(listed: &[Listed<'_>], comparisons: &[Comparison]) -> Vec<String> {
    let unlisted = |comparison: &&Comparison| !listed.iter().any(|listed| listed.covers(comparison));
    let diverging = comparisons.iter().filter(|comparison| !comparison.agrees).filter(unlisted);
    let mut problems: Vec<_> = diverging.map(|comparison| format!("not listed: {comparison}")).collect();
    for listed in listed {
        let mut covered = comparisons.iter().filter(|comparison| listed.covers(comparison)).peekable();
        if covered.peek().is_none() {
            problems.push(format!("listed, but never asked: {}", listed.line));
        }
        let agreeing = covered.filter(|comparison| comparison.agrees);
        problems.extend(agreeing.map(|comparison| format!("listed, but agrees: {}: {comparison}", listed.line)));
    }
    problems
}

#[test]
fn the_list_may_only_shrink() {
    let comparison = |name: &str, agrees| Comparison {
        place: ["nsd", "z", name, "A"].map(str::to_owned),
        ours: String::new(),
        theirs: String::new(),
        agrees,
    };
    let listed = [Listed::read("nsd z * A delv because")];
    assert!(problems(&listed, &[comparison("a", false), comparison("b", false)]).is_empty());
    assert_eq!(problems(&listed, &[comparison("a", false), comparison("b", true)]).len(), 1);
    assert_eq!(problems(&listed, &[]).len(), 1);
    assert_eq!(problems(&[], &[comparison("a", false), comparison("b", true)]).len(), 1);
}
