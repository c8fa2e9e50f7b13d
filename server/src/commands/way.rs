//! The way that a reply goes: over which channel, to which address, and what forbids it.

use chrono::{DateTime, Utc};
use protocol::{
    commands::SendReply,
    contacts::ConsentAbout,
    ids::{AgentId, ChannelId},
    templates::TemplateUse,
    views::ChannelKind,
};
use uuid::Uuid;

use super::{context::Ctx, error::CommandError, upload};
use crate::{
    domain::{channel, media, template, thread::Thread},
    store::{
        reach,
        templates::{self, Filled, Terms},
    },
};

/// Where a reply goes.
pub(super) struct Way {
    /// The channel.
    pub(super) channel_id: ChannelId,
    /// The customer's address.
    pub(super) address_id: Uuid,
    /// What it is sent under, where that is anything.
    pub(super) terms: Option<Terms>,
}

/// Finds the way of a reply, if it may be sent. Its files are of these agents.
pub(super) async fn find(
    ctx: &mut Ctx<'_>,
    authors: &[AgentId],
    it: &SendReply,
    thread: &Thread,
    now: DateTime<Utc>,
) -> Result<Way, CommandError> {
    let channel_id = it.channel_id.unwrap_or(thread.channel_id);
    let is_plain = it.template.is_none() && !it.essential && it.attachments.is_empty();
    // Nearly always what came with the thread's row says everything.
    if is_plain && channel_id == thread.channel_id && channel::window(thread.channel_kind).is_none()
    {
        check_length(it, thread.channel_kind)?;
        return if thread.refused {
            Err(CommandError::OptedOut)
        } else {
            Ok(Way { channel_id, address_id: thread.address_id, terms: None })
        };
    }
    let way = reach::over(ctx.tx, thread.id, channel_id).await?.ok_or(CommandError::Unreachable)?;
    check_length(it, way.kind)?;
    upload::check(ctx, authors, it, (thread.inbox_id, way.kind)).await?;
    let template = match &it.template {
        Some(wanted) => Some(fill(ctx, channel_id, wanted, it.text.as_str()).await?),
        None => None,
    };
    let marketing = template.as_ref().is_some_and(|it| it.is_marketing);
    if way.refused.iter().any(|about| forbids(*about, it.essential, marketing)) {
        return Err(CommandError::OptedOut);
    }
    if let (None, Some(until)) = (&template, way.window_until)
        && until <= now
    {
        return Err(CommandError::WindowClosed(until));
    }
    let bare = !it.essential && template.is_none();
    let terms = (!bare).then_some(Terms { essential: it.essential, template });
    Ok(Way { channel_id, address_id: way.address_id, terms })
}

/// Says whether a customer who does not want this must not get the message.
fn forbids(about: ConsentAbout, essential: bool, marketing: bool) -> bool {
    match about {
        ConsentAbout::Everything => true,
        ConsentAbout::AllButEssential => !essential,
        ConsentAbout::Marketing => marketing,
    }
}

fn check_length(it: &SendReply, kind: ChannelKind) -> Result<(), CommandError> {
    let max =
        if it.attachments.is_empty() { channel::text_max(kind) } else { media::text_max(kind) };
    if it.text.as_str().encode_utf16().count() > max {
        return Err(CommandError::TooLong { max });
    }
    Ok(())
}

/// Fills a template. What comes of it has to be what the agent has on screen: a template may have been
/// changed since.
async fn fill(
    ctx: &mut Ctx<'_>,
    channel: ChannelId,
    wanted: &TemplateUse,
    shown: &str,
) -> Result<Filled, CommandError> {
    let TemplateUse { name, language, values } = wanted;
    let found = templates::usable(ctx.tx, channel, name, language).await?;
    let usable = found.ok_or(CommandError::Invalid {
        field: "command.template.name",
        message: "names no template of the channel that is approved and can be filled; \
                  GET /api/v1/channels/{id}/templates lists them",
    })?;
    let variables = template::variables(&usable.text);
    template::check(&variables, values).map_err(|bad| CommandError::Invalid {
        field: "command.template.values",
        message: bad.allowed(),
    })?;
    if template::fill(&usable.text, &variables, values) != shown {
        return Err(CommandError::Invalid {
            field: "command.text",
            message: "must be what the template says with these values; it may have been changed",
        });
    }
    Ok(Filled {
        name: name.clone(),
        language: language.clone(),
        provider_id: usable.provider_id,
        is_marketing: usable.is_marketing,
        values: variables.into_iter().zip(values.iter().cloned()).collect(),
    })
}
