//! Places that customers share, in words.

/// Says a place: what it is called, where it is, and its degrees, which maps take.
pub fn words(names: &[String], latitude: &str, longitude: &str) -> String {
    let mut words: Vec<&str> = names.iter().map(String::as_str).collect();
    let degrees = format!("({latitude}, {longitude})");
    words.dedup();
    if words.is_empty() { degrees } else { format!("{} {degrees}", words.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_named_where_it_has_a_name() {
        assert_eq!(words(&[], "52.5", "13.4"), "(52.5, 13.4)");
        let names = ["Café".to_owned(), "1 Main St".to_owned()];
        assert_eq!(words(&names, "52.5", "13.4"), "Café, 1 Main St (52.5, 13.4)");
    }
}
