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
    /// The item that takes the layer, and its requirements, in Markdown.
    pub takes: &'static str,
    pub example: Example,
    pub reached_by: Reach,
    /// The prefix of the paths of the app.
    pub prefix: &'static str,
    pub differences: &'static [Difference],
    /// Checks beyond the cases of all placements.
    pub extra: Option<fn() -> BoxFuture<Vec<Checked>>>,
}

/// The function that shows how to add the layer.
pub struct Example {
    pub file: &'static str,
    pub source: &'static str,
    pub function: &'static str,
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
    /// The framework adds a page of its own to the empty response to an invalid callback.
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

macro_rules! example {
    ($file:literal, $function:ident) => {
        Example {
            file: $file,
            source: include_str!($file),
            function: stringify!($function),
        }
    };
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
        takes: "as it is",
        example: example!("axum.rs", layer),
        reached_by: sockets!(axum, layer),
        prefix: "",
        differences: &[],
        extra: None,
    },
    Placement {
        name: "axum, inside `Router::nest`",
        takes: "as it is; `match_original_uri` for paths with the prefix",
        example: example!("axum.rs", nest),
        reached_by: sockets!(axum, nest),
        prefix: "/api",
        differences: &[Difference::NonCanonicalPathsHaveNoRoute],
        extra: None,
    },
    Placement {
        name: "axum, `Router::route_layer`",
        takes: "as it is",
        example: example!("axum.rs", route_layer),
        reached_by: sockets!(axum, route_layer),
        prefix: "",
        differences: &[Difference::NonCanonicalPathsHaveNoRoute],
        extra: None,
    },
    Placement {
        name: "axum, `Router::fallback`",
        takes: "as it is",
        example: example!("axum.rs", fallback),
        reached_by: sockets!(axum, fallback),
        prefix: "",
        differences: &[],
        extra: None,
    },
    Placement {
        name: "axum, merged routers",
        takes: "as it is",
        example: example!("axum.rs", merge),
        reached_by: sockets!(axum, merge),
        prefix: "",
        differences: &[Difference::NonCanonicalPathsHaveNoRoute],
        extra: None,
    },
    Placement {
        name: "axum, around the router",
        takes: "as it is; `tower::make::Shared` serves it",
        example: example!("axum.rs", around),
        reached_by: sockets!(axum, around),
        prefix: "",
        differences: &[],
        extra: None,
    },
    Placement {
        name: "tonic",
        takes: "as it is; `on_success` if there are no pages",
        example: example!("tonic.rs", server),
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
        takes: "`TowerToHyperService` of hyper-util",
        example: example!("hyper.rs", service),
        reached_by: sockets!(hyper, service),
        prefix: "",
        differences: &[],
        extra: None,
    },
    Placement {
        name: "warp",
        takes: "`warp::service`, served by hyper",
        example: example!("warp.rs", service),
        reached_by: sockets!(warp, service),
        prefix: "",
        differences: &[],
        extra: None,
    },
    Placement {
        name: "salvo, hoop of the `Service`",
        takes: "`TowerLayerCompat`",
        example: example!("salvo.rs", service_hoop),
        reached_by: sockets!(salvo, service_hoop),
        prefix: "",
        differences: &[Difference::PageForRejected],
        extra: None,
    },
    Placement {
        name: "salvo, hoop of the `Router`",
        takes: "`TowerLayerCompat`",
        example: example!("salvo.rs", router_hoop),
        reached_by: sockets!(salvo, router_hoop),
        prefix: "",
        differences: &[Difference::PageForRejected],
        extra: None,
    },
    Placement {
        name: "poem, around its routes",
        takes: "`through`, an adapter in the example; poem's own does not convert to `http::Request`",
        example: example!("poem.rs", around),
        reached_by: sockets!(poem, around),
        prefix: "",
        differences: &[],
        extra: None,
    },
    Placement {
        name: "poem, a tower service as endpoint",
        takes: "`TowerCompatExt`",
        example: example!("poem.rs", endpoint),
        reached_by: sockets!(poem, endpoint),
        prefix: "",
        differences: &[],
        extra: None,
    },
    Placement {
        name: "AWS Lambda, API Gateway HTTP API",
        takes: "`lambda_http::run`",
        example: example!("lambda.rs", service),
        reached_by: Reach::Events(Source::HttpApi),
        prefix: "",
        differences: &[],
        extra: None,
    },
    Placement {
        name: "AWS Lambda, API Gateway REST API",
        takes: "`lambda_http::run`",
        example: example!("lambda.rs", service),
        reached_by: Reach::Events(Source::RestApi),
        prefix: "/Prod",
        differences: &[Difference::NoBareParameters],
        extra: None,
    },
    Placement {
        name: "AWS Lambda, load balancer with multi-value headers",
        takes: "`lambda_http::run`",
        example: example!("lambda.rs", service),
        reached_by: Reach::Events(Source::LoadBalancerMultiValue),
        prefix: "",
        differences: &[Difference::NoBareParameters],
        extra: None,
    },
    Placement {
        name: "AWS Lambda, load balancer",
        takes: "`lambda_http::run`",
        example: example!("lambda.rs", service),
        reached_by: Reach::Events(Source::LoadBalancer),
        prefix: "",
        differences: &[Difference::NoBareParameters, Difference::LastOfDuplicates],
        extra: None,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_select_placements_and_unknown_words_are_returned() {
        for (words, expected) in [
            (&[][..], Ok(PLACEMENTS.len())),
            (&["salvo"], Ok(2)),
            (&["salvo", "hoop", "warp"], Ok(3)),
            (&["boat"], Err(vec!["boat"])),
            (&["salvo", "boat", "plane"], Err(vec!["boat", "plane"])),
        ] {
            let words: Vec<String> = words.iter().copied().map(str::to_owned).collect();
            let chosen = named(&words)
                .map(|chosen| chosen.len())
                .map_err(|unknown| unknown.into_iter().map(String::as_str).collect::<Vec<_>>());
            assert_eq!(chosen, expected, "{words:?}");
        }
    }
}
