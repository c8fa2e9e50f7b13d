//! Templates: texts that a provider has approved, and that may be sent at any time.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A template of a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(feature = "codegen", ts(optional_fields))]
pub struct TemplateView {
    /// Its name at the provider.
    pub name: String,
    /// Its language, as the provider writes it: `en_US`.
    pub language: String,
    /// `marketing`, `utility` or `authentication`, in the provider's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// What the provider calls its state: only `approved` ones can be sent.
    pub state: String,
    /// Why it is in that state, where the provider says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The whole text, with gaps such as `{{1}}` or `{{first_name}}`; absent where the provider has
    /// not told it yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The names of the gaps, in the order in which values are given.
    pub variables: Vec<String>,
    /// What in it cannot be filled from here, such as an image on top: it cannot be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub obstacle: Option<String>,
}

/// `GET /api/v1/channels/{id}/templates`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct TemplateList {
    /// By name and language.
    pub templates: Vec<TemplateView>,
}

/// A template with its gaps filled.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TemplateUse {
    /// Its name.
    pub name: String,
    /// Its language.
    pub language: String,
    /// What goes into the gaps, in the order of the template's `variables`.
    pub values: Vec<String>,
}

impl fmt::Debug for TemplateUse {
    /// Shows what a log may hold: values are personal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TemplateUse")
            .field("name", &self.name)
            .field("language", &self.language)
            .field("values", &self.values.len())
            .finish()
    }
}
