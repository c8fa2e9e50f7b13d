//! The mark in every published text: which one it is, and when it was sent or should have been.

use memchr::memmem::Finder;

const BEGIN: &[u8] = b"~bench:";
const NUMBER: usize = 6;
const NANOS: usize = 16;

/// A mark, read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    /// Which publish it was.
    pub(crate) number: usize,
    /// When, in nanoseconds of the client's own clock.
    pub(crate) nanos: u64,
}

impl Mark {
    /// Writes a text with this mark, filled up to `length`.
    pub(crate) fn text(self, length: usize) -> String {
        let Self { number, nanos } = self;
        let mut text = format!("~bench:{number:06}:{nanos:016x}:");
        let short = length.saturating_sub(text.len());
        text.extend(std::iter::repeat_n('.', short));
        text
    }
}

/// Finds marks.
pub(crate) struct Marks(Finder<'static>);

impl Marks {
    /// Prepares the search.
    pub(crate) fn new() -> Self {
        Self(Finder::new(BEGIN))
    }

    /// Calls for each mark in these bytes.
    pub(crate) fn each(&self, bytes: &[u8], mut found: impl FnMut(Mark)) {
        let mut rest = bytes;
        while let Some(at) = self.0.find(rest) {
            rest = rest.get(at + BEGIN.len()..).unwrap_or_default();
            if let Some(mark) = read(rest) {
                found(mark);
            }
        }
    }
}

fn read(bytes: &[u8]) -> Option<Mark> {
    let number = std::str::from_utf8(bytes.get(..NUMBER)?).ok()?.parse().ok()?;
    let nanos = std::str::from_utf8(bytes.get(NUMBER + 1..NUMBER + 1 + NANOS)?).ok()?;
    Some(Mark { number, nanos: u64::from_str_radix(nanos, 16).ok()? })
}

/// Reads the whole number that follows the first `name` in these bytes.
pub(crate) fn number_after(bytes: &[u8], name: &[u8]) -> Option<u64> {
    let at = memchr::memmem::find(bytes, name)? + name.len();
    let digits = bytes.get(at..)?.iter().take_while(|it| it.is_ascii_digit());
    digits.fold(None, |sum, digit| Some(sum.unwrap_or(0) * 10 + u64::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_where_they_are() {
        let (a, b) = (Mark { number: 0, nanos: 77 }, Mark { number: 63, nanos: u64::MAX });
        let text = format!("[{}, {}]~bench:", a.text(100), b.text(0));
        let mut found = Vec::new();
        Marks::new().each(text.as_bytes(), |mark| found.push(mark));
        assert_eq!(found, [a, b]);
        assert_eq!(a.text(100).len(), 100);
        assert_eq!(number_after(b"{\"prev\":41,\"to\":42}", b"\"to\":"), Some(42));
        assert_eq!(number_after(b"{\"to\":}", b"\"to\":"), None);
    }
}
