//! Running the cases.

use std::net::Ipv4Addr;

use http::Version;
use tokio::net::TcpListener;

use crate::answers;
use crate::cases::{Answer, cases};
use crate::client::Client;
use crate::placements::{Checked, Placement, Reach};

/// Sends all cases to a placement.
pub async fn run(placement: &Placement) -> Vec<Checked> {
    let mut checked = match &placement.reached_by {
        Reach::Sockets(serve) => {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
            let address = listener.local_addr().expect("a bound socket has an address");
            let server = tokio::spawn(serve(listener));
            let mut checked = Vec::new();
            for version in [Version::HTTP_11, Version::HTTP_2] {
                let client = Client::new(address, version);
                for case in cases(placement) {
                    let response = match case.answer {
                        Answer::Echo => client.echo(&case.method, &case.target).await,
                        _ => client.send(&case.method, &case.target).await,
                    };
                    let result = response.and_then(|response| answers::check(&case, &response, placement));
                    checked.push((format!("{version:?} {} {}", case.method, case.target), result));
                }
            }
            server.abort();
            checked
        }
        Reach::Events(source) => {
            let mut checked = Vec::new();
            for case in cases(placement) {
                let response = source.send(&case.method, &case.target).await;
                let result = response.and_then(|response| answers::check(&case, &response, placement));
                checked.push((format!("{} {}", case.method, case.target), result));
            }
            checked
        }
    };
    if let Some(extra) = placement.extra {
        checked.extend(extra().await);
    }
    checked
}
