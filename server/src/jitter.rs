//! Chance, for what must not happen everywhere at the same moment.

/// Returns a number from 0 to 1.
pub fn jitter() -> f64 {
    let mut byte = [0; 1];
    getrandom::fill(&mut byte).expect("the system gives random bytes");
    f64::from(byte[0]) / 255.0
}
