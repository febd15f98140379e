//! The API behind Connect: tokens, and the connections that flows make.

use std::fs;
use std::path::PathBuf;

use http::header::{ALLOW, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::request::Builder;
use http::response::Parts;
use http::{Request, StatusCode};
use serde_json::{Value, json};
use smartcar_connect_simulator::Simulator;
use tower::ServiceExt;

use crate::{BATTERY_CAPACITY, REAUTHENTICATE, REQUEST, VEHICLE, rows, send, simulator};

const CREDENTIALS: &str =
    "grant_type=client_credentials&client_id=client_01SIMULATOR&client_secret=simulated-secret";

async fn respond(simulator: &Simulator, request: Builder, body: &str) -> (Parts, Value) {
    let request = request.body(body.to_owned()).unwrap();
    let response = simulator.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    (parts, serde_json::from_str(&body).unwrap())
}

/// Sends a request for a token with this form.
async fn token(simulator: &Simulator, form: &str) -> (StatusCode, Value) {
    let request =
        Request::post("/oauth2/token").header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    let (response, body) = respond(simulator, request, form).await;
    (response.status, body)
}

/// Returns the `Authorization` of a new token.
async fn bearer(simulator: &Simulator) -> String {
    let (_, token) = token(simulator, CREDENTIALS).await;
    format!("Bearer {}", token["access_token"].as_str().unwrap())
}

/// Calls the API with a token, as a user if one is given.
async fn call(simulator: &Simulator, target: &str, user: &str) -> (StatusCode, Value) {
    let mut request = Request::get(target)
        .header("host", "127.0.0.1:4000")
        .header("authorization", bearer(simulator).await);
    if !user.is_empty() {
        request = request.header("sc-user-id", user);
    }
    let (response, body) = respond(simulator, request, "").await;
    (response.status, body)
}

/// Returns the connections of a list.
async fn connections(simulator: &Simulator, query: &str) -> Vec<Value> {
    let (status, list) = call(
        simulator,
        &format!("/v3/connections?page[size]=100&{query}"),
        "",
    )
    .await;
    assert_eq!(status, StatusCode::OK, "{list}");
    list["data"].as_array().unwrap().clone()
}

/// Ends a flow with the end that the query names.
async fn end_flow(simulator: &Simulator, target: &str, end: &str) {
    let response = send(
        simulator,
        "GET",
        &format!("{target}&simulated_outcome={end}"),
        "",
    )
    .await;
    assert_eq!(response.status(), StatusCode::FOUND, "{target} {end}");
}

/// Returns the id of the user or of the vehicle of a connection.
fn related<'v>(connection: &'v Value, name: &str) -> &'v str {
    let id = connection.pointer(&format!("/relationships/{name}/data/id"));
    id.and_then(Value::as_str).unwrap()
}

/// The form of a request for a token, and the error and the advice that it gets.
const TOKENS: &str = r#"
    none | invalid_request | A parameter is missing
    {"grant_type":"client_credentials"} | invalid_request | A parameter is missing
    CREDENTIALS&client_id=a | invalid_request | more than once
    grant_type=refresh_token&client_id=a&client_secret=b | invalid_request | has to be `client_credentials`
    grant_type=client_credentials&client_id=app-1&client_secret=b | invalid_client | the application id
    CREDENTIALS-guessed | invalid_client | its page `/` shows
"#;

#[tokio::test]
async fn a_token_is_issued_for_the_credentials_alone() {
    let simulator = simulator();
    let (status, body) = token(&simulator, CREDENTIALS).await;
    assert_eq!(status, StatusCode::OK);
    let expected = (&json!("Bearer"), &json!(3600));
    assert_eq!((&body["token_type"], &body["expires_in"]), expected);
    for [form, error, advice] in rows(TOKENS) {
        let (status, body) = token(&simulator, &form.replace("CREDENTIALS", CREDENTIALS)).await;
        let is_client = error == "invalid_client";
        assert_eq!(status.as_u16(), if is_client { 401 } else { 400 }, "{form}");
        assert_eq!(body["error"], error, "{form}");
        let description = body["error_description"].to_string();
        assert!(description.contains(advice), "{body}");
    }
    let json = send(&simulator, "POST", "/oauth2/token", CREDENTIALS).await;
    assert!(json.body().contains("application/x-www-form-urlencoded"));
    let other = simulator.api_credentials("client_2", "b");
    let form = "grant_type=client_credentials&client_id=client_2&client_secret=b";
    assert_eq!(token(&other, form).await.0, StatusCode::OK);
}

/// A request to the API, its `Authorization`, and the status and the advice that it gets.
const REJECTED: &str = "
    GET /oauth2/token | | 405 | has the method POST only
    DELETE /v3/connections/1 | | 405 | has the method GET, HEAD only
    GET /v3/vehicles/1/signals | | 404 | which has POST /oauth2/token
    POST /oauth/token | | 404 | which has POST /oauth2/token
    GET /v2.0/vehicles | | 404 | which has POST /oauth2/token
    GET /v3/connections | | 401 | no bearer token
    GET /v3/connections | Bearer abc | 401 | not one of a simulator
    GET /v3/connections | FOREIGN | 401 | another run
    GET /v3/connections?filter[userid]=1 | VALID | 400 | use filter[user.externalId]
    GET /v3/connections?page[size]=0 | VALID | 400 | a size from 1 to 100
    GET /v3/connections?page[size]=101 | VALID | 400 | a size from 1 to 100
    GET /v3/connections?page[number]=x | VALID | 400 | a number from 1 on
    GET /v3/connections?filter[mode]=test | VALID | 400 | neither `live` nor `simulated`
    GET /v3/connections/unknown | VALID | 404 | take one from GET /v3/connections
    GET /v3/connections/1/2 | VALID | 404 | which has POST /oauth2/token
";

#[tokio::test]
async fn requests_that_the_api_does_not_have_say_what_to_change() {
    let (here, other) = (simulator(), simulator());
    for [request, authorization, status, advice] in rows(REJECTED) {
        let (method, target) = request.split_once(' ').unwrap();
        let mut builder = Request::builder().method(method).uri(target);
        let authorization = match authorization {
            "VALID" => bearer(&here).await,
            "FOREIGN" => bearer(&other).await,
            text => text.to_owned(),
        };
        if !authorization.is_empty() {
            builder = builder.header("authorization", authorization);
        }
        let (response, body) = respond(&here, builder, "").await;
        assert_eq!(response.status.as_str(), status, "{request}");
        // Older paths have the older shape of errors.
        let (media_type, given, said) = match request.contains("/v3/") || status == "405" {
            true => {
                let error = &body["errors"][0];
                (
                    "application/vnd.api+json",
                    &error["status"],
                    &error["detail"],
                )
            }
            false => (
                "application/json",
                &body["statusCode"],
                &body["description"],
            ),
        };
        assert_eq!(response.headers[CONTENT_TYPE], media_type, "{request}");
        assert_eq!(given.to_string().trim_matches('"'), status, "{body}");
        assert!(said.to_string().contains(advice), "{body}");
        let has = |header| response.headers.contains_key(header);
        assert_eq!(has(ALLOW), status == "405", "{request}");
        assert_eq!(has(WWW_AUTHENTICATE), status == "401", "{request}");
    }
}

#[tokio::test]
async fn a_flow_that_ends_well_adds_its_connections_in_the_documented_shape() {
    let simulator = simulator();
    let target =
        format!("{REQUEST}&scope=required:read_vin+read_odometer&external_id=ann&mode=simulated");
    end_flow(&simulator, &target, "user_id").await;
    let (_, list) = call(&simulator, "/v3/connections?page[size]=1", "").await;
    let connection = list["data"][0].clone();
    let id = connection["id"].as_str().unwrap().to_owned();
    let (_, alone) = call(&simulator, &format!("/v3/connections/{id}"), "").await;
    assert_eq!(alone["data"], connection);
    assert_eq!(alone["links"]["self"], format!("/v3/connections/{id}"));
    let created = connection["meta"]["createdAt"].clone();
    assert!(created.as_str().unwrap().ends_with('Z'), "{created}");
    let expected = json!({
        "id": id,
        "type": "connection",
        "attributes": {
            "permissions": ["read_vin", "read_odometer"],
            "vehicle": {
                "make": "TESLA", "model": "Model 3", "year": 2023, "mode": "simulated",
                "powertrainType": "BEV",
            },
        },
        "relationships": {
            "vehicle": { "data": { "id": related(&connection, "vehicle"), "type": "vehicle" } },
            "user": { "data": { "id": related(&connection, "user"), "type": "user" } },
        },
        "meta": { "createdAt": created, "updatedAt": created },
        "links": { "self": format!("/v3/connections/{id}") },
    });
    assert_eq!(connection, expected);
    assert_eq!(
        list["meta"],
        json!({ "pageNumber": 1, "pageSize": 1, "totalCount": 3 })
    );
    assert_eq!(
        list["links"]["next"],
        "/v3/connections?page[number]=2&page[size]=1"
    );
    assert_eq!(list["links"]["prev"], Value::Null);
    // The same flow again replaces what it made.
    end_flow(
        &simulator,
        &target.replace("read_odometer", "read_fuel"),
        "user_id",
    )
    .await;
    let again = connections(&simulator, "").await;
    assert_eq!(again.len(), 3);
    assert_eq!(again[0]["attributes"]["permissions"][1], "read_fuel");
    assert_eq!(again[0]["meta"]["createdAt"], created);
}

#[tokio::test]
async fn flows_that_fail_and_requests_for_headers_add_nothing() {
    let simulator = simulator();
    for end in [
        "access_denied",
        "oem_cancelled_login",
        "server_error.without_state",
    ] {
        end_flow(&simulator, REQUEST, end).await;
    }
    send(
        &simulator,
        "HEAD",
        &format!("{REQUEST}&simulated_outcome=user_id"),
        "",
    )
    .await;
    end_flow(
        &simulator,
        &format!("{REAUTHENTICATE}?{VEHICLE}"),
        "vehicle_id",
    )
    .await;
    end_flow(
        &simulator,
        &format!("{BATTERY_CAPACITY}?{VEHICLE}"),
        "selected_capacity",
    )
    .await;
    assert!(connections(&simulator, "").await.is_empty());
}

#[tokio::test]
async fn connections_are_filtered_by_user_external_id_and_mode_and_paged() {
    let simulator = simulator();
    for owner in ["ann", "bob"] {
        end_flow(
            &simulator,
            &format!("{REQUEST}&external_id={owner}"),
            "user_id",
        )
        .await;
    }
    end_flow(
        &simulator,
        &format!("{REQUEST}&mode=simulated&make=BMW"),
        "user_id",
    )
    .await;
    let ann = connections(&simulator, "filter[user.externalId]=ann").await;
    assert_eq!(ann.len(), 3);
    let (_, of_ann) = call(&simulator, "/v3/connections", related(&ann[0], "user")).await;
    assert_eq!(of_ann["data"], Value::from(ann.clone()));
    let cases = [
        ("", 7),
        ("filter[externalId]=bob", 3),
        ("filter[user.externalId]=null", 0),
        (&format!("filter[userId]={}", related(&ann[0], "user")), 3),
        (
            &format!("filter[vehicleId]={}", related(&ann[0], "vehicle")),
            1,
        ),
        ("filter%5Bvehicle.mode%5D=live", 6),
        ("filter[mode]=simulated", 1),
        (
            "filter[vehicle.mode]=simulated&filter[user.externalId]=ann",
            0,
        ),
    ];
    for (query, expected) in cases {
        assert_eq!(
            connections(&simulator, query).await.len(),
            expected,
            "{query}"
        );
    }
    let id = ann[0]["id"].as_str().unwrap();
    let (status, _) = call(&simulator, &format!("/v3/connections/{id}"), "another user").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    // The links lead through all pages.
    let mut next = Some("/v3/connections?page[size]=2&filter[mode]=live".to_owned());
    let mut found = Vec::new();
    while let Some(target) = next {
        let (_, page) = call(&simulator, &target, "").await;
        found.extend(page["data"].as_array().unwrap().clone());
        next = page["links"]["next"].as_str().map(str::to_owned);
    }
    assert_eq!(found, connections(&simulator, "filter[mode]=live").await);
}

#[tokio::test]
async fn a_signed_out_owner_signs_in_again_and_replaces_the_external_id() {
    let simulator = simulator();
    end_flow(
        &simulator,
        &format!("{REQUEST}&external_id=ann&single_select=true&single_select_vin=V1"),
        "user_id",
    )
    .await;
    let list = connections(&simulator, "filter[user.externalId]=ann").await;
    let [connection] = &list[..] else {
        panic!("{list:?}")
    };
    let id = connection["id"].as_str().unwrap();
    let response = send(
        &simulator,
        "POST",
        "/",
        &format!("connection={id}&signed_out=true"),
    )
    .await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    let (status, body) = call(&simulator, &format!("/v3/connections/{id}"), "").await;
    assert_eq!(
        (status.as_u16(), &body["errors"][0]["code"]),
        (400, &"AUTHENTICATION_FAILED".into())
    );
    let url = body["errors"][0]["resolution"]["url"].as_str().unwrap();
    let vehicle = related(connection, "vehicle");
    let address = format!(
        "http://127.0.0.1:4000{REAUTHENTICATE}?response_type=vehicle_id&client_id=app-1&vehicle_id={vehicle}"
    );
    assert_eq!(url, address);
    let target = format!("{url}&redirect_uri=http://localhost:8000/callback&state=s-1");
    for (external_id, filter) in [
        ("eve", "eve"),
        ("", "eve"),
        ("null", "null"),
        ("eve", "eve"),
    ] {
        end_flow(
            &simulator,
            &format!("{target}&external_id={external_id}"),
            "vehicle_id",
        )
        .await;
        assert_eq!(
            call(&simulator, &format!("/v3/connections/{id}"), "")
                .await
                .0,
            StatusCode::OK
        );
        let found = connections(&simulator, &format!("filter[user.externalId]={filter}")).await;
        assert_eq!(
            found.len(),
            usize::from(external_id != "null"),
            "{external_id}"
        );
    }
    assert!(
        connections(&simulator, "filter[user.externalId]=ann")
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn a_file_keeps_the_connections_and_one_that_is_cut_off_is_left_as_it_is() {
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("connections.json");
    let _ = fs::remove_file(&file);
    let open = || simulator().connections_in(&file);
    end_flow(
        &open().unwrap(),
        &format!("{REQUEST}&external_id=ann"),
        "user_id",
    )
    .await;
    let found = connections(&open().unwrap(), "filter[user.externalId]=ann").await;
    assert_eq!(found.len(), 3);
    let whole = fs::read(&file).unwrap();
    for damaged in [&whole[..whole.len() / 2], b"", b"[]", b"{\"other\":1}"] {
        fs::write(&file, damaged).unwrap();
        let invalid = open().unwrap_err().to_string();
        assert!(invalid.contains("it was left as it is"), "{invalid}");
        assert_eq!(fs::read(&file).unwrap(), damaged);
    }
    let missing = simulator()
        .connections_in(file.join("a/b"))
        .unwrap_err()
        .to_string();
    assert!(missing.contains("cannot be"), "{missing}");
    // A folder that goes away while the simulator runs: the flow fails, and nothing is changed.
    let folder = file.with_file_name("gone");
    fs::create_dir_all(&folder).unwrap();
    let simulator = simulator().connections_in(folder.join("c.json")).unwrap();
    fs::remove_dir_all(&folder).unwrap();
    let response = send(
        &simulator,
        "GET",
        &format!("{REQUEST}&simulated_outcome=user_id"),
        "",
    )
    .await;
    assert_eq!(response.status(), StatusCode::INSUFFICIENT_STORAGE);
    assert!(
        response.body().contains("Nothing was changed"),
        "{}",
        response.body()
    );
    assert!(connections(&simulator, "").await.is_empty());
}
