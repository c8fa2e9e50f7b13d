//! Customers: who they are, where they are reached, and what they want to get.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::{ChannelId, ContactId};
#[cfg(feature = "codegen")]
use crate::{
    commands::{Command, MergeContact, RenameContact, UnmergeContact},
    events::{ContactOnly, EventBody},
    ids::ThreadId,
    text::ContactName,
};

/// What kind of address a contact has. One number is reached by SMS, WhatsApp and RCS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AddressKind {
    /// A phone number in E.164.
    Phone,
    /// The id of a WhatsApp user towards this business, where the number is not told.
    WhatsappUser,
    /// The name that a WhatsApp user has chosen: to be shown, not to be sent to.
    WhatsappName,
    /// A short code or a name in place of a number, as senders of text messages have them.
    SenderId,
}

/// A way to reach a contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct AddressView {
    /// Its kind.
    pub kind: AddressKind,
    /// The address as the provider sent it.
    pub value: String,
}

/// A customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct ContactView {
    /// The contact.
    pub id: ContactId,
    /// The name, if one is known.
    pub name: Option<String>,
    /// The addresses, oldest first: those of the merged ones, too.
    pub addresses: Vec<AddressView>,
    /// Those that agents have merged into this one, and can take apart again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "codegen", ts(optional, as = "Option<Vec<MergedView>>"))]
    pub merged: Vec<MergedView>,
}

/// A contact that was merged into another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct MergedView {
    /// The contact.
    pub id: ContactId,
    /// Its own name, if one is known.
    pub name: Option<String>,
    /// Its own addresses, oldest first.
    pub addresses: Vec<AddressView>,
}

/// How a customer can be answered over one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(feature = "codegen", ts(optional_fields))]
pub struct ReachView {
    /// The channel.
    pub channel_id: ChannelId,
    /// The address that it reaches the customer at.
    pub address: AddressView,
    /// What the customer does not want to get over it.
    pub refused: Vec<ConsentAbout>,
    /// When the channel takes no more free text, unless the customer writes again; absent where there
    /// is no such end. In the past: it takes none now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_until: Option<DateTime<Utc>>,
}

/// What a customer does or does not want to get from us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ConsentAbout {
    /// Any message.
    Everything,
    /// Any message but essential ones, such as one-time passwords and confirmations.
    AllButEssential,
    /// Marketing only.
    Marketing,
}

#[cfg(feature = "codegen")]
impl ContactView {
    /// Makes one for the golden files.
    pub(crate) fn sample(id: uuid::Uuid, merged: uuid::Uuid) -> Self {
        let phone = |value: &str| AddressView { kind: AddressKind::Phone, value: value.to_owned() };
        let other = phone("+12025550187");
        Self {
            id: id.into(),
            name: Some("Grüner, Ada 😀".to_owned()),
            addresses: vec![phone("+12025550123"), other.clone()],
            merged: vec![MergedView { id: merged.into(), name: None, addresses: vec![other] }],
        }
    }
}

/// Makes the commands about contacts for the golden files.
#[cfg(feature = "codegen")]
pub(crate) fn command_samples(
    thread_id: ThreadId,
    into: ThreadId,
    contact_id: ContactId,
) -> Vec<Command> {
    let name = ContactName::new("Grüner, Ada 😀".to_owned()).expect("a sample name is valid");
    vec![
        Command::RenameContact(RenameContact { thread_id, name: Some(name) }),
        Command::MergeContact(MergeContact { thread_id, into }),
        Command::UnmergeContact(UnmergeContact { thread_id, contact_id }),
    ]
}

/// Makes the events about merged contacts for the golden files.
#[cfg(feature = "codegen")]
pub(crate) fn event_samples(contact_id: ContactId) -> [EventBody; 2] {
    let it = ContactOnly { contact_id };
    [EventBody::ContactMerged(it.clone()), EventBody::ContactUnmerged(it)]
}
