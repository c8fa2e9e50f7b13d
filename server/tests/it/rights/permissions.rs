//! Every permission: who lacks it is refused over both transports, who has it is not.

use std::time::Duration;

use protocol::{
    commands::{AddNote, Assign, Command, SendReply, SetStatus, TakeOverLock, ThreadOnly},
    contacts::{MergeContact, RenameContact},
    errors::ErrorCode,
    ids::{AgentId, ThreadId},
    labels::{Prioritise, Priority, TagThread},
    permissions::Permission,
    templates::TemplateUse,
    text::{ContactName, NoteText, Reason, ReplyText},
    views::{Scope, Status},
};

use super::stage::{of_inboxes, office, role, set_member};
use crate::harness::{api::Api, socket::Socket};

/// A command that takes a permission, beside those that the others of the table take.
fn attempt(
    permission: Permission,
    (thread, other): (ThreadId, ThreadId),
    me: AgentId,
    colleague: AgentId,
) -> Option<Command> {
    use Permission as P;
    let thread_id = thread;
    let reply = |text: &str| SendReply::new(thread, ReplyText::new(text.to_owned()).unwrap(), 0);
    let assign = |to| {
        let (from, from_team, to_team, note) = (None, None, None, None);
        Command::Assign(Assign {
            thread_id,
            from,
            to: Some(to),
            from_team,
            to_team,
            note,
            mentions: Vec::new(),
        })
    };
    let status = |to| Command::SetStatus(SetStatus { thread_id, to, until: None });
    let text = "why".to_owned();
    Some(match permission {
        P::SendReplies => Command::AcquireLock(ThreadOnly { thread_id }),
        P::SendTemplates => {
            let template = TemplateUse {
                name: "parcel_sent".to_owned(),
                language: "en".to_owned(),
                values: Vec::new(),
            };
            Command::SendReply(SendReply { template: Some(Box::new(template)), ..reply("x") })
        }
        P::SendAttachments => {
            let attachments = vec![uuid::Uuid::now_v7().into()];
            Command::SendReply(SendReply { attachments, ..reply("x") })
        }
        P::AddNotes => Command::AddNote(AddNote::new(thread_id, NoteText::new(text).unwrap())),
        P::ClaimThreads => assign(me),
        P::AssignThreads => assign(colleague),
        P::SetStatus => status(Status::Pending),
        P::CloseThreads => status(Status::Closed),
        P::EscalateThreads => status(Status::Escalated),
        P::SnoozeThreads => {
            let until = chrono::Utc::now() + chrono::TimeDelta::hours(1);
            Command::SetStatus(SetStatus { thread_id, to: Status::Pending, until: Some(until) })
        }
        P::TakeOverLocks => {
            let reason = Reason::new(text).unwrap();
            Command::TakeOverLock(TakeOverLock { thread_id, reason })
        }
        P::RenameContacts => {
            let name = Some(ContactName::new(text).unwrap());
            Command::RenameContact(RenameContact { thread_id, name })
        }
        P::MergeContacts => Command::MergeContact(MergeContact { thread_id, into: other }),
        P::PrioritiseThreads => Command::Prioritise(Prioritise { thread_id, to: Priority::High }),
        // Not of the inbox, but that is looked up later.
        P::TagThreads => {
            let tag_id = uuid::Uuid::now_v7().into();
            Command::TagThread(TagThread { thread_id, tag_id })
        }
        // Not of commands: their doors have tests of their own.
        _ => return None,
    })
}

#[tokio::test]
async fn each_command_takes_its_permission_over_both_transports() {
    let (server, admin) = office(1).await;
    let agent = server.api("agent1").await;
    let colleague = server.api("ben").await.id();
    let all = of_inboxes();
    let mut tried = 0;
    for (n, permission) in all.iter().copied().enumerate() {
        let thread = admin.new_thread(&format!("+1202555{:04}", 2000 + 2 * n)).await.id;
        let other = admin.new_thread(&format!("+1202555{:04}", 2001 + 2 * n)).await.id;
        let Some(command) = attempt(permission, (thread, other), agent.id(), colleague) else {
            continue;
        };
        tried += 1;
        let others: Vec<_> = all.iter().copied().filter(|it| *it != permission).collect();
        let lacking = role(&admin, &format!("All but {}", permission.name()), &others).await;
        set_member(&admin, agent.id(), Some(&lacking.to_string()), Scope::All).await;
        let refused = agent.command(&format!("h{n}"), command.clone()).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Forbidden, "{permission:?}: {}", refused.detail);
        assert_eq!(refused.details.as_ref().unwrap().permission, Some(permission));
        let mut socket = Socket::open(&server.url(), &agent.token).await;
        let refused = socket.command(&format!("s{n}"), command.clone()).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Forbidden, "{permission:?}");
        assert_eq!(refused.details.as_ref().unwrap().permission, Some(permission));
        set_member(&admin, agent.id(), Some("supervisor"), Scope::All).await;
        let done = agent.command(&format!("o{n}"), command).await;
        let code = done.err().map(|problem| problem.code);
        assert_ne!(code, Some(ErrorCode::Forbidden), "{permission:?}");
    }
    assert!(tried >= 15, "{tried}");
    server.stop().await;
}

#[tokio::test]
async fn who_may_not_watch_agents_or_read_files_does_not() {
    let (server, admin) = office(1).await;
    let agent: Api = server.api("agent1").await;
    let only_reads = role(&admin, "Reads", &[Permission::ReadThreads]).await.to_string();
    set_member(&admin, agent.id(), Some(&only_reads), Scope::All).await;
    let mut socket = Socket::open(&server.url(), &agent.token).await;
    socket.send_text(r#"{"type":"watch_agents","id":7}"#).await;
    let refused = socket
        .until(|frame| match frame {
            protocol::frames::ServerFrame::Error(it) => Some(it.clone()),
            _ => None,
        })
        .await;
    assert_eq!((refused.id, refused.error.code), (Some(7), ErrorCode::Forbidden));
    assert_eq!(refused.error.details.as_ref().unwrap().permission, Some(Permission::WatchAgents));
    socket.drain(Duration::from_millis(50)).await;
    let inbox = agent.me.inboxes[0].id;
    let upload = agent.ask(reqwest::Method::POST, &format!("/inboxes/{inbox}/uploads"), None).await;
    assert_eq!(upload.status(), 403, "{}", upload.text().await.unwrap());
    server.stop().await;
}
