//! Whose pages may use an agent's cookie (RFC 6455, section 10.2; cross-site WebSocket hijacking).

/// The origins that are allowed, letter by letter.
#[derive(Debug, Clone)]
pub struct Origins {
    allowed: Vec<String>,
}

impl Origins {
    /// Takes origins as browsers write them: scheme, host, and port unless it is the scheme's own.
    pub fn new(allowed: Vec<String>) -> Self {
        Self { allowed }
    }

    /// Says whether a page of this origin may connect. Exact: no suffix, no case folding, no `null`.
    pub fn allows(&self, origin: &str) -> bool {
        self.allowed.iter().any(|allowed| allowed == origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_very_origin_is_allowed() {
        let origins = Origins::new(vec!["https://desk.example".to_owned()]);
        assert!(origins.allows("https://desk.example"));
        for wrong in [
            "null",
            "",
            "http://desk.example",
            "https://desk.example:8443",
            "https://desk.example.evil.example",
            "https://evil-desk.example",
            "https://DESK.example",
        ] {
            assert!(!origins.allows(wrong), "{wrong}");
        }
    }
}
