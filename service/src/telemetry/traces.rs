//! Spans, sent by OTLP over gRPC.
//!
//! They are gathered by a thread of their own and sent in batches. The exporter's other settings are OpenTelemetry's own
//! variables: `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_BSP_…`, `OTEL_TRACES_SAMPLER`, `OTEL_RESOURCE_ATTRIBUTES`.
//!
//! # Invariants
//! - Whoever ends a span never waits: what does not fit into the queue (`OTEL_BSP_MAX_QUEUE_SIZE`, 2,048) is dropped.
//! - A collector that takes nothing is named once, as a warning, and changes nothing else.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::tonic_types::transport::ClientTlsConfig;
use opentelemetry_otlp::{WithExportConfig, WithTonicConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};
use tracing::{Level, Metadata};
use tracing_subscriber::Registry;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::Layer;

use super::Error;
use crate::config::kind::{Collector, Setting};

/// Whose spans are sent; what libraries trace of themselves is theirs.
const CRATES: [&str; 5] = ["ssp", "surreal", "service", "view", "relational"];

/// How long the end of a process waits for a collector.
const END_WITHIN: Duration = Duration::from_secs(3);

/// Where traces go, and from whom.
#[derive(Clone, Debug)]
pub struct Export {
    /// Who takes them.
    pub collector: Collector,
    /// The program: `service.name`.
    pub service: &'static str,
    /// Which of its processes, if it has a name: `service.instance.id`.
    pub instance: Option<String>,
}

/// What sends a process's spans; or nothing that does.
#[derive(Debug)]
#[must_use = "what was not sent yet is lost unless it is ended"]
pub struct Traces(Option<SdkTracerProvider>);

impl Traces {
    pub(super) fn none() -> Traces {
        Traces(None)
    }

    pub(super) fn to(export: Export) -> Result<Traces, Error> {
        let Export { collector, service, instance } = export;
        let builder = opentelemetry_otlp::SpanExporter::builder().with_tonic();
        let builder = if collector.has_tls() {
            builder.with_tls_config(ClientTlsConfig::new().with_native_roots())
        } else {
            builder
        };
        let exporter = builder.with_endpoint(collector.print()).build().map_err(Error::Export)?;
        let instance = instance.map(|id| KeyValue::new("service.instance.id", id));
        let resource = Resource::builder()
            .with_service_name(service)
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .with_attributes(instance)
            .build();
        let exporter = Sending { exporter, collector, failed: AtomicBool::new(false) };
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(resource)
            .build();
        Ok(Traces(Some(provider)))
    }

    /// Makes the layer that notes spans, if anybody takes them.
    pub(super) fn layer(&self) -> Option<Box<dyn Layer<Registry> + Send + Sync>> {
        let tracer = self.0.as_ref()?.tracer("sp00ky");
        // Where in the code a span stands, and on which thread, is no news to whoever operates it.
        let layer = tracing_opentelemetry::layer()
            .with_tracer(tracer)
            .with_location(false)
            .with_target(false)
            .with_threads(false)
            .with_tracked_inactivity(false);
        let filter = filter_fn(is_sent).with_max_level_hint(Level::INFO);
        Some(layer.with_filter(filter).boxed())
    }

    /// Sends what was not sent yet; a collector that does not answer delays this by three seconds at most.
    pub async fn end(self) {
        let Some(provider) = self.0 else { return };
        let ended = move || provider.shutdown_with_timeout(END_WITHIN);
        // It waits for a thread. That a collector takes nothing was said by then.
        if let Ok(Err(error)) = tokio::task::spawn_blocking(ended).await {
            tracing::debug!(%error, "the last traces were not sent");
        }
    }
}

/// Our own spans and events of level info and above.
fn is_sent(metadata: &Metadata<'_>) -> bool {
    let name = metadata.target().split("::").next().unwrap_or_default();
    *metadata.level() <= Level::INFO && CRATES.contains(&name)
}

/// An exporter that says once that it fails.
#[derive(Debug)]
struct Sending {
    exporter: opentelemetry_otlp::SpanExporter,
    collector: Collector,
    failed: AtomicBool,
}

impl SpanExporter for Sending {
    /// Never fails: nobody can do anything about it, and the caller would say so with every batch.
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        if let Err(error) = self.exporter.export(batch).await
            && !self.failed.swap(true, Ordering::Relaxed)
        {
            let collector = self.collector.print();
            tracing::warn!(collector, %error, "traces are not taken; this is said once");
        }
        Ok(())
    }

    fn shutdown_with_timeout(&mut self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn shutdown(&mut self) -> OTelSdkResult {
        self.exporter.shutdown()
    }

    fn force_flush(&mut self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}
