//! Traces for an OpenTelemetry collector: OTLP over HTTP, with our own client. Off unless an endpoint
//! is set.
//!
//! A span has ids, kinds and outcomes, as in the log, and never a text, an address or a path that a
//! stranger has typed. Log lines stay out of it.

use std::{fmt, pin::Pin, time::Duration};

use opentelemetry::{KeyValue, trace::TracerProvider as _};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{ExporterBuildError, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use tokio::runtime::Handle;
use tracing_subscriber::{Layer, Registry, filter::filter_fn};
use uuid::Uuid;

/// A collector that does not answer by then gets the next batch.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the last spans may hold up the end of the process.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(5);
/// A connection's span lives for hours and would be the root of all that happens on it; its commands
/// carry its id instead.
const LONG_LIVED: &str = "connection";

/// The way of spans to the collector.
#[derive(Clone)]
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// Begins to export to a collector: `endpoint` is its base, such as `http://localhost:4318`.
    pub fn start(endpoint: &str, runtime: Handle) -> Result<Self, ExporterBuildError> {
        // Fails only where it was installed before, which is as good.
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Client { http: reqwest::Client::new(), runtime })
            .with_endpoint(format!("{endpoint}/v1/traces"))
            .with_timeout(EXPORT_TIMEOUT)
            .build()?;
        let resource = Resource::builder()
            .with_service_name("tandem")
            .with_attributes([
                KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
                KeyValue::new("service.instance.id", Uuid::now_v7().to_string()),
            ])
            .build();
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(resource)
            .build();
        Ok(Self(provider))
    }

    /// Returns the layer that hands our spans over.
    pub(super) fn layer(&self) -> impl Layer<Registry> + Send + Sync + use<> {
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer("tandem"))
            // What would be `thread.id` here is a conversation's.
            .with_threads(false)
            .with_location(false)
            .with_target(false)
            .with_tracked_inactivity(false)
            .with_filter(filter_fn(|it| {
                it.is_span() && it.target().starts_with("server::") && it.name() != LONG_LIVED
            }))
    }

    /// Sends what is left. It waits for the collector, so not on a thread that serves.
    pub fn finish(&self) {
        if let Err(error) = self.0.shutdown_with_timeout(FLUSH_TIMEOUT) {
            tracing::warn!(error = %error, "the last spans did not reach the collector");
        }
    }
}

/// Our client, for an exporter that works on a thread of its own.
struct Client {
    http: reqwest::Client,
    runtime: Handle,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Client")
    }
}

impl HttpClient for Client {
    fn send_bytes<'life, 'sending>(
        &'life self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'sending>>
    where
        'life: 'sending,
    {
        let http = self.http.clone();
        // Not through `Shutdown`: the last spans go out when all else has ended.
        let sending = self.runtime.spawn(async move {
            let answer = http.execute(request.try_into()?).await?;
            let status = answer.status();
            let response = Response::builder().status(status).body(answer.bytes().await?)?;
            Ok::<_, HttpError>(response)
        });
        Box::pin(async move { sending.await? })
    }
}
