//! Finding and reading scenarios.

use std::{fs, path::Path};

use anyhow::{Context, bail};

use super::{catalogue, file::Scenario, limits};

/// Reads a scenario by its name, or from a file whose name ends in `.toml`.
pub(crate) fn named(name: &str) -> anyhow::Result<Scenario> {
    if Path::new(name).extension().is_some_and(|it| it == "toml") {
        let text = fs::read_to_string(name).with_context(|| format!("cannot read {name}"))?;
        let stem = Path::new(name).file_stem().unwrap_or_default().to_string_lossy();
        return parse(&stem, &text).with_context(|| format!("in {name}"));
    }
    let Some((name, text)) = catalogue::ALL.iter().find(|it| it.0 == name) else {
        let known = catalogue::ALL.map(|it| it.0).join(", ");
        bail!(
            "there is no scenario `{name}`; there are {known}, or name a file that ends in .toml"
        );
    };
    parse(name, text).with_context(|| format!("in {name}"))
}

/// Reads the text of a scenario.
pub(crate) fn parse(name: &str, text: &str) -> anyhow::Result<Scenario> {
    let mut scenario: Scenario = toml::from_str(text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        anyhow::anyhow!("line {line}: {}", error.message().replace('\n', " "))
    })?;
    name.clone_into(&mut scenario.name);
    limits::check(&scenario).map_err(anyhow::Error::msg)?;
    Ok(scenario)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scenario_that_comes_along_can_be_read() {
        for (name, _) in catalogue::ALL {
            let scenario = named(name).unwrap();
            assert!(!scenario.thresholds.is_empty(), "{name} promises something");
        }
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said_in_one_line() {
        let (_, good) = catalogue::ALL[0];
        let check = |from: &str, to: &str, said: &str| {
            assert!(good.contains(from), "{from}");
            let error = format!("{:#}", parse("x", &good.replace(from, to)).unwrap_err());
            assert!(error.contains(said) && !error.contains('\n'), "{error}");
        };
        check("agents =", "agnts =", "agnts");
        check("agents = ", "agents = 0 # ", "`load.agents` is 0, allowed are 1 to 20000");
        check("ramp = \"", "ramp = \"x", "is not a time such as");
        check("ack.p99", "ack.p98", "ack.p98");
        assert!(named("nothing").unwrap_err().to_string().contains("desk-day"));
    }
}
