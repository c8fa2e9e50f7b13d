//! Templates: where their gaps are, and what they say once these are filled.

/// What stands in a text between `{{` and `}}`.
const OPEN: &str = "{{";
const CLOSE: &str = "}}";

/// The longest value of a gap, in UTF-16 units: longer ones are a text of their own.
pub const VALUE_UNITS_MAX: usize = 1024;
/// More than this many spaces together are refused by WhatsApp in a value (error 132018).
const SPACES_MAX: usize = 4;

/// The state of those that can be sent.
pub const APPROVED: &str = "approved";
/// The category of those that customers may refuse as marketing.
pub const MARKETING: &str = "marketing";

/// Values that cannot go into gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadValue {
    /// More or fewer than there are gaps.
    Count,
    /// Nothing but white space.
    Empty,
    /// Too long.
    TooLong,
    /// Broken lines, tabs, many spaces.
    Layout,
}

impl BadValue {
    /// Says what is allowed instead.
    pub fn allowed(self) -> &'static str {
        match self {
            Self::Count => "must have one value for each of the template's variables",
            Self::Empty => "must not have an empty value",
            Self::TooLong => "must not have a value of more than 1024 UTF-16 units",
            Self::Layout => {
                "must have no line breaks, no tabs and no more than four spaces together in a value"
            }
        }
    }
}

/// Returns the names of a text's gaps, each once: numbers in their order, names as they come.
pub fn variables(text: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (_before, name) in gaps(text).0 {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    if names.iter().all(|name| name.parse::<u32>().is_ok()) {
        names.sort_by_key(|name| name.parse::<u32>().unwrap_or(u32::MAX));
    }
    names
}

/// Checks the values of gaps.
pub fn check(variables: &[String], values: &[String]) -> Result<(), BadValue> {
    if values.len() != variables.len() {
        return Err(BadValue::Count);
    }
    let spaces = " ".repeat(SPACES_MAX + 1);
    for value in values {
        if value.trim().is_empty() {
            return Err(BadValue::Empty);
        }
        if value.encode_utf16().count() > VALUE_UNITS_MAX {
            return Err(BadValue::TooLong);
        }
        if value.contains(['\n', '\r', '\t', '\0']) || value.contains(&spaces) {
            return Err(BadValue::Layout);
        }
    }
    Ok(())
}

/// Fills the gaps of a text with what was checked.
pub fn fill(text: &str, variables: &[String], values: &[String]) -> String {
    let (gaps, rest) = gaps(text);
    let mut out = String::with_capacity(text.len());
    for (before, name) in gaps {
        out.push_str(before);
        let value = variables.iter().position(|it| it == name).and_then(|at| values.get(at));
        out.push_str(value.map_or("", String::as_str));
    }
    out.push_str(rest);
    out
}

/// Returns each gap's name with the text before it, and the text after the last one. A gap's name is
/// letters, digits and underscores; anything else between braces is text.
fn gaps(text: &str) -> (Vec<(&str, &str)>, &str) {
    let (mut gaps, mut from, mut search) = (Vec::new(), 0, 0);
    while let Some((start, end)) = next(text, search) {
        let name = text.get(start + OPEN.len()..end).unwrap_or_default().trim();
        let plain = |it: char| it.is_ascii_alphanumeric() || it == '_';
        if name.is_empty() || !name.chars().all(plain) {
            search = start + OPEN.len();
            continue;
        }
        gaps.push((text.get(from..start).unwrap_or_default(), name));
        from = end + CLOSE.len();
        search = from;
    }
    (gaps, text.get(from..).unwrap_or_default())
}

/// Finds the next braces that open and close, from a place on.
fn next(text: &str, from: usize) -> Option<(usize, usize)> {
    let start = from + text.get(from..)?.find(OPEN)?;
    let end = start + text.get(start..)?.find(CLOSE)?;
    Some((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn gaps_are_found_and_filled() {
        let text = "Hi {{2}}, {{1}} and {{ 2 }} {again}: {{no gap}} {{}}";
        let names = variables(text);
        assert_eq!(names, ["1", "2"]);
        let filled = fill(text, &names, &words(&["one", "{{1}}"]));
        assert_eq!(filled, "Hi {{1}}, one and {{1}} {again}: {{no gap}} {{}}");
        let dear = "Dear {{last_name}}, {{first}}";
        assert_eq!(variables(dear), ["last_name", "first"]);
        assert_eq!(fill(dear, &variables(dear), &words(&["é👍", "b"])), "Dear é👍, b");
        assert_eq!(variables("nothing {{"), [""; 0]);
        assert_eq!(fill("{{{{1}}", &words(&["1"]), &words(&["x"])), "{{x");
    }

    #[test]
    fn a_value_is_a_piece_of_one_line() {
        let one = words(&["1"]);
        let check = |value: &str| check(&one, &words(&[value]));
        assert_eq!(check("Ann    B."), Ok(()));
        assert_eq!(check(" "), Err(BadValue::Empty));
        assert_eq!(check("a\nb"), Err(BadValue::Layout));
        assert_eq!(check("a     b"), Err(BadValue::Layout));
        assert_eq!(check(&"x".repeat(1025)), Err(BadValue::TooLong));
        assert_eq!(super::check(&one, &[]), Err(BadValue::Count));
    }
}
