//! Canned replies: lists, one, and one filled for a thread.

use protocol::{
    canned::{
        CannedFault, CannedList, CannedReply, CannedRule, CheckCanned, CheckedCanned, FilledCanned,
    },
    ids::{CannedId, InboxId, ThreadId},
    language::LanguageTag,
    permissions::Permission,
    views::ThreadView,
};
use uuid::Uuid;

use super::{error::QueryError, threads};
use crate::{
    domain::{
        canned::{self as rules, Values, Variable},
        masked::Masked,
        visibility::{Sight, Visibility},
    },
    store::{
        canned::{self, Canned, Owner, Wanted},
        canned_rules,
        canned_use::{self, Around},
        pool::Store,
        views,
    },
};

/// Lists what the asker may use in an inbox, or, without one, its own.
pub async fn list(
    store: &Store,
    who: &Visibility,
    inbox: Option<InboxId>,
    wanted: &Wanted,
) -> Result<CannedList, QueryError> {
    let rule = match inbox {
        Some(inbox) => {
            who.of(inbox).ok_or(QueryError::NotFound { what: "inbox" })?;
            canned_rules::of(store, inbox).await?
        }
        None => CannedRule::default(),
    };
    let me = who.person().unwrap_or(Uuid::nil().into());
    let canned = canned::list(store, inbox, me, wanted).await?;
    let variables = Variable::ALL.iter().map(|it| it.name().to_owned()).collect();
    Ok(CannedList { canned, variables, rule })
}

/// Returns a canned reply of an inbox that the asker works in, or its own.
pub async fn one(
    store: &Store,
    who: &Visibility,
    id: CannedId,
) -> Result<(Owner, CannedReply), QueryError> {
    let Canned { owner, view, texts, usable } = seen(store, who, id).await?;
    let usable = usable.filter(|_texts| view.usable != Some(view.version));
    Ok((owner, CannedReply { canned: view, texts, usable }))
}

async fn seen(store: &Store, who: &Visibility, id: CannedId) -> Result<Canned, QueryError> {
    let found = canned::find(store, id).await?.filter(|it| match it.owner {
        Owner::Inbox(inbox) => who.of(inbox).is_some(),
        Owner::Agent(agent) => who.person() == Some(agent),
    });
    found.ok_or(QueryError::NotFound { what: "canned reply" })
}

/// Returns what is wrong with texts.
pub fn check(it: &CheckCanned) -> CheckedCanned {
    let faults = it.texts.as_slice().iter().flat_map(|(tag, text)| {
        rules::faults(text).into_iter().map(move |fault| {
            let units = text.get(..fault.at).unwrap_or(text).encode_utf16().count();
            CannedFault {
                field: format!("texts.{}", tag.as_str()),
                message: fault.wrong.to_string(),
                at: u32::try_from(units).unwrap_or(u32::MAX),
            }
        })
    });
    CheckedCanned { faults: faults.collect() }
}

/// Returns how an inbox takes canned replies, for administrators.
pub async fn rule(
    store: &Store,
    who: &Visibility,
    inbox: InboxId,
) -> Result<CannedRule, QueryError> {
    who.needs(Permission::ManageInboxes)?;
    Ok(canned_rules::of(store, inbox).await?)
}

/// What is known about a thread, as far as the asker may see it.
struct Known<'a> {
    view: &'a ThreadView,
    around: &'a Around,
    sight: &'a Sight,
}

impl Values for Known<'_> {
    fn value(&self, variable: Variable) -> Option<String> {
        let Self { view, around, sight } = self;
        let name = view.contact.name.as_deref();
        match variable {
            Variable::ContactName => name.map(str::to_owned),
            Variable::ContactFirstName => name.and_then(rules::first_name),
            Variable::ContactAddress if sight.is_masked() => {
                Some(format!("{:?}", Masked(&around.address)))
            }
            Variable::ContactAddress => Some(around.address.clone()),
            Variable::AgentName => Some(around.agent.clone()),
            Variable::AgentFirstName => rules::first_name(&around.agent),
            Variable::InboxName => Some(around.inbox.clone()),
            Variable::ThreadChannel => Some(around.channel.clone()),
            Variable::ThreadAssignee => around.assignee.clone(),
            Variable::ThreadSince => Some(around.since.format("%Y-%m-%d").to_string()),
        }
    }
}

/// Fills a canned reply for a thread that the asker sees: in the language that is asked for, or the
/// inbox's, or the first.
pub async fn fill(
    store: &Store,
    who: &Visibility,
    thread: ThreadId,
    id: CannedId,
    language: Option<LanguageTag>,
) -> Result<FilledCanned, QueryError> {
    let (inbox, sight) = threads::seen(store, who, thread).await?;
    let missing = || QueryError::NotFound { what: "thread" };
    let mut snapshot = store.snapshot().await?;
    let view = views::one(&mut snapshot, thread, &sight).await?.ok_or_else(missing)?;
    let around = canned_use::around(&mut snapshot, thread, who.agent_id).await?;
    let around = around.ok_or_else(missing)?;
    drop(snapshot);
    let found = seen(store, who, id).await?;
    if matches!(found.owner, Owner::Inbox(other) if other != inbox) {
        return Err(QueryError::NotFound { what: "canned reply" });
    }
    let (Some(texts), Some(version)) = (found.usable, found.view.usable) else {
        return Err(QueryError::NotApproved);
    };
    let rule = canned_rules::of(store, inbox).await?;
    let wished = [language.as_ref(), rule.language.as_ref()];
    let chosen = rules::choose(&texts, &wished);
    let (language, text) = chosen.ok_or(QueryError::NotFound { what: "canned reply" })?;
    let filled = rules::fill(text, &Known { view: &view, around: &around, sight: &sight });
    Ok(FilledCanned {
        canned_id: id,
        version,
        language: language.as_str().to_owned(),
        text: filled.text,
        missing: filled.missing.iter().map(|it| it.name().to_owned()).collect(),
    })
}
