//! Running the cases.

use std::net::Ipv4Addr;

use http::header::COOKIE;
use http::{HeaderMap, Response, Version};
use hyper::body::Bytes;
use tokio::net::TcpListener;

use crate::cases::{Case, Expected, cases};
use crate::client::Client;
use crate::placements::{Checked, Placement, Reach, Serve};
use crate::response::{self, equal};
use crate::{lambda, outcome, verified_cases};

/// Sends all cases to a placement. Nothing else of this package may run at the same time, because
/// calls are counted.
pub async fn run(placement: &Placement) -> Vec<Checked> {
    let (plain, verified) = (cases(placement), verified_cases::cases(placement));
    let mut checked = Vec::new();
    match placement.reached_by {
        Reach::Sockets { app, verified_app } => {
            over_sockets(app, &plain, placement, &mut checked).await;
            over_sockets(verified_app, &verified, placement, &mut checked).await;
        }
        Reach::Events(source) => {
            for case in &plain {
                let response = source.send(case, lambda::service());
                checked.push(check(case, placement, "event", response).await);
            }
            for case in &verified {
                let response = source.send(case, lambda::verified::service());
                checked.push(check(case, placement, "event", response).await);
            }
        }
    }
    if let Some(extra) = placement.extra {
        checked.extend(extra().await);
    }
    checked
}

async fn over_sockets(
    serve: Serve,
    cases: &[Case],
    placement: &Placement,
    checked: &mut Vec<Checked>,
) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .expect("a free port");
    let address = listener
        .local_addr()
        .expect("a bound socket has an address");
    let server = tokio::spawn(serve(listener));
    for version in [Version::HTTP_11, Version::HTTP_2] {
        let client = Client::new(address, version);
        for case in cases {
            let response = over_socket(&client, case);
            checked.push(check(case, placement, &format!("{version:?}"), response).await);
        }
    }
    server.abort();
}

async fn over_socket(client: &Client, case: &Case) -> Result<Response<Bytes>, String> {
    let mut headers = HeaderMap::new();
    if let Some(cookie) = &case.cookie {
        headers.insert(
            COOKIE,
            cookie.parse().expect("a cookie can stand in a header"),
        );
    }
    match case.expected {
        Expected::Echo => client.echo(&case.method, &case.target).await,
        _ => client.send_with(&case.method, &case.target, headers).await,
    }
}

/// Checks the response to a case, and the number of calls of app and handler.
async fn check(
    case: &Case,
    placement: &Placement,
    protocol: &str,
    response: impl Future<Output = Result<Response<Bytes>, String>>,
) -> Checked {
    let calls = outcome::calls();
    let result = response.await.and_then(|response| {
        response::check(case, &response, placement)?;
        let expected = usize::from(!matches!(
            case.expected,
            Expected::Rejected | Expected::Probed | Expected::NoRoute
        ));
        equal(
            "the number of calls of the app",
            outcome::calls() - calls,
            expected,
        )
    });
    (
        format!("{protocol} {} {}", case.method, case.target),
        result,
    )
}
