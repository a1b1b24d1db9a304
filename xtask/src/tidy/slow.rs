//! How long tests took, from the report that the runner leaves behind (nextest: target/nextest/*/junit.xml).
//!
//! Not here: stopping a test that takes too long (.config/nextest.toml does, in CI after the same 30 s).

use anyhow::{Context, Result};

/// Of one test, in seconds.
const SECONDS_MAX: f64 = 30.0;

/// Adds what was too slow; returns the number of tests in the reports, or nothing if there is no report.
pub(crate) fn run(problems: &mut Vec<String>) -> Result<Option<usize>> {
    let Ok(profiles) = std::fs::read_dir("target/nextest") else {
        return Ok(None);
    };
    let mut count = None;
    for profile in profiles {
        let path = profile?.path().join("junit.xml");
        if path.exists() {
            let report = std::fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            let (tests, slow) = read(&report);
            problems.extend(slow);
            count = Some(count.unwrap_or(0) + tests);
        }
    }
    Ok(count)
}

/// The number of tests in a JUnit report, and a finding for each slow one.
fn read(report: &str) -> (usize, Vec<String>) {
    let cases = report
        .split("<testcase ")
        .skip(1)
        .map(|it| it.split('>').next().unwrap_or(it));
    let mut slow = Vec::new();
    let mut count = 0;
    for case in cases {
        count += 1;
        let seconds = attribute(case, "time")
            .and_then(|it| it.parse::<f64>().ok())
            .unwrap_or(0.0);
        if seconds > SECONDS_MAX {
            let crate_name = attribute(case, "classname").unwrap_or("?");
            let name = attribute(case, "name").unwrap_or("?");
            slow.push(format!("{crate_name} {name}: took {seconds:.0} s of {SECONDS_MAX:.0}: make it smaller, or `#[ignore]` it for ./x test --full"));
        }
    }
    (count, slow)
}

fn attribute<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    let start = element
        .find(&format!(" {name}=\""))
        .map(|it| it + 1)
        .or(element.starts_with(name).then_some(0))?;
    element[start..]
        .strip_prefix(name)?
        .strip_prefix("=\"")?
        .split('"')
        .next()
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = r#"<?xml version="1.0"?><testsuites><testsuite name="argosy-kv">
        <testcase name="quick" classname="argosy-kv" timestamp="t" time="0.006"></testcase>
        <testcase name="edge" classname="argosy-kv" timestamp="t" time="30.000"/>
        <testcase name="slow" classname="argosy-kv::it" timestamp="t" time="30.100"/></testsuite></testsuites>"#;

    #[test]
    fn finds_the_slow_test_only() {
        let (count, slow) = read(REPORT);
        assert_eq!(count, 3);
        assert_eq!(slow.len(), 1, "{slow:?}");
        assert!(
            slow[0].starts_with("argosy-kv::it slow: took 30 s"),
            "{slow:?}"
        );
    }

    #[test]
    fn survives_what_is_no_report() {
        assert_eq!(read("").0, 0);
        assert_eq!(read("<testcase <testcase time=\"x\"").1.len(), 0);
    }
}
