//! What a customer got, held against what was accepted for them.

use std::collections::HashMap;

use super::findings::{Findings, Kind};

/// Compares what had to arrive at one customer with what did. Names are the provider's or the
/// message's ids; `failed` says of one that the server itself reports it as not delivered.
pub(crate) fn compare(
    customer: &str,
    expected: &[String],
    arrived: &[String],
    failed: impl Fn(&str) -> bool,
    found: &mut Findings,
) {
    let mut times: HashMap<&str, u32> = HashMap::new();
    for id in arrived {
        *times.entry(id.as_str()).or_default() += 1;
    }
    for id in expected {
        match times.remove(id.as_str()) {
            Some(1) => {}
            Some(times) => {
                found.add(Kind::ReplyDoubled, || format!("{customer} got {id} {times} times"));
            }
            None if failed(id) => {}
            None => found.add(Kind::ReplyLost, || format!("{customer} never got {id}")),
        }
    }
    for id in times.into_keys() {
        found.add(Kind::Invented, || format!("{customer} got {id}, which no event tells of"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_of_a_provider_is_named() {
        let check = |expected: &[&str], arrived: &[&str], kinds: &[Kind]| {
            let list = |ids: &[&str]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
            let mut found = Findings::default();
            let failed = |id: &str| id == "failed";
            compare("+1", &list(expected), &list(arrived), failed, &mut found);
            let got: Vec<Kind> = found.all().map(|it| it.0).collect();
            assert_eq!(got, kinds, "{expected:?} {arrived:?}");
        };
        check(&["a", "b"], &["b", "a"], &[]);
        check(&["a", "b"], &["b"], &[Kind::ReplyLost]);
        check(&["a"], &["a", "a"], &[Kind::ReplyDoubled]);
        check(&["a"], &["a", "z"], &[Kind::Invented]);
        check(&["failed"], &[], &[]);
    }
}
