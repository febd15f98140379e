//! `GET /v3/connections` and `GET /v3/connections/{id}`.

use form_urlencoded::byte_serialize;
use http::header::HOST;
use http::request::Parts;
use http::uri::Authority;
use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::{CONNECTIONS, document, error, not_found};
use crate::connections::Connection;

/// The names of the filter by external id. No page of Smartcar's that could be read spells it, so
/// it is here alone: programs in the field write the first one, and some the others.
pub(crate) const EXTERNAL_ID_FILTERS: [&str; 3] = [
    "filter[user.externalId]",
    "filter[externalId]",
    "filter[userExternalId]",
];

/// The names of the filter by mode, as programs in the field write it.
pub(crate) const MODE_FILTERS: [&str; 2] = ["filter[vehicle.mode]", "filter[mode]"];

/// The filters by user and by vehicle, as programs in the field write them.
const USER_FILTER: &str = "filter[userId]";
const VEHICLE_FILTER: &str = "filter[vehicleId]";

const PAGE_NUMBER: &str = "page[number]";
const PAGE_SIZE: &str = "page[size]";

/// The size of a page, unless the request has one.
const USUAL_PAGE_SIZE: usize = 10;
const MAX_PAGE_SIZE: usize = 100;

/// The header that narrows a request to a user.
const USER_ID: &str = "sc-user-id";

/// Which connections a request asks for.
struct Filter<'a> {
    /// From the header.
    user_id: Option<&'a str>,
    /// The parameters, by the first of their names.
    parameters: Vec<(&'static str, String)>,
}

/// Responds to a request that has a valid token.
pub(crate) fn respond(
    request: &Parts,
    application_id: &str,
    connections: &[Connection],
) -> Response<String> {
    let path = request.uri.path();
    let Some((prefix, id)) = path.rsplit_once(CONNECTIONS) else {
        return not_found(path);
    };
    let user_id = match request.headers.get(USER_ID).map(|value| value.to_str()) {
        None => None,
        Some(Ok(user_id)) => Some(user_id),
        Some(Err(_)) => {
            return invalid("The header `sc-user-id` is not ASCII; send the `user_id`.");
        }
    };
    match id.strip_prefix('/') {
        None if id.is_empty() => list(request, user_id, connections),
        Some(id) if !id.is_empty() && !id.contains('/') => {
            let connection = connections.iter().find(|connection| {
                connection.id == id && user_id.is_none_or(|user_id| connection.user_id == user_id)
            });
            match connection {
                None => error(
                    StatusCode::NOT_FOUND,
                    ("RESOURCE_NOT_FOUND", "PATH"),
                    "No connection of this user has this id; take one from GET /v3/connections.",
                ),
                Some(connection) if connection.is_signed_out => {
                    signed_out(request, prefix, application_id, connection)
                }
                Some(connection) => {
                    let data = resource(connection);
                    let links = json!({ "self": data["links"]["self"] });
                    document(StatusCode::OK, &json!({ "data": data, "links": links }))
                }
            }
        }
        _ => not_found(path),
    }
}

fn list(request: &Parts, user_id: Option<&str>, connections: &[Connection]) -> Response<String> {
    let query = request.uri.query().unwrap_or_default();
    let mut filter = Filter {
        user_id,
        parameters: Vec::new(),
    };
    let (mut number, mut size) = (1, USUAL_PAGE_SIZE);
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let name = &*name;
        if EXTERNAL_ID_FILTERS.contains(&name) {
            filter.add(EXTERNAL_ID_FILTERS[0], &value);
        } else if MODE_FILTERS.contains(&name) {
            if !matches!(&*value, "live" | "simulated") {
                return invalid("The mode is neither `live` nor `simulated`.");
            }
            filter.add(MODE_FILTERS[0], &value);
        } else if name == USER_FILTER {
            filter.add(USER_FILTER, &value);
        } else if name == VEHICLE_FILTER {
            filter.add(VEHICLE_FILTER, &value);
        } else if name == PAGE_NUMBER || name == PAGE_SIZE {
            let max = if name == PAGE_SIZE {
                MAX_PAGE_SIZE
            } else {
                usize::MAX
            };
            let Some(value) = value.parse().ok().filter(|value| (1..=max).contains(value)) else {
                return invalid("A page has a number from 1 on, and a size from 1 to 100.");
            };
            *if name == PAGE_SIZE {
                &mut size
            } else {
                &mut number
            } = value;
        } else {
            // To ignore a filter would show an app the connections of other users.
            return invalid(&format!(
                "The query has a parameter that this simulator does not know; use {}, {}, \
                 {USER_FILTER}, {VEHICLE_FILTER}, {PAGE_NUMBER} and {PAGE_SIZE}, and the header {USER_ID}.",
                EXTERNAL_ID_FILTERS[0], MODE_FILTERS[0],
            ));
        }
    }
    let mut found = connections
        .iter()
        .filter(|connection| filter.accepts(connection));
    let skipped = (number - 1).saturating_mul(size);
    let total = found.clone().count();
    let data: Vec<_> = found
        .by_ref()
        .skip(skipped)
        .take(size)
        .map(resource)
        .collect();
    let last = total.div_ceil(size).max(1);
    let page = |number: usize| filter.link(number, size);
    let body = json!({
        "data": data,
        "meta": { "pageNumber": number, "pageSize": size, "totalCount": total },
        "links": {
            "self": page(number),
            "first": page(1),
            "prev": (number > 1).then(|| page(number - 1)),
            "next": (number < last).then(|| page(number + 1)),
            "last": page(last),
        },
    });
    document(StatusCode::OK, &body)
}

impl Filter<'_> {
    fn add(&mut self, name: &'static str, value: &str) {
        self.parameters.push((name, value.to_owned()));
    }

    fn accepts(&self, connection: &Connection) -> bool {
        let has = |(name, value): &(&'static str, String)| {
            let own = match *name {
                USER_FILTER => Some(&connection.user_id),
                VEHICLE_FILTER => Some(&connection.vehicle.id),
                name if name == MODE_FILTERS[0] => Some(&connection.mode),
                _ => connection.external_id.as_ref(),
            };
            own == Some(value)
        };
        self.user_id.is_none_or(|id| connection.user_id == id) && self.parameters.iter().all(has)
    }

    /// The address of a page of the same connections.
    fn link(&self, number: usize, size: usize) -> String {
        let mut link = format!("{CONNECTIONS}?{PAGE_NUMBER}={number}&{PAGE_SIZE}={size}");
        for (name, value) in &self.parameters {
            link.push_str(&format!("&{name}="));
            link.extend(byte_serialize(value.as_bytes()));
        }
        link
    }
}

/// A connection, in the shape of JSON:API that Smartcar documents.
fn resource(connection: &Connection) -> Value {
    let vehicle = &connection.vehicle;
    json!({
        "id": connection.id,
        "type": "connection",
        "attributes": {
            "permissions": connection.permissions,
            "vehicle": {
                "make": vehicle.make,
                "model": vehicle.model,
                "year": vehicle.year,
                "mode": connection.mode,
                "powertrainType": vehicle.powertrain_type,
            },
        },
        "relationships": {
            "vehicle": { "data": { "id": vehicle.id, "type": "vehicle" } },
            "user": { "data": { "id": connection.user_id, "type": "user" } },
        },
        "meta": {
            "createdAt": connection.created_at,
            "updatedAt": connection.updated_at,
        },
        "links": { "self": format!("{CONNECTIONS}/{}", connection.id) },
    })
}

/// What the API says of a vehicle whose owner has to log in again, with the address to which the
/// app adds its `redirect_uri` and `state`.
fn signed_out(
    request: &Parts,
    prefix: &str,
    application_id: &str,
    connection: &Connection,
) -> Response<String> {
    let host = request
        .headers
        .get(HOST)
        .and_then(|host| host.to_str().ok());
    let host = host.or(request.uri.authority().map(Authority::as_str));
    let host = host.filter(|host| host.parse::<Authority>().is_ok());
    let origin = host
        .map(|host| format!("http://{host}"))
        .unwrap_or_default();
    let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let url = format!(
        "{origin}{prefix}/oauth/reauthenticate?response_type=vehicle_id&client_id={}&vehicle_id={}",
        encoded(application_id),
        encoded(&connection.vehicle.id),
    );
    let status = StatusCode::BAD_REQUEST;
    let error = json!({
        "status": status.as_u16().to_string(),
        "type": "CONNECTED_SERVICES_ACCOUNT",
        "code": "AUTHENTICATION_FAILED",
        "detail": "The owner has to log in again at the car maker's; send the browser to the URL of the resolution.",
        "resolution": { "type": "REAUTHENTICATE", "url": url },
    });
    document(status, &json!({ "errors": [error] }))
}

fn invalid(detail: &str) -> Response<String> {
    error(
        StatusCode::BAD_REQUEST,
        ("VALIDATION", "INVALID_INPUT_FORMAT"),
        detail,
    )
}
