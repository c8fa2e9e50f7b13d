//! The OpenAPI document (3.1) of `/api/v1`, made of the table of operations.

use schemars::{Schema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use crate::{
    http::Problem,
    ids::{
        AccountId, AgentId, AttachmentId, CannedId, ChannelId, InboxId, NoteId, RoleId, SessionId,
        TagId, TeamId, ThreadId, TokenId,
    },
    operations::{Method, Operation, Takes},
};

/// Returns the document.
pub fn document() -> Value {
    let mut maker = SchemaSettings::draft2020_12()
        .with(|it| it.definitions_path = "/components/schemas".into())
        .into_generator();
    let mut paths: Map<String, Value> = Map::new();
    for operation in Operation::ALL {
        let method = match operation.method() {
            Method::Get => "get",
            Method::Post => "post",
            Method::Put => "put",
            Method::Delete => "delete",
        };
        let path = paths.entry(operation.path()).or_insert_with(|| json!({}));
        path[method] = describe(*operation, &mut maker);
    }
    let problem = maker.subschema_for::<Problem>();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Tandem",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "A real-time shared inbox. PROTOCOL.md tells the rest: the socket, the rules, the errors.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/api/v1" }],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "session": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The token of a person's session (`tds_…`). Roles are permissions.",
                },
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API token (`tdt_…`). Roles are its scopes.",
                },
                "cookie": { "type": "apiKey", "in": "cookie", "name": "tandem_session" },
            },
            "responses": {
                "Refused": {
                    "description": "Refused, with the reason (RFC 9457).",
                    "content": { "application/problem+json": { "schema": problem } },
                },
            },
            "schemas": maker.take_definitions(true),
        },
    })
}

fn describe(operation: Operation, maker: &mut SchemaGenerator) -> Value {
    let (body, answer) = operation.schemas(maker);
    let docs = operation.docs().trim();
    let request = body.map(|schema| match operation {
        Operation::Upload => json!({ "application/octet-stream": {} }),
        _ => json!({ "application/json": { "schema": schema } }),
    });
    let mut said = json!({
        "operationId": operation.name(),
        "summary": docs.split_once(['.', ':']).map_or(docs, |(first, _rest)| first),
        "description": docs,
        "tags": [operation.path().split('/').find(|it| !it.is_empty() && *it != "admin")],
        "parameters": parameters(operation, maker),
        "security": security(operation.takes()),
        "responses": {
            operation.status(): success(operation, answer),
            "default": { "$ref": "#/components/responses/Refused" },
        },
    });
    if let (Some(said), Some(content)) = (said.as_object_mut(), request) {
        let body = json!({ "required": true, "content": content });
        said.insert("requestBody".to_owned(), body);
    }
    said
}

fn success(operation: Operation, answer: Option<Schema>) -> Value {
    let Some(schema) = answer else { return json!({ "description": "Done." }) };
    let content = match operation {
        Operation::ReadAttachment | Operation::ReadThumbnail => json!({ "*/*": {} }),
        _ => json!({ "application/json": { "schema": schema } }),
    };
    json!({ "description": "Done.", "content": content })
}

/// A permission is a role of who asks (OpenAPI 3.1, section 4.8.30); of several, one is enough. What is
/// about a person takes a session.
fn security(takes: Takes) -> Value {
    let with = |schemes: &[&str], roles: &[&str]| -> Vec<Value> {
        schemes.iter().map(|scheme| json!({ *scheme: roles })).collect()
    };
    let all = ["session", "cookie", "token"];
    Value::Array(match takes {
        Takes::Nothing => Vec::new(),
        Takes::Person => with(&["session", "cookie"], &[]),
        Takes::Somebody | Takes::OfCommands => with(&all, &[]),
        Takes::InInbox(_) | Takes::Of(_) => {
            takes.permissions().iter().flat_map(|it| with(&all, &[it.name()])).collect()
        }
    })
}

fn parameters(operation: Operation, maker: &mut SchemaGenerator) -> Vec<Value> {
    let in_path = operation.path().split('/').filter_map(|it| {
        let name = it.strip_prefix('{')?.strip_suffix('}')?;
        let schema = id(name, maker);
        Some(json!({ "name": name, "in": "path", "required": true, "schema": schema }))
    });
    let mut all: Vec<Value> = in_path.collect();
    all.extend(operation.query().iter().map(|name| {
        let schema =
            if matches!(*name, "before" | "limit" | "version") { "integer" } else { "string" };
        json!({ "name": name, "in": "query", "schema": { "type": schema } })
    }));
    all
}

fn id(name: &str, maker: &mut SchemaGenerator) -> Schema {
    match name {
        "account" => maker.subschema_for::<AccountId>(),
        "agent" => maker.subschema_for::<AgentId>(),
        "attachment" => maker.subschema_for::<AttachmentId>(),
        "canned" => maker.subschema_for::<CannedId>(),
        "channel" => maker.subschema_for::<ChannelId>(),
        "inbox" => maker.subschema_for::<InboxId>(),
        "session" => maker.subschema_for::<SessionId>(),
        "token" => maker.subschema_for::<TokenId>(),
        "note" => maker.subschema_for::<NoteId>(),
        "role" => maker.subschema_for::<RoleId>(),
        "tag" => maker.subschema_for::<TagId>(),
        "team" => maker.subschema_for::<TeamId>(),
        "thread" => maker.subschema_for::<ThreadId>(),
        other => unreachable!("a path has no {{{other}}}"),
    }
}
