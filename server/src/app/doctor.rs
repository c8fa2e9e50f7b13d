//! Looks at everything that has to be right, and says so.

use crate::config::settings::Config;

/// Looks.
pub async fn doctor(_config: Config) -> anyhow::Result<()> {
    Ok(())
}
