//! Where the layer goes in each framework.

use std::pin::Pin;

use tokio::net::TcpListener;
use tonic_health::server::health_reporter;

use crate::grpc;
use crate::lambda_events::Source;
use crate::{axum, hyper, poem, salvo, tonic, warp};

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// One place for the layer.
pub struct Placement {
    pub name: &'static str,
    pub reached_by: Reach,
    /// The prefix of the paths of the app.
    pub prefix: &'static str,
    pub differences: &'static [Difference],
    /// Checks beyond the cases of all placements.
    pub extra: Option<fn() -> BoxFuture<Vec<Checked>>>,
}

/// How requests reach the app.
pub enum Reach {
    /// Over sockets, with HTTP/1.1 and HTTP/2: the app of the example, and the one whose layers
    /// have verifiers.
    Sockets { app: Serve, verified_app: Serve },
    /// As event documents of this source.
    Events(Source),
}

/// Serves an app on a socket.
pub type Serve = fn(TcpListener) -> BoxFuture<()>;

/// What was checked, and the result.
pub type Checked = (String, Result<(), String>);

/// What is different in a placement, for a reason outside the layer.
#[derive(Clone, Copy, PartialEq)]
pub enum Difference {
    /// Requests on non-canonical forms of a callback path do not reach the layer, because they have
    /// no route.
    NonCanonicalPathsHaveNoRoute,
    /// The framework adds a page of its own to the empty response to a rejected callback.
    PageForRejected,
    /// `?text` arrives as `?text=`, so a description without a name is lost.
    NoBareParameters,
    /// Only the last of several equal parameters is forwarded.
    LastOfDuplicates,
}

impl Placement {
    /// Whether the placement has this difference.
    pub fn has(&self, difference: Difference) -> bool {
        self.differences.contains(&difference)
    }

    /// Whether bodies are streamed.
    pub fn streams(&self) -> bool {
        matches!(self.reached_by, Reach::Sockets { .. })
    }
}

/// Returns the placements whose name contains one of the words, or all placements if there are no
/// words.
///
/// # Errors
///
/// The words that no name contains.
pub fn named(words: &[String]) -> Result<Vec<&'static Placement>, Vec<&String>> {
    let is_named = |placement: &Placement, word: &String| placement.name.contains(word.as_str());
    let unknown: Vec<_> = words
        .iter()
        .filter(|word| !PLACEMENTS.iter().any(|placement| is_named(placement, word)))
        .collect();
    if !unknown.is_empty() {
        return Err(unknown);
    }
    let chosen = PLACEMENTS
        .iter()
        .filter(|placement| words.is_empty() || words.iter().any(|word| is_named(placement, word)));
    Ok(chosen.collect())
}

macro_rules! sockets {
    ($framework:ident, $place:ident) => {
        Reach::Sockets {
            app: |listener| Box::pin($framework::$place(listener)),
            verified_app: |listener| Box::pin($framework::verified::$place(listener)),
        }
    };
}

/// All placements, in the order of the table.
pub const PLACEMENTS: &[Placement] = &[
    Placement {
        name: "axum, `Router::layer`",
        reached_by: sockets!(axum, layer),
        prefix: "",
        differences: &[],
        extra: None,
    },
    Placement {
        name: "axum, inside `Router::nest`",
        reached_by: sockets!(axum, nest),
        prefix: "/api",
        differences: &[Difference::NonCanonicalPathsHaveNoRoute],
        extra: None,
    },
    Placement {
        name: "axum, `Router::route_layer`",
        reached_by: sockets!(axum, route_layer),
        prefix: "",
        differences: &[Difference::NonCanonicalPathsHaveNoRoute],
        extra: None,
    },
    Placement {
        name: "axum, `Router::fallback`",
        reached_by: sockets!(axum, fallback),
        prefix: "",
        differences: &[],
        extra: None,
    },
    Placement {
        name: "axum, merged routers",
        reached_by: sockets!(axum, merge),
        prefix: "",
        differences: &[Difference::NonCanonicalPathsHaveNoRoute],
        extra: None,
    },
    Placement {
        name: "axum, around the router",
        reached_by: sockets!(axum, around),
        prefix: "",
        differences: &[],
        extra: None,
    },
    Placement {
        name: "tonic",
        reached_by: Reach::Sockets {
            app: |listener| Box::pin(tonic::server(listener, health_reporter().1)),
            verified_app: |listener| {
                Box::pin(tonic::verified::server(listener, health_reporter().1))
            },
        },
        prefix: "",
        differences: &[],
        extra: Some(|| Box::pin(grpc::check())),
    },
    Placement {
        name: "hyper",
        reached_by: sockets!(hyper, service),
        prefix: "",
        differences: &[],
        extra: None,
    },
    Placement {
        name: "warp",
        reached_by: sockets!(warp, service),
        prefix: "",
        differences: &[],
        extra: None,
    },
    Placement {
        name: "salvo, hoop of the `Service`",
        reached_by: sockets!(salvo, service_hoop),
        prefix: "",
        differences: &[Difference::PageForRejected],
        extra: None,
    },
    Placement {
        name: "salvo, hoop of the `Router`",
        reached_by: sockets!(salvo, router_hoop),
        prefix: "",
        differences: &[Difference::PageForRejected],
        extra: None,
    },
    Placement {
        name: "poem, around its routes",
        reached_by: sockets!(poem, around),
        prefix: "",
        differences: &[],
        extra: None,
    },
    Placement {
        name: "poem, a tower service as endpoint",
        reached_by: sockets!(poem, endpoint),
        prefix: "",
        differences: &[],
        extra: None,
    },
    Placement {
        name: "AWS Lambda, API Gateway HTTP API",
        reached_by: Reach::Events(Source::HttpApi),
        prefix: "",
        differences: &[],
        extra: None,
    },
    Placement {
        name: "AWS Lambda, API Gateway REST API",
        reached_by: Reach::Events(Source::RestApi),
        prefix: "/Prod",
        differences: &[Difference::NoBareParameters],
        extra: None,
    },
    Placement {
        name: "AWS Lambda, load balancer with multi-value headers",
        reached_by: Reach::Events(Source::LoadBalancerMultiValue),
        prefix: "",
        differences: &[Difference::NoBareParameters],
        extra: None,
    },
    Placement {
        name: "AWS Lambda, load balancer",
        reached_by: Reach::Events(Source::LoadBalancer),
        prefix: "",
        differences: &[Difference::NoBareParameters, Difference::LastOfDuplicates],
        extra: None,
    },
];
