//! Traces: a collector that takes them, one that refuses, one that never answers.

use std::collections::BTreeMap;
use std::io::Read;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use tonic::transport::server::{Server, TcpIncoming};
use tonic::{Request, Response, Status};

use crate::support::{SCHEMA, World, answer, until};

/// A span as `service name { attributes }`.
type Spans = Arc<Mutex<Vec<String>>>;

/// Takes everything.
struct Collector(Spans);

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        for sent in request.into_inner().resource_spans {
            let from = sent.resource.map(|resource| texts(&resource.attributes));
            let from = from.unwrap_or_default();
            let named = |key: &str| from.get(key).cloned().unwrap_or_default();
            let from = format!("{} {}", named("service.name"), named("service.instance.id"));
            for span in sent.scope_spans.into_iter().flat_map(|scope| scope.spans) {
                let line = format!("{from} {} {:?}", span.name, texts(&span.attributes));
                self.0.lock().unwrap().push(line);
            }
        }
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

fn texts(attributes: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |value: &Value| match value {
        Value::StringValue(text) => text.clone(),
        Value::IntValue(number) => number.to_string(),
        other => format!("{other:?}"),
    };
    let said = |it: &KeyValue| {
        let value = it.value.as_ref()?.value.as_ref()?;
        Some((it.key.clone(), text(value)))
    };
    attributes.iter().filter_map(said).collect()
}

async fn collector() -> (SocketAddr, Spans) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (addr, spans) = (listener.local_addr().unwrap(), Spans::default());
    let service = TraceServiceServer::new(Collector(Arc::clone(&spans)));
    let serving = Server::builder().add_service(service);
    tokio::spawn(serving.serve_with_incoming(TcpIncoming::from(listener)));
    (addr, spans)
}

fn free_address() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// A processor that sends traces; it dies with this.
struct Traced {
    child: Child,
    addr: SocketAddr,
}

impl Traced {
    /// Starts one that sends what it gathered every so many milliseconds, and waits until it is ready.
    async fn start(world: &World, collector: SocketAddr, every_ms: u32, log: &str) -> Traced {
        let (addr, options) = (free_address(), &world.options);
        let child = Command::new(env!("CARGO_BIN_EXE_ssp"))
            .args(["--set", "capture.overlap_ms=200"])
            .env_clear()
            .env("SPKY_SSP_LISTEN_ADDR", addr.to_string())
            .env("SPKY_SSP_ID", "ssp-traced")
            .env("SPKY_DB_WS", &options.ws)
            .env("SPKY_DB_NS", &options.ns)
            .env("SPKY_DB_NAME", &options.db)
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{collector}"))
            .env("OTEL_BSP_SCHEDULE_DELAY", every_ms.to_string())
            .env("RUST_LOG", log)
            .current_dir(std::env::temp_dir())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let traced = Traced { child, addr };
        until("it is ready", || traced.is_ready()).await;
        traced
    }

    async fn is_ready(&self) -> bool {
        let asked = reqwest::get(format!("http://{}/health/ready", self.addr)).await;
        match asked {
            Ok(asked) => answer(asked).await.0 == 200,
            Err(_) => false,
        }
    }

    /// Ends it in order; what it said.
    async fn stop(mut self) -> String {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let mut said = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert!(self.child.wait().unwrap().success(), "{said}");
        said
    }
}

impl Drop for Traced {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Registers a view, and writes a row that becomes its edge.
async fn live(world: &World) {
    let ann = world.sign_up("ann").await;
    ann.register("all", "SELECT * FROM task", "{}").await;
    world.settle().await;
    world.run("CREATE task:1 SET owner = user:ann").await;
    world.settle().await;
    assert_eq!(ann.edges().await, ["all task:1"]);
}

fn have(spans: &Spans, start: &str, rest: &str) -> bool {
    let spans = spans.lock().unwrap();
    spans.iter().any(|span| span.starts_with(start) && span.contains(rest))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_to_others_is_traced() {
    let world = World::without_ssp(SCHEMA).await;
    let (collector, spans) = collector().await;
    let ssp = Traced::start(&world, collector, 100, "info").await;
    live(&world).await;
    let sent = [
        ("ssp ssp-traced request ", r#""route": "/health/ready", "status": "200""#),
        ("ssp ssp-traced definitions ", r#""changed""#),
        ("ssp ssp-traced load ", r#""table": "task""#),
        ("ssp ssp-traced tell ", r#""ready": "1", "views": "1""#),
        ("ssp ssp-traced flush ", r#""edges": "1", "views": "1", "written": "1""#),
    ];
    for (start, rest) in sent {
        let came = || async { have(&spans, start, rest) };
        let came = tokio::time::timeout(Duration::from_secs(20), until(start, came)).await;
        assert!(came.is_ok(), "no {start}{rest} in {:#?}", spans.lock().unwrap());
    }
    let said = ssp.stop().await;
    assert!(said.contains("INFO listening id=\"ssp-traced\""), "a line names its span: {said}");
    let ours = |span: &String| span.starts_with("ssp ssp-traced ");
    assert!(spans.lock().unwrap().iter().all(ours));
}

/// *What was gathered goes out at the end, before the time to send it has come.*
#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_sent_yet_is_sent_at_the_end() {
    let world = World::without_ssp(SCHEMA).await;
    let (collector, spans) = collector().await;
    let ssp = Traced::start(&world, collector, 3_600_000, "off").await;
    live(&world).await;
    assert_eq!(spans.lock().unwrap().len(), 0);
    assert_eq!(ssp.stop().await, "", "what is traced is not logged");
    assert!(have(&spans, "ssp ssp-traced request ", r#""method": "GET""#));
    assert!(have(&spans, "ssp ssp-traced flush ", r#""edges": "1""#));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_not_there_is_named_once_and_disturbs_nothing() {
    let world = World::without_ssp(SCHEMA).await;
    let ssp = Traced::start(&world, free_address(), 20, "info").await;
    live(&world).await;
    let said = ssp.stop().await;
    let warned: Vec<&str> = said.lines().filter(|line| line.contains("WARN")).collect();
    let about = warned.iter().filter(|line| line.contains("traces are not taken")).count();
    assert_eq!(about, 1, "{said}");
    assert!(!said.contains("ERROR") && !said.contains("BatchSpanProcessor"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_never_answers_keeps_nobody_waiting() {
    let world = World::without_ssp(SCHEMA).await;
    // Its connections are taken by the system, and read by nobody.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let ssp = Traced::start(&world, silent.local_addr().unwrap(), 20, "info").await;
    live(&world).await;
    let began = Instant::now();
    let said = ssp.stop().await;
    assert!(began.elapsed() < Duration::from_secs(9), "{:?}: {said}", began.elapsed());
    assert!(!said.contains("ERROR") && !said.contains("BatchSpanProcessor"), "{said}");
}

#[test]
fn an_endpoint_that_is_no_url_is_told_with_the_other_errors() {
    let output = Command::new(env!("CARGO_BIN_EXE_ssp"))
        .env_clear()
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317")
        .env("HEARTBEAT_INTERVAL_MS", "often")
        .current_dir(std::env::temp_dir())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(64), "{said}");
    assert!(said.contains("2 errors"), "{said}");
    let told = "OTEL_EXPORTER_OTLP_ENDPOINT=collector:4317: not the URL of a collector";
    assert!(said.contains(told), "{said}");
}
