//! Which close frame a violation gets. Tungstenite itself would just drop the connection.

use protocol::close::{CloseCode, CloseReason};
use tokio_tungstenite::tungstenite::{
    Error,
    error::CapacityError,
    protocol::frame::{CloseFrame, coding::CloseCode as Number},
};

/// Says why a read failed; `None` where the peer is simply gone.
pub fn of_error(error: &Error) -> Option<CloseCode> {
    match error {
        Error::Capacity(CapacityError::MessageTooLong { .. }) => Some(CloseCode::TooBig),
        Error::Utf8(_) => Some(CloseCode::NotUtf8),
        Error::Protocol(
            tokio_tungstenite::tungstenite::error::ProtocolError::ResetWithoutClosingHandshake,
        ) => None,
        Error::Protocol(_) | Error::Capacity(_) => Some(CloseCode::Protocol),
        _ => None,
    }
}

/// Makes the close frame. `spread` (0 to 1) places this client within the time that clients are
/// told to come back in, so that they do not all come at once.
pub fn frame(code: CloseCode, spread: f64) -> CloseFrame {
    // Longer where the server is the one in trouble.
    let window_ms = match code {
        // Draining spreads the closes themselves, and rights are few people's at a time.
        CloseCode::Draining | CloseCode::Rights => 250.0,
        CloseCode::Internal => 5_000.0,
        CloseCode::RateLimited | CloseCode::Overloaded => 10_000.0,
        _ => 1_000.0,
    };
    let wait = std::time::Duration::from_secs_f64(spread.clamp(0.0, 1.0) * window_ms / 1000.0);
    let reason = CloseReason {
        code: code.name().to_owned(),
        retry_after_ms: code
            .come_back()
            .then(|| u32::try_from(wait.as_millis()).unwrap_or(u32::MAX)),
    };
    let reason = serde_json::to_string(&reason).expect("a reason is JSON");
    CloseFrame { code: Number::from(code.number()), reason: reason.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_fits_into_a_close_frame() {
        for code in CloseCode::ALL {
            let frame = frame(code, 1.0);
            assert!(frame.reason.len() <= 123, "{code:?}");
            let reason: CloseReason = serde_json::from_str(&frame.reason).unwrap();
            assert_eq!(reason.retry_after_ms.is_some(), code.come_back());
        }
    }
}
