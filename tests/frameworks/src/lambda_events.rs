//! The event documents that AWS passes to a Lambda function.
//!
//! The documents in `events/` are those of the published `oem_cancelled_login` redirect. For other
//! requests, their request fields are replaced.

use std::collections::BTreeMap;
use std::convert::Infallible;

use http::header::SET_COOKIE;
use http::{HeaderName, HeaderValue, Method, Response, StatusCode};
use hyper::body::Bytes;
use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, Body, Context, LambdaEvent, Request};
use serde_json::{Value, json};
use tower::{Service, ServiceExt};

use crate::cases::Case;

/// The service that sends the event.
#[derive(Clone, Copy, Debug)]
pub enum Source {
    /// API Gateway, HTTP API, payload format 2.0. Function URLs send the same.
    HttpApi,
    /// API Gateway, REST API, with the stage `Prod`.
    RestApi,
    /// Application Load Balancer.
    LoadBalancer,
    /// Application Load Balancer whose target group has `lambda.multi_value_headers.enabled`.
    LoadBalancerMultiValue,
}

/// The values of each parameter.
type Parameters = BTreeMap<String, Vec<String>>;

impl Source {
    /// Sends the request of a case, without a body, to a Lambda function as an event.
    ///
    /// # Errors
    ///
    /// A message about what is wrong with the result of the function.
    pub async fn send<S>(self, case: &Case, service: S) -> Result<Response<Bytes>, String>
    where
        S: Service<Request, Response = Response<Body>, Error = Infallible, Future: Send>
            + Send
            + 'static,
    {
        let mut event = self.event(&case.method, &case.target);
        if let Some(cookie) = &case.cookie {
            self.add_cookie(&mut event, cookie);
        }
        let event: LambdaRequest =
            serde_json::from_value(event).map_err(|error| error.to_string())?;
        let function = Adapter::from(service);
        let result = function
            .oneshot(LambdaEvent::new(event, Context::default()))
            .await;
        let result = result.unwrap_or_else(|never| match never {});
        let mut response =
            response(&serde_json::to_value(result).map_err(|error| error.to_string())?)?;
        if case.method == Method::HEAD {
            // As gateways and servers do.
            *response.body_mut() = Bytes::new();
        }
        Ok(response)
    }

    /// Returns the document for a request, whose target begins with the stage if the source has
    /// one.
    pub fn event(self, method: &Method, target: &str) -> Value {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let method = method.as_str();
        match self {
            Self::HttpApi => {
                let mut event = document(include_str!("../events/http_api.json"));
                event["rawPath"] = path.into();
                event["rawQueryString"] = query.into();
                event["queryStringParameters"] =
                    map(decoded(query), |values| values.join(",").into());
                event["requestContext"]["http"]["method"] = method.into();
                event["requestContext"]["http"]["path"] = path.into();
                event
            }
            Self::RestApi => {
                let mut event = document(include_str!("../events/rest_api.json"));
                let path_in_stage = path
                    .strip_prefix("/Prod")
                    .expect("a target begins with the stage");
                event["httpMethod"] = method.into();
                event["path"] = path_in_stage.into();
                event["pathParameters"]["proxy"] = path_in_stage.trim_matches('/').into();
                event["queryStringParameters"] = map(decoded(query), last);
                event["multiValueQueryStringParameters"] = map(decoded(query), Value::from);
                event["requestContext"]["httpMethod"] = method.into();
                event["requestContext"]["path"] = path.into();
                event
            }
            Self::LoadBalancer => {
                let mut event = document(include_str!("../events/load_balancer.json"));
                event["httpMethod"] = method.into();
                event["path"] = path.into();
                event["queryStringParameters"] = map(as_sent(query), last);
                event
            }
            Self::LoadBalancerMultiValue => {
                let mut event = document(include_str!("../events/load_balancer_multi_value.json"));
                event["httpMethod"] = method.into();
                event["path"] = path.into();
                event["multiValueQueryStringParameters"] = map(as_sent(query), Value::from);
                event
            }
        }
    }

    fn add_cookie(self, event: &mut Value, cookie: &str) {
        match self {
            Self::HttpApi => event["cookies"] = json!([cookie]),
            Self::RestApi => {
                event["headers"]["Cookie"] = cookie.into();
                event["multiValueHeaders"]["Cookie"] = json!([cookie]);
            }
            Self::LoadBalancer => event["headers"]["cookie"] = cookie.into(),
            Self::LoadBalancerMultiValue => event["multiValueHeaders"]["cookie"] = json!([cookie]),
        }
    }
}

fn document(text: &str) -> Value {
    serde_json::from_str(text).expect("the documents are JSON")
}

/// The parameters as API Gateway passes them: decoded.
fn decoded(query: &str) -> Parameters {
    collect(form_urlencoded::parse(query.as_bytes()).into_owned())
}

/// The parameters as a load balancer passes them: as they were sent.
fn as_sent(query: &str) -> Parameters {
    let parameters = query.split('&').filter(|parameter| !parameter.is_empty());
    collect(parameters.map(|parameter| {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        (name.to_owned(), value.to_owned())
    }))
}

fn collect(pairs: impl Iterator<Item = (String, String)>) -> Parameters {
    let mut parameters = Parameters::new();
    for (name, value) in pairs {
        parameters.entry(name).or_default().push(value);
    }
    parameters
}

fn last(mut values: Vec<String>) -> Value {
    values.pop().into()
}

fn map(parameters: Parameters, value: fn(Vec<String>) -> Value) -> Value {
    let map = parameters
        .into_iter()
        .map(|(name, values)| (name, value(values)));
    Value::Object(map.collect())
}

/// Returns the response that a gateway makes from the result of a function.
fn response(result: &Value) -> Result<Response<Bytes>, String> {
    let malformed = || format!("the function returned {result}");
    let status = result["statusCode"]
        .as_u64()
        .and_then(|status| u16::try_from(status).ok());
    let status = status
        .and_then(|status| StatusCode::from_u16(status).ok())
        .ok_or_else(malformed)?;
    if result["isBase64Encoded"] == json!(true) {
        return Err(malformed());
    }
    let body = result["body"].as_str().unwrap_or_default().to_owned();
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;

    // A REST API has headers in the first field, an HTTP API in the second, a load balancer in
    // both.
    let fields = [&result["multiValueHeaders"], &result["headers"]];
    let headers = fields
        .into_iter()
        .filter_map(Value::as_object)
        .find(|headers| !headers.is_empty());
    for (name, value) in headers.into_iter().flatten() {
        let values = value
            .as_array()
            .map_or(std::slice::from_ref(value), Vec::as_slice);
        for value in values {
            let name: HeaderName = name.parse().map_err(|_| malformed())?;
            let value = value
                .as_str()
                .and_then(|value| HeaderValue::from_str(value).ok());
            response
                .headers_mut()
                .append(name, value.ok_or_else(malformed)?);
        }
    }
    // An HTTP API has a field for cookies.
    for cookie in result["cookies"].as_array().into_iter().flatten() {
        let value = cookie
            .as_str()
            .and_then(|cookie| HeaderValue::from_str(cookie).ok());
        response
            .headers_mut()
            .append(SET_COOKIE, value.ok_or_else(malformed)?);
    }
    Ok(response)
}
