//! What a scenario may ask for: bounds that are always there.

use std::time::Duration;

use super::{
    file::{Action, Scenario, Trouble},
    span::Span,
};

/// Sockets that one process can hold.
const AGENTS_MAX: u32 = 20_000;
const CUSTOMERS_MAX: u32 = 100_000;
/// One core does not start more actions a second.
const RATE_MAX: f64 = 20_000.0;
const DURATION_MAX: Duration = Duration::from_hours(1);
const NOTE_BYTES_MAX: u32 = 7_000;

/// Checks a scenario as it would be run; names the field and what is allowed.
pub fn check(it: &Scenario) -> Result<(), String> {
    let load = &it.load;
    within("load.agents", load.agents, 1, AGENTS_MAX)?;
    within("load.customers", load.customers, 1, CUSTOMERS_MAX)?;
    within("load.note_bytes", load.note_bytes, 20, NOTE_BYTES_MAX)?;
    within("load.hot_customers", load.hot_customers, 0, load.customers)?;
    within("load.contenders", load.contenders, 2, load.agents.max(2))?;
    if load.rate.0 <= 0.0 || load.rate.0 > RATE_MAX {
        return Err(format!(
            "`load.rate` is {}, allowed are more than 0 to {RATE_MAX}/s",
            load.rate
        ));
    }
    lasting("load.duration", load.duration, Duration::from_secs(1))?;
    lasting("load.ramp", load.ramp, Duration::ZERO)?;
    lasting("trust.settle", it.trust.settle, Duration::from_secs(1))?;
    if it.mix.is_empty() {
        return Err("`mix` is empty: say what happens, such as `text = 1`".to_owned());
    }
    for (action, weight) in &it.mix {
        if !weight.is_finite() || *weight < 0.0 {
            return Err(format!("`mix.{}` must be 0 or more", named(*action)));
        }
    }
    if it.mix.values().sum::<f64>() <= 0.0 {
        return Err("`mix` adds up to nothing".to_owned());
    }
    share("people.repeat", it.people.repeat)?;
    share("provider.repeat", it.provider.repeat)?;
    share("provider.doubt", it.provider.doubt)?;
    for (index, fault) in it.faults.iter().enumerate() {
        share(&format!("fault[{index}].share"), fault.share)?;
        if fault.what == Trouble::Stall && fault.lasting.0.is_zero() {
            return Err(format!("`fault[{index}].for` is missing: how long is nothing read?"));
        }
    }
    Ok(())
}

fn within(field: &str, value: u32, min: u32, max: u32) -> Result<(), String> {
    if (min..=max).contains(&value) {
        return Ok(());
    }
    Err(format!("`{field}` is {value}, allowed are {min} to {max}"))
}

fn lasting(field: &str, span: Span, min: Duration) -> Result<(), String> {
    if (min..=DURATION_MAX).contains(&span.0) {
        return Ok(());
    }
    Err(format!("`{field}` is {span}, allowed are {} to {}", Span(min), Span(DURATION_MAX)))
}

fn share(field: &str, value: f64) -> Result<(), String> {
    if (0.0..=1.0).contains(&value) {
        return Ok(());
    }
    Err(format!("`{field}` is {value}, allowed are 0 to 1"))
}

/// An action's name in a file.
pub(crate) fn named(action: Action) -> &'static str {
    match action {
        Action::Text => "text",
        Action::Open => "open",
        Action::Answer => "answer",
        Action::Reply => "reply",
        Action::Contend => "contend",
        Action::Note => "note",
        Action::Assign => "assign",
        Action::Status => "status",
        Action::Reconnect => "reconnect",
    }
}
