//! Which status may follow which, and what messages do to them.

use protocol::{statuses::StatusRules, views::Status};

/// What agents may set: anything but `new`, which only a customer's message makes.
const SET_BY_AGENTS: [Status; 4] =
    [Status::Open, Status::Pending, Status::Escalated, Status::Closed];

/// Returns the statuses that agents may set after `from`. What it is already is no transition.
pub fn allowed(rules: &StatusRules, from: Status) -> Vec<Status> {
    let narrowed = rules.transitions.0.get(&from);
    let may = |to: &Status| *to != from && narrowed.is_none_or(|allowed| allowed.contains(to));
    SET_BY_AGENTS.into_iter().filter(may).collect()
}

/// Returns the status after a customer's message: it brings back what waits or is done.
pub fn after_inbound(rules: &StatusRules, status: Status) -> Status {
    match status {
        Status::Pending => Status::Open,
        Status::Closed => rules.after_message,
        Status::New | Status::Open | Status::Escalated => status,
    }
}

/// Returns the status after an agent's reply: the first one opens the thread, and where the inbox
/// wants it, each lets it wait for the customer.
pub fn after_reply(rules: &StatusRules, status: Status) -> Status {
    match status {
        Status::New | Status::Open => rules.after_reply,
        Status::Pending | Status::Escalated | Status::Closed => status,
    }
}

/// Returns the field of rules that make no sense, and what is allowed there.
pub fn fault(rules: &StatusRules) -> Option<(&'static str, &'static str)> {
    let StatusRules { transitions, after_reply, after_message } = rules;
    if transitions.0.values().flatten().any(|to| !SET_BY_AGENTS.contains(to)) {
        return Some((
            "statuses.transitions",
            "may lead to open, pending, escalated, closed; `new` is never set",
        ));
    }
    if !matches!(after_reply, Status::Open | Status::Pending) {
        return Some(("statuses.after_reply", "must be open or pending"));
    }
    if !matches!(after_message, Status::Open | Status::New) {
        return Some(("statuses.after_message", "must be open or new"));
    }
    None
}

#[cfg(test)]
mod tests {
    use Status::{Closed, Escalated, New, Open, Pending};
    use protocol::statuses::Transitions;

    use super::*;

    #[test]
    fn messages_move_statuses() {
        let usual = StatusRules::default();
        let other = StatusRules { after_reply: Pending, after_message: New, ..usual.clone() };
        // The status; after a message and a reply; the same with other rules.
        let table = [
            (New, [New, Open], [New, Pending]),
            (Open, [Open, Open], [Open, Pending]),
            (Pending, [Open, Pending], [Open, Pending]),
            (Escalated, [Escalated, Escalated], [Escalated, Escalated]),
            (Closed, [Open, Closed], [New, Closed]),
        ];
        for (status, with_usual, with_other) in table {
            let moved = |rules| [after_inbound(rules, status), after_reply(rules, status)];
            assert_eq!((moved(&usual), moved(&other)), (with_usual, with_other), "{status:?}");
        }
    }

    #[test]
    fn an_inbox_narrows_what_agents_may_set() {
        let transitions = Transitions([(Open, vec![Closed]), (Closed, vec![])].into());
        let narrow = StatusRules { transitions, ..StatusRules::default() };
        assert_eq!(allowed(&narrow, Open), [Closed]);
        assert_eq!(allowed(&narrow, Closed), []);
        assert_eq!(allowed(&narrow, New), [Open, Pending, Escalated, Closed], "as built in");
        assert_eq!(allowed(&StatusRules::default(), Pending), [Open, Escalated, Closed]);
    }

    #[test]
    fn rules_that_make_no_sense_are_found() {
        let field = |rules| fault(&rules).map(|(field, _allowed)| field);
        let usual = StatusRules::default;
        assert_eq!(field(usual()), None);
        let to_new =
            StatusRules { transitions: Transitions([(Open, vec![New])].into()), ..usual() };
        assert_eq!(field(to_new), Some("statuses.transitions"));
        let reply = StatusRules { after_reply: Closed, ..usual() };
        assert_eq!(field(reply), Some("statuses.after_reply"));
        let message = StatusRules { after_message: Pending, ..usual() };
        assert_eq!(field(message), Some("statuses.after_message"));
    }
}
