//! A result as one page that needs nothing else: the verdict first, then how it felt, then what was
//! checked.

use super::{
    result::{RunResult, Verdict},
    sections,
    style::STYLE,
};

/// Returns the page.
pub fn page(result: &RunResult) -> String {
    let name = safe(&result.scenario.name);
    let mut page = format!(
        "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>\
         <meta name='viewport' content='width=device-width, initial-scale=1'>\
         <title>{name}: {}</title><style>{STYLE}</style></head><body><main>",
        word(result.verdict)
    );
    page.push_str(&sections::head(result));
    page.push_str(&sections::verdict(result));
    page.push_str(&sections::violations(result));
    page.push_str(&sections::tiles(result));
    page.push_str(&sections::thresholds(result));
    page.push_str(&sections::charts(result));
    page.push_str(&sections::times(result));
    page.push_str(&sections::checks(result));
    page.push_str(&sections::run(result));
    page.push_str("</main></body></html>\n");
    page
}

/// The verdict in one word.
pub(crate) fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Good => "passed",
        Verdict::Lagged => "invalid",
        Verdict::Violations | Verdict::Thresholds => "failed",
    }
}

/// Makes a text safe to stand in a page.
pub(crate) fn safe(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(letter),
        }
    }
    safe
}
