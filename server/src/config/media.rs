//! The settings of files: a folder or a bucket, and what is fetched.

use std::path::Path;

use crate::config::{
    args::{self, Settings},
    error::ConfigError,
    parse::{absolute, setting},
    s3,
    settings::MediaConfig,
    value,
};

/// Reads them. Files are in the data folder where nothing else is said.
pub(super) fn read(raw: &Settings, data_dir: &Path) -> Result<MediaConfig, ConfigError> {
    let (variable, flag) = ("TANDEM_BLOB_DIR", "blob-dir");
    let set = raw.blob_dir.as_deref().filter(|path| !path.as_os_str().is_empty());
    let blob_dir = match set {
        Some(folder) => absolute(variable, flag, folder)?,
        None => data_dir.join("blobs"),
    };
    let bytes_max = setting(
        "TANDEM_MEDIA_MAX_BYTES",
        "media-max-bytes",
        &raw.media_max_bytes,
        args::MEDIA_MAX_BYTES,
    )
    .read(|text| value::number(text, &(1..=1 << 40)))?;
    let allow_loopback = setting(
        "TANDEM_MEDIA_ALLOW_LOOPBACK",
        "media-allow-loopback",
        &raw.media_allow_loopback,
        args::MEDIA_ALLOW_LOOPBACK,
    )
    .read(value::on_or_off)?;
    // The image names a folder; who names a bucket means it.
    let bucket = s3::read(&raw.s3)?;
    Ok(MediaConfig { blob_dir, bucket, bytes_max, allow_loopback })
}
