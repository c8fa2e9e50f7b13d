//! Typed, time-ordered ids: UUIDv7 (RFC 9562, section 5.7) written with a prefix that names the kind.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

/// An id that cannot be read: another prefix, or not 32 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected an id like `{prefix}_0190c2a4e6f17d3f8a1b2c3d4e5f6071`")]
pub struct BadId {
    prefix: &'static str,
}

macro_rules! id {
    ($name:ident, $prefix:literal, $ts:literal, $what:literal) => {
        #[doc = concat!("Names ", $what, ": `", $prefix, "_` and 32 hexadecimal digits.")]
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
        #[cfg_attr(feature = "codegen", ts(type = $ts))]
        pub struct $name(
            #[cfg_attr(
                feature = "codegen",
                schemars(with = "String", regex(pattern = concat!("^", $prefix, "_[0-9a-f]{32}$")))
            )]
            Uuid,
        );

        impl $name {
            /// The prefix that every such id carries.
            pub const PREFIX: &'static str = $prefix;

            /// Returns the bare UUID, as the database keeps it.
            pub fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "_{}"), self.0.simple())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = BadId;

            fn from_str(s: &str) -> Result<Self, BadId> {
                parse($prefix, s).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(IdVisitor { prefix: $prefix }).map(Self)
            }
        }
    };
}

id!(AccountId, "acc", "string & { readonly __id?: 'acc' }", "an account at a provider");
id!(AgentId, "agt", "string & { readonly __id?: 'agt' }", "an agent");
id!(AttachmentId, "att", "string & { readonly __id?: 'att' }", "a file of a message");
id!(CannedId, "can", "string & { readonly __id?: 'can' }", "a canned reply");
id!(ChannelId, "chn", "string & { readonly __id?: 'chn' }", "a channel");
id!(ConnectionId, "con", "string & { readonly __id?: 'con' }", "a connection");
id!(ContactId, "cnt", "string & { readonly __id?: 'cnt' }", "a contact");
id!(InboxId, "ibx", "string & { readonly __id?: 'ibx' }", "an inbox");
id!(MessageId, "msg", "string & { readonly __id?: 'msg' }", "a message");
id!(NodeId, "nod", "string & { readonly __id?: 'nod' }", "a node");
id!(NoteId, "nte", "string & { readonly __id?: 'nte' }", "a note");
id!(NotificationId, "ntf", "string & { readonly __id?: 'ntf' }", "a notification");
id!(RoleId, "rol", "string & { readonly __id?: 'rol' }", "a role of an inbox");
id!(SessionId, "ses", "string & { readonly __id?: 'ses' }", "a session");
id!(
    StreamId,
    "str",
    "string & { readonly __id?: 'str' }",
    "a stream; an inbox's stream has the inbox's digits"
);
id!(TagId, "tag", "string & { readonly __id?: 'tag' }", "a tag of an inbox");
id!(TeamId, "tem", "string & { readonly __id?: 'tem' }", "a team");
id!(TokenId, "tok", "string & { readonly __id?: 'tok' }", "an API token");
id!(ThreadId, "thr", "string & { readonly __id?: 'thr' }", "a thread");

impl From<InboxId> for StreamId {
    fn from(inbox: InboxId) -> Self {
        Self(inbox.uuid())
    }
}

impl From<StreamId> for InboxId {
    fn from(stream: StreamId) -> Self {
        Self(stream.uuid())
    }
}

impl StreamId {
    /// The stream of the organisation: agents, sessions, settings.
    pub const ORG: Self = Self(Uuid::nil());
}

fn parse(prefix: &'static str, s: &str) -> Result<Uuid, BadId> {
    let bad = BadId { prefix };
    let digits =
        s.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_')).ok_or(bad.clone())?;
    // One spelling an id: `Uuid` would also read dashes, braces and capitals.
    let simple = digits.len() == 32
        && digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    if !simple {
        return Err(bad);
    }
    Uuid::try_parse(digits).map_err(|_not_a_uuid| bad)
}

struct IdVisitor {
    prefix: &'static str,
}

impl de::Visitor<'_> for IdVisitor {
    type Value = Uuid;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an id like `{}_0190c2a4e6f17d3f8a1b2c3d4e5f6071`", self.prefix)
    }

    fn visit_str<E: de::Error>(self, s: &str) -> Result<Uuid, E> {
        parse(self.prefix, s).map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_spelling() {
        let id = ThreadId::from(Uuid::from_u128(0x0190_c2a4_e6f1_7d3f_8a1b_2c3d_4e5f_6071));
        assert_eq!(id.to_string(), "thr_0190c2a4e6f17d3f8a1b2c3d4e5f6071");
        assert_eq!("thr_0190c2a4e6f17d3f8a1b2c3d4e5f6071".parse(), Ok(id));
        for wrong in [
            "msg_0190c2a4e6f17d3f8a1b2c3d4e5f6071",
            "thr_0190C2A4e6f17d3f8a1b2c3d4e5f6071",
            "thr_0190c2a4-e6f1-7d3f-8a1b-2c3d4e5f6071",
            "thr_0190c2a4e6f17d3f8a1b2c3d4e5f607",
            "thr0190c2a4e6f17d3f8a1b2c3d4e5f6071",
            "",
        ] {
            assert!(wrong.parse::<ThreadId>().is_err(), "{wrong}");
        }
    }
}
