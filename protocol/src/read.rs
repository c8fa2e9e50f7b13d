//! Reading what a client sent: either the value, or a refusal that names the field and what is allowed.

use serde::de::DeserializeOwned;

use crate::{
    bulk::{BULK_COMMANDS_MAX, BULK_KINDS, BulkFrame, BulkRequest},
    commands::Command,
    drafts::{DraftClose, DraftCursor, DraftOpen, DraftUpdate},
    errors::{ErrorBody, ErrorCode, ErrorDetails},
    frames::{
        ClientFrame, CommandFrame, Hello, Ping, SignalFrame, Subscribe, Unsubscribe, UnwatchAgents,
        WatchAgents,
    },
    http::CommandRequest,
    kinds::COMMAND_KINDS,
    signals::Attention,
};

/// The `type`s of client frames, in the order of PROTOCOL.md.
pub const CLIENT_FRAME_TYPES: [&str; 14] = [
    "hello",
    "subscribe",
    "unsubscribe",
    "command",
    "bulk",
    "signal",
    "attention",
    "watch_agents",
    "unwatch_agents",
    "draft_open",
    "draft_close",
    "draft_update",
    "draft_cursor",
    "ping",
];

/// A frame that cannot be read.
#[derive(Debug, Clone, PartialEq)]
pub struct BadFrame {
    /// The request's id, where it could be read.
    pub id: Option<u32>,
    /// What is wrong with it.
    pub error: ErrorBody,
}

/// Reads a client's frame.
pub fn client_frame(text: &str) -> Result<ClientFrame, BadFrame> {
    let frame = serde_json::from_str(text).map_err(|error| explain_frame(text, &error))?;
    if let ClientFrame::Bulk(BulkFrame { id, commands }) = &frame {
        check_bulk(commands).map_err(|error| BadFrame { id: Some(*id), error })?;
    }
    Ok(frame)
}

/// Reads a command sent over HTTP.
pub fn command_request(body: &[u8]) -> Result<CommandRequest, ErrorBody> {
    serde_json::from_slice(body).map_err(|error| {
        let Ok(value) = serde_json::from_slice::<serde_json::Value>(body) else {
            return not_json(&error);
        };
        explain_command(&value)
            .or_else(|| explain::<CommandRequest>(&value))
            .unwrap_or_else(|| ErrorBody::new(ErrorCode::BadFrame, error.to_string()))
    })
}

/// Reads commands that were sent in bulk. One that cannot be read, or does not go in bulk, refuses all.
pub fn bulk_request(body: &[u8]) -> Result<BulkRequest, ErrorBody> {
    let request: BulkRequest = serde_json::from_slice(body).map_err(|error| {
        let Ok(value) = serde_json::from_slice::<serde_json::Value>(body) else {
            return not_json(&error);
        };
        explain_each(&value)
            .or_else(|| explain::<BulkRequest>(&value))
            .unwrap_or_else(|| ErrorBody::new(ErrorCode::BadFrame, error.to_string()))
    })?;
    check_bulk(&request.commands)?;
    Ok(request)
}

fn check_bulk(commands: &[CommandRequest]) -> Result<(), ErrorBody> {
    if !(1..=BULK_COMMANDS_MAX).contains(&commands.len()) {
        let message = format!("`commands`: must be 1 to {BULK_COMMANDS_MAX}");
        return Err(field_error(ErrorCode::Invalid, "commands", message));
    }
    match commands.iter().position(|it| !it.command.goes_in_bulk()) {
        None => Ok(()),
        Some(n) => {
            let field = format!("commands[{n}].command.kind");
            let message = format!("`{field}`: must be one of {}", BULK_KINDS.join(", "));
            Err(field_error(ErrorCode::Invalid, &field, message))
        }
    }
}

fn explain_each(value: &serde_json::Value) -> Option<ErrorBody> {
    let commands = value.get("commands")?.as_array()?;
    commands.iter().enumerate().find_map(|(n, it)| {
        let found = explain_command(it).or_else(|| explain::<CommandRequest>(it));
        found.map(|error| within(error, &format!("commands[{n}]")))
    })
}

/// Reads any other JSON body.
pub fn body<T: DeserializeOwned>(body: &[u8]) -> Result<T, ErrorBody> {
    serde_json::from_slice(body).map_err(|error| {
        let Ok(value) = serde_json::from_slice::<serde_json::Value>(body) else {
            return not_json(&error);
        };
        explain::<T>(&value)
            .unwrap_or_else(|| ErrorBody::new(ErrorCode::BadFrame, error.to_string()))
    })
}

/// The cold path: reads again, piece by piece, to say which field is at fault. A tagged enum alone
/// would report a wrong type without its place.
fn explain_frame(text: &str, error: &serde_json::Error) -> BadFrame {
    let Ok(mut value) = serde_json::from_str::<serde_json::Value>(text) else {
        return BadFrame { id: None, error: not_json(error) };
    };
    let id = value.get("id").and_then(serde_json::Value::as_u64).and_then(|id| id.try_into().ok());
    let Some(kind) = value.get("type").and_then(|t| t.as_str()).map(str::to_owned) else {
        let message = format!("`type` must be one of {}", CLIENT_FRAME_TYPES.join(", "));
        return BadFrame { id, error: field_error(ErrorCode::BadFrame, "type", message) };
    };
    if let Some(object) = value.as_object_mut() {
        object.remove("type");
    }
    let found = match kind.as_str() {
        "hello" => explain::<Hello>(&value),
        "subscribe" => explain::<Subscribe>(&value),
        "unsubscribe" => explain::<Unsubscribe>(&value),
        "command" => explain_command(&value).or_else(|| explain::<CommandFrame>(&value)),
        "bulk" => explain_each(&value).or_else(|| explain::<BulkFrame>(&value)),
        "signal" => explain::<SignalFrame>(&value),
        "attention" => explain::<Attention>(&value),
        "watch_agents" => explain::<WatchAgents>(&value),
        "unwatch_agents" => explain::<UnwatchAgents>(&value),
        "draft_open" => explain::<DraftOpen>(&value),
        "draft_close" => explain::<DraftClose>(&value),
        "draft_update" => explain::<DraftUpdate>(&value),
        "draft_cursor" => explain::<DraftCursor>(&value),
        "ping" => explain::<Ping>(&value),
        _ => {
            let message =
                format!("`{}` is not one of {}", shown(&kind), CLIENT_FRAME_TYPES.join(", "));
            Some(field_error(ErrorCode::UnknownCommand, "type", message))
        }
    };
    let error =
        found.unwrap_or_else(|| ErrorBody::new(ErrorCode::BadFrame, describe(&error.to_string())));
    BadFrame { id, error }
}

fn explain_command(value: &serde_json::Value) -> Option<ErrorBody> {
    let command = value.get("command")?;
    let Some(kind) = command.get("kind").and_then(|k| k.as_str()) else {
        let message = format!("`command.kind` must be one of {}", COMMAND_KINDS.join(", "));
        return Some(field_error(ErrorCode::Invalid, "command.kind", message));
    };
    if !COMMAND_KINDS.contains(&kind) {
        let message = format!("`{}` is not one of {}", shown(kind), COMMAND_KINDS.join(", "));
        return Some(field_error(ErrorCode::UnknownCommand, "command.kind", message));
    }
    let mut fields = command.clone();
    fields.as_object_mut()?.remove("kind");
    let explained = match kind {
        "reply.send" => explain::<crate::commands::SendReply>(&fields),
        "note.add" => explain::<crate::commands::AddNote>(&fields),
        "note.edit" => explain::<crate::notes::EditNote>(&fields),
        "note.delete" => explain::<crate::notes::DeleteNote>(&fields),
        "thread.mute" => explain::<crate::notes::MuteThread>(&fields),
        "notification.read" => explain::<crate::notifications::ReadNotifications>(&fields),
        "notification.read_all" => explain::<crate::notifications::ReadAllNotifications>(&fields),
        "thread.assign" => explain::<crate::commands::Assign>(&fields),
        "thread.set_status" => explain::<crate::commands::SetStatus>(&fields),
        "thread.open" => explain::<crate::commands::OpenThread>(&fields),
        "lock.release" => explain::<crate::commands::ReleaseLock>(&fields),
        "lock.take_over" => explain::<crate::commands::TakeOverLock>(&fields),
        "contact.rename" => explain::<crate::contacts::RenameContact>(&fields),
        "contact.merge" => explain::<crate::contacts::MergeContact>(&fields),
        "contact.unmerge" => explain::<crate::contacts::UnmergeContact>(&fields),
        "availability.set" => explain::<crate::commands::SetAvailability>(&fields),
        "thread.prioritise" => explain::<crate::labels::Prioritise>(&fields),
        "thread.tag" | "thread.untag" => explain::<crate::labels::TagThread>(&fields),
        "draft.request_review" | "draft.approve" | "draft.discard" => {
            explain::<crate::drafts::DraftOnly>(&fields)
        }
        "draft.ask_changes" => explain::<crate::drafts::AskChanges>(&fields),
        "draft.send" => explain::<crate::drafts::SendDraft>(&fields),
        _ => explain::<crate::commands::ThreadOnly>(&fields),
    };
    explained.map(|error| within(error, "command"))
}

/// Names the field of a part as one of the whole.
fn within(mut error: ErrorBody, part: &str) -> ErrorBody {
    if let Some(field) = error.details.as_mut().and_then(|d| d.field.as_mut()) {
        *field = format!("{part}.{field}");
    }
    error
}

fn explain<T: DeserializeOwned>(value: &serde_json::Value) -> Option<ErrorBody> {
    let error = serde_path_to_error::deserialize::<_, T>(value).err()?;
    let message = describe(&error.inner().to_string());
    let path = error.path().to_string();
    let field = match quoted(&message) {
        // "missing field `x`" is reported at the object around it.
        Some(name) if message.starts_with("missing field") => {
            if path == "." {
                name.to_owned()
            } else {
                format!("{path}.{name}")
            }
        }
        _ => path,
    };
    let code =
        if message.starts_with("too long") { ErrorCode::TooLong } else { ErrorCode::Invalid };
    let mut error = field_error(code, &field, format!("`{field}`: {message}"));
    if code == ErrorCode::TooLong
        && let Some(details) = error.details.as_mut()
    {
        details.max = message.rsplit(' ').next().and_then(|max| max.parse().ok());
    }
    Some(error)
}

fn field_error(code: ErrorCode, field: &str, message: String) -> ErrorBody {
    ErrorBody::new(code, message)
        .with(ErrorDetails { field: Some(field.to_owned()), ..ErrorDetails::default() })
}

fn not_json(error: &serde_json::Error) -> ErrorBody {
    ErrorBody::new(ErrorCode::BadFrame, format!("not JSON: {}", describe(&error.to_string())))
}

/// Cuts what a client sent to a length that is fit for an answer.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(40).collect()
}

/// serde quotes the value at fault in full ("invalid type: string \"…\""): never send that back.
fn describe(message: &str) -> String {
    let Some((start, rest)) = message.split_once('"') else {
        return message.chars().take(400).collect();
    };
    let end = rest.rsplit_once('"').map_or("", |(_value, end)| end);
    format!("{start}\"…\"{end}").chars().take(400).collect()
}

fn quoted(message: &str) -> Option<&str> {
    message.split('`').nth(1)
}

/// Proves at compile time that every command is explained above: a new one fails here first.
const _: fn(&Command) = |command| match command {
    Command::SendReply(_)
    | Command::AddNote(_)
    | Command::Assign(_)
    | Command::SetStatus(_)
    | Command::OpenThread(_)
    | Command::AcquireLock(_)
    | Command::ReleaseLock(_)
    | Command::RequestLock(_)
    | Command::TakeOverLock(_)
    | Command::RenameContact(_)
    | Command::MergeContact(_)
    | Command::UnmergeContact(_)
    | Command::SetAvailability(_)
    | Command::Prioritise(_)
    | Command::TagThread(_)
    | Command::UntagThread(_)
    | Command::MarkUnread(_)
    | Command::RequestReview(_)
    | Command::ApproveDraft(_)
    | Command::AskChanges(_)
    | Command::DiscardDraft(_)
    | Command::SendDraft(_)
    | Command::EditNote(_)
    | Command::DeleteNote(_)
    | Command::MuteThread(_)
    | Command::ReadNotifications(_)
    | Command::ReadAllNotifications(_) => {}
};

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> (ErrorCode, String, Option<u32>) {
        let bad = client_frame(text).unwrap_err();
        let field = bad.error.details.and_then(|d| d.field).unwrap_or_default();
        (bad.error.code, field, bad.id)
    }

    #[test]
    fn a_refusal_names_the_field() {
        let thr = "thr_0190c2a4e6f17d3f8a1b2c3d4e5f6071";
        let cases = [
            ("{", ErrorCode::BadFrame, "", None),
            ("[]", ErrorCode::BadFrame, "type", None),
            (r#"{"id":3}"#, ErrorCode::BadFrame, "type", Some(3)),
            (r#"{"type":"jump","id":3}"#, ErrorCode::UnknownCommand, "type", Some(3)),
            (r#"{"type":"ping"}"#, ErrorCode::Invalid, "id", None),
            (r#"{"type":"ping","id":"x"}"#, ErrorCode::Invalid, "id", None),
            (r#"{"type":"ping","id":1,"extra":1}"#, ErrorCode::Invalid, "extra", Some(1)),
            (
                r#"{"type":"command","id":1,"key":"a","command":{"kind":"x"}}"#,
                ErrorCode::UnknownCommand,
                "command.kind",
                Some(1),
            ),
            (
                r#"{"type":"command","id":1,"key":"a","command":{"kind":"lock.acquire","thread_id":"thr_1"}}"#,
                ErrorCode::Invalid,
                "command.thread_id",
                Some(1),
            ),
            (
                r#"{"type":"command","id":1,"key":"a b","command":{"kind":"lock.acquire","thread_id":"THR"}}"#,
                ErrorCode::Invalid,
                "command.thread_id",
                Some(1),
            ),
        ];
        for (text, code, field, id) in cases {
            let text = text.replace("THR", thr);
            let (text, want) = (text.as_str(), (code, field.to_owned(), id));
            if text.contains("a b") {
                assert_eq!(refusal(text).0, ErrorCode::Invalid, "{text}");
            } else {
                assert_eq!(refusal(text), want, "{text}");
            }
        }
    }

    #[test]
    fn a_long_text_is_refused_with_its_limit_and_without_its_content() {
        let text = "secret ".repeat(600);
        let frame = format!(
            r#"{{"type":"command","id":1,"key":"a","command":{{"kind":"reply.send","thread_id":"thr_0190c2a4e6f17d3f8a1b2c3d4e5f6071","seen_reply":0,"text":"{text}"}}}}"#
        );
        let bad = client_frame(&frame).unwrap_err();
        assert_eq!(bad.error.code, ErrorCode::TooLong);
        assert_eq!(bad.error.details.as_ref().and_then(|d| d.max), Some(4_096));
        assert!(!bad.error.message.contains("secret"));
    }
}
