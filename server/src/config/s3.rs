//! The settings of the bucket that files are in: what can be said, and what it has to be.

use std::time::Duration;

use clap::Args;
use secrecy::SecretString;

use crate::config::{
    error::ConfigError,
    parse::{Asked, all_or_none, optional, setting},
    settings::BucketConfig,
    value,
};

/// What those take who have no regions.
pub const REGION: &str = "us-east-1";

/// A part of a file is there in less, and nobody waits longer for an answer.
const PATIENCE: Duration = Duration::from_secs(15);

const HEADING: &str = "Files in a bucket of S3, or of what speaks like it, instead of a folder (bucket \
                       and key, or none of them)";

/// All settings, as texts. The help texts are read in a terminal, so they are no doc comments.
#[derive(Debug, Args)]
pub struct S3Args {
    #[arg(
        id = "s3_bucket",
        long = "s3-bucket",
        env = "TANDEM_S3_BUCKET",
        value_name = "NAME",
        help_heading = HEADING,
        help = "The bucket, the same one for all nodes"
    )]
    pub bucket: Option<String>,

    #[arg(
        id = "s3_region",
        long = "s3-region",
        env = "TANDEM_S3_REGION",
        value_name = "REGION",
        help_heading = HEADING,
        default_value = REGION,
        help = "Where it is"
    )]
    pub region: String,

    #[arg(
        id = "s3_endpoint",
        long = "s3-endpoint",
        env = "TANDEM_S3_ENDPOINT",
        value_name = "URL",
        help_heading = HEADING,
        help = "Who has it, where it is not AWS, such as https://minio.example.com:9000. With http:// \
                there is no TLS [default: AWS in that region]"
    )]
    pub endpoint: Option<String>,

    #[arg(
        id = "s3_prefix",
        long = "s3-prefix",
        env = "TANDEM_S3_PREFIX",
        value_name = "PREFIX",
        help_heading = HEADING,
        help = "What the names of the files begin with, where others are in the bucket: another \
                server, too"
    )]
    pub prefix: Option<String>,

    #[arg(
        id = "s3_access_key_id",
        long = "s3-access-key-id",
        env = "TANDEM_S3_ACCESS_KEY_ID",
        value_name = "ID",
        help_heading = HEADING,
        help = "Id of a key that may list, read, write and delete there"
    )]
    pub access_key_id: Option<SecretString>,

    #[arg(
        id = "s3_secret_access_key",
        long = "s3-secret-access-key",
        env = "TANDEM_S3_SECRET_ACCESS_KEY",
        value_name = "SECRET",
        help_heading = HEADING,
        help = "That key"
    )]
    pub secret_access_key: Option<SecretString>,
}

/// Checks the settings; `None` where there are none.
pub fn read(raw: &S3Args) -> Result<Option<BucketConfig>, ConfigError> {
    let region = setting("TANDEM_S3_REGION", "s3-region", &raw.region, REGION);
    let endpoint = optional("TANDEM_S3_ENDPOINT", "s3-endpoint", raw.endpoint.as_ref());
    let prefix = optional("TANDEM_S3_PREFIX", "s3-prefix", raw.prefix.as_ref());
    let asked = [
        Asked::text("TANDEM_S3_BUCKET", "s3-bucket", raw.bucket.as_ref()),
        Asked::secret("TANDEM_S3_ACCESS_KEY_ID", "s3-access-key-id", raw.access_key_id.as_ref()),
        Asked::secret(
            "TANDEM_S3_SECRET_ACCESS_KEY",
            "s3-secret-access-key",
            raw.secret_access_key.as_ref(),
        ),
    ];
    let more = region.text != REGION || endpoint.is_some() || prefix.is_some();
    let allowed = "a bucket needs TANDEM_S3_BUCKET, _ACCESS_KEY_ID and _SECRET_ACCESS_KEY, or no \
                   TANDEM_S3_ variable at all";
    let Some([bucket, id, key]) = all_or_none(asked, more, allowed)? else { return Ok(None) };
    Ok(Some(BucketConfig {
        name: bucket.read(value::bucket)?,
        region: region.read(value::region)?,
        endpoint: endpoint.map(|it| it.read(value::s3_endpoint)).transpose()?,
        prefix: prefix.map(|it| it.read(value::key_prefix)).transpose()?,
        access_key_id: id.read_secret()?,
        secret_access_key: key.read_secret()?,
        patience: PATIENCE,
    }))
}

#[cfg(test)]
mod tests {
    use crate::config::harness::{good, parse, refused};

    const WHOLE: [(&str, &str); 3] = [
        ("TANDEM_S3_BUCKET", "tandem-files"),
        ("TANDEM_S3_ACCESS_KEY_ID", "sup3rs3cret1"),
        ("TANDEM_S3_SECRET_ACCESS_KEY", "sup3rs3cret2"),
    ];

    #[test]
    fn it_is_whole_or_absent() {
        assert!(good(&[], &[]).1.media.bucket.is_none());
        assert!(good(&[], &WHOLE.map(|(name, _)| (name, " "))).1.media.bucket.is_none());
        let bucket = good(&[], &WHOLE).1.media.bucket.expect("it is whole");
        assert_eq!(bucket.title(), "bucket tandem-files at us-east-1");
        assert_eq!((bucket.endpoint, bucket.prefix), (None, None));
        for (name, _) in WHOLE {
            let rest: Vec<_> = WHOLE.into_iter().filter(|(it, _)| *it != name).collect();
            refused(&[], &rest, &format!("{name} (--"));
        }
        for more in ["--s3-region=eu-west-1", "--s3-endpoint=http://a", "--s3-prefix=a"] {
            refused(&[more], &[], "TANDEM_S3_BUCKET (--s3-bucket) is missing: a bucket needs");
        }
        let more = ["--s3-endpoint=http://localhost:9000/", "--s3-prefix=a/b", "--s3-region=auto"];
        let bucket = good(&more, &WHOLE).1.media.bucket.expect("it is whole");
        assert_eq!(bucket.title(), "bucket tandem-files at http://localhost:9000");
        assert_eq!((bucket.region.as_str(), bucket.prefix.as_deref()), ("auto", Some("a/b")));
    }

    #[test]
    fn wrong_values_are_named_and_the_key_is_not_shown() {
        for name in ["Files", "ab", "ab-", "a_b", "a/b"] {
            refused(&["--s3-bucket", name], &WHOLE, "must be 3 to 63 lower-case letters");
        }
        refused(&["--s3-region=eu west"], &WHOLE, "such as eu-central-1");
        for url in ["localhost:9000", "ftp://a", "https://id:key@a", "https://a?b"] {
            refused(&["--s3-endpoint", url], &WHOLE, "TANDEM_S3_ENDPOINT (--s3-endpoint) is");
        }
        for prefix in ["/a", "a/", "a//b", "../a", "a b"] {
            refused(&["--s3-prefix", prefix], &WHOLE, "with single slashes between");
        }
        for flag in ["--s3-access-key-id", "--s3-secret-access-key"] {
            let spaced = parse(&[flag, "sup3rs3cret here"], &WHOLE).expect_err("a blank");
            let said = format!("{spaced} {spaced:?}");
            assert!(said.contains(flag) && !said.contains("sup3rs"), "{said}");
        }
        let shown = format!("{:?}", good(&[], &WHOLE));
        assert!(!shown.contains("sup3rs3cret"), "{shown}");
    }
}
