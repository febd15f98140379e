//! The demo's app and simulator on free ports.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::IntoResponse;
use axum::serve::Listener;
use browser::{listen, serve};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::PrivatePkcs8KeyDer;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tracing::Dispatch;
use tracing::instrument::WithSubscriber;
use tracing::subscriber::NoSubscriber;

use demo::{Addresses, Diagnostics, OpenerPolicy};

/// Serves both until the runtime stops.
pub(crate) async fn start() -> Addresses {
    start_with(OpenerPolicy::SameOriginAllowPopups, Diagnostics::default()).await
}

pub(crate) async fn start_with(opener_policy: OpenerPolicy, diagnostics: Diagnostics) -> Addresses {
    let (app, app_address) = listen().await;
    let (simulator, simulator_address) = listen().await;
    let addresses = Addresses::of_plain_http(app_address, simulator_address);
    serve(simulator, demo::simulator(&addresses));
    serve(app, garage(&addresses, opener_policy, diagnostics));
    addresses
}

/// A second subscriber, so that `tracing` asks every thread whether it is interested in an event.
/// With a single one, the first thread that reaches an event decides for all, and an app without a
/// log would disable the garage's events.
static SECOND_LOG: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(NoSubscriber::new()));

/// Returns the garage with its own log, because all tests would share the process's log.
fn garage(addresses: &Addresses, opener_policy: OpenerPolicy, diagnostics: Diagnostics) -> Router {
    LazyLock::force(&SECOND_LOG);
    let log = Dispatch::new(diagnostics.subscriber());
    let logged = middleware::from_fn_with_state(
        log,
        async |State(log): State<Dispatch>, request, next: Next| {
            next.run(request).with_subscriber(log).await
        },
    );
    demo::app(addresses.clone(), opener_policy, diagnostics).layer(logged)
}

/// Serves both, but the garage cannot start a flow in a popup.
pub(crate) async fn start_without_popups() -> Addresses {
    let (app, app_address) = listen().await;
    let addresses = Addresses::of_plain_http(app_address, app_address);
    let garage = garage(
        &addresses,
        OpenerPolicy::SameOriginAllowPopups,
        Diagnostics::default(),
    );
    let unavailable = async |request: Request, next: Next| match request.uri().path() {
        "/popup/connect" => (StatusCode::SERVICE_UNAVAILABLE, "{}").into_response(),
        _ => next.run(request).await,
    };
    serve(app, garage.layer(middleware::from_fn(unavailable)));
    addresses
}

/// Serves both over TLS, with a new certificate.
pub(crate) async fn start_over_tls() -> Addresses {
    let (app, app_address) = listen().await;
    let (simulator, simulator_address) = listen().await;
    let addresses = Addresses {
        garage: format!("https://localhost:{}", app_address.port()),
        simulator: format!("https://127.0.0.1:{}", simulator_address.port()),
    };
    let acceptor = acceptor();
    let over_tls = |tcp| Tls {
        tcp,
        acceptor: acceptor.clone(),
    };
    serve(over_tls(simulator), demo::simulator(&addresses));
    let garage = garage(
        &addresses,
        OpenerPolicy::SameOriginAllowPopups,
        Diagnostics::default(),
    );
    serve(over_tls(app), garage);
    addresses
}

fn acceptor() -> TlsAcceptor {
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let certified = rcgen::generate_simple_self_signed(names).unwrap();
    let key = PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der());
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], key.into())
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

struct Tls {
    tcp: TcpListener,
    acceptor: TlsAcceptor,
}

impl Listener for Tls {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            // A browser that does not trust the certificate yet disconnects.
            if let Ok((stream, address)) = self.tcp.accept().await
                && let Ok(stream) = self.acceptor.accept(stream).await
            {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.tcp.local_addr()
    }
}
