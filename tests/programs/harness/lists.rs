//! divergences.txt: where another judge disagrees with us, with the reason. It may only shrink.

use std::fmt;

/// A file of divergences.
pub struct DivergenceList {
    /// What it says.
    pub text: &'static str,
    /// With what a place may begin; a line about another would never be looked at.
    pub begins: fn(&str) -> bool,
    /// The judges that tests hold to the list.
    pub judges: &'static [&'static str],
}

/// One answer judged by us and by somebody else.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// Which answer it is, in as many words as the columns of the list have.
    pub question: Vec<String>,
    /// What we hold of it.
    pub ours: String,
    /// What the other judge holds of it.
    pub theirs: String,
    /// Whether that is the same.
    pub agrees: bool,
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: we say {}, they say {}",
            self.question.join(" "),
            self.ours,
            self.theirs
        )
    }
}

struct DivergenceLine<'t> {
    line: &'t str,
    question: Vec<&'t str>,
    judge: &'t str,
}

impl<'t> DivergenceLine<'t> {
    fn read(line: &'t str, list: &DivergenceList) -> Self {
        let words: Vec<_> = line.split_whitespace().collect();
        let judge = words.iter().position(|word| list.judges.contains(word));
        let judge = judge.unwrap_or_else(|| panic!("divergences.txt: no judge: {line}"));
        assert!(
            words.len() > judge + 1,
            "divergences.txt: no reason: {line}"
        );
        assert!(
            judge > 0 && (list.begins)(words[0]),
            "divergences.txt: no such question: {line}"
        );
        Self {
            line,
            question: words[..judge].to_vec(),
            judge: words[judge],
        }
    }

    fn covers(&self, comparison: &Comparison) -> bool {
        let fits = |(pattern, word): (&&str, &String)| {
            *pattern == "*" || pattern.eq_ignore_ascii_case(word)
        };
        self.question.len() == comparison.question.len()
            && self.question.iter().zip(&comparison.question).all(fits)
    }
}

impl DivergenceList {
    /// Fails unless exactly the listed places diverge between us and `judge`, of those that begin as `of` says.
    pub fn assert_matches(
        &self,
        judge: &str,
        of: impl Fn(&str) -> bool,
        comparisons: &[Comparison],
    ) {
        let lines = self
            .text
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        let all = lines.map(|line| DivergenceLine::read(line, self));
        let listed: Vec<_> = all
            .filter(|listed| listed.judge == judge && of(listed.question[0]))
            .collect();
        let problems = problems(&listed, comparisons);
        assert!(
            problems.is_empty(),
            "{} problems with {judge}:\n{}",
            problems.len(),
            problems.join("\n")
        );
    }
}

fn problems(listed: &[DivergenceLine<'_>], comparisons: &[Comparison]) -> Vec<String> {
    let unlisted =
        |comparison: &&Comparison| !listed.iter().any(|listed| listed.covers(comparison));
    let diverging = comparisons
        .iter()
        .filter(|comparison| !comparison.agrees)
        .filter(unlisted);
    let mut problems: Vec<_> = diverging
        .map(|comparison| format!("not listed: {comparison}"))
        .collect();
    for listed in listed {
        let mut covered = comparisons
            .iter()
            .filter(|comparison| listed.covers(comparison))
            .peekable();
        if covered.peek().is_none() {
            problems.push(format!("listed, but never asked: {}", listed.line));
        }
        let agreeing = covered.filter(|comparison| comparison.agrees);
        problems.extend(
            agreeing.map(|comparison| format!("listed, but agrees: {}: {comparison}", listed.line)),
        );
    }
    problems
}

#[test]
fn divergence_list_may_only_shrink() {
    const LIST: DivergenceList = DivergenceList {
        text: "",
        begins: |word| word == "nsd",
        judges: &["delv"],
    };
    let comparison = |name: &str, agrees| Comparison {
        question: ["nsd", "z", name, "A"].map(str::to_owned).to_vec(),
        ours: String::new(),
        theirs: String::new(),
        agrees,
    };
    let listed = [DivergenceLine::read("nsd z * A delv because", &LIST)];
    assert!(problems(&listed, &[comparison("a", false), comparison("b", false)]).is_empty());
    assert_eq!(
        problems(&listed, &[comparison("a", false), comparison("b", true)]).len(),
        1
    );
    assert_eq!(problems(&listed, &[]).len(), 1);
    assert_eq!(
        problems(&[], &[comparison("a", false), comparison("b", true)]).len(),
        1
    );
}
