//! Every released frame stays readable, and is written back as it was.

use protocol::{
    commands::Outcome,
    events::Event,
    frames::{ClientFrame, ServerFrame},
    read,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

fn samples(json: &str) -> Vec<Value> {
    serde_json::from_str(json).expect("a golden file is a list")
}

fn round_trip<T: Serialize + DeserializeOwned>(json: &str) {
    for sample in samples(json) {
        let read: T = serde_json::from_value(sample.clone()).expect("a golden sample is readable");
        assert_eq!(serde_json::to_value(&read).expect("is JSON"), sample);
    }
}

#[test]
fn client_frames() {
    for sample in samples(include_str!("../golden/v1/client_frames.json")) {
        let frame = read::client_frame(&sample.to_string()).expect("a golden frame is readable");
        assert_eq!(serde_json::to_value(&frame).expect("is JSON"), sample);
        if let ClientFrame::Command(it) = frame {
            assert_eq!(it.command.kind(), sample["command"]["kind"]);
        }
    }
}

#[test]
fn server_frames_events_and_outcomes() {
    round_trip::<ServerFrame>(include_str!("../golden/v1/server_frames.json"));
    round_trip::<Event>(include_str!("../golden/v1/events.json"));
    round_trip::<Outcome>(include_str!("../golden/v1/outcomes.json"));
}

#[test]
fn a_frame_with_a_field_that_this_protocol_does_not_know_is_refused() {
    for mut sample in samples(include_str!("../golden/v1/client_frames.json")) {
        sample["surprise"] = Value::Bool(true);
        let refused = read::client_frame(&sample.to_string()).expect_err("an unknown field");
        let details = refused.error.details.expect("a refusal has details");
        assert_eq!(details.field.as_deref(), Some("surprise"));
    }
}
