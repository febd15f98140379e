//! Smartcar's API v3: an application token, and the connections of one user.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;

/// A vehicle that an owner has connected.
#[derive(Clone, Debug)]
pub(crate) struct Connection {
    pub(crate) user_id: String,
    pub(crate) vehicle_id: String,
    pub(crate) name: String,
}

#[derive(Clone)]
pub(crate) struct Smartcar {
    http: reqwest::Client,
    settings: Arc<Settings>,
    token: Arc<Mutex<Option<(String, Instant)>>>,
}

/// Where the API is, and with which credential the app asks it.
#[derive(Clone)]
pub struct Settings {
    pub token_url: String,
    pub api_url: String,
    pub client_id: String,
    pub client_secret: String,
}

#[derive(Deserialize)]
struct Token {
    access_token: String,
    expires_in: u64,
}

impl Smartcar {
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            http: reqwest::Client::new(),
            settings: Arc::new(settings),
            token: Arc::default(),
        }
    }

    /// The connections with this external id, which no browser can change.
    pub(crate) async fn connections(
        &self,
        external_id: &str,
    ) -> Result<Vec<Connection>, reqwest::Error> {
        let mut connections = Vec::new();
        for page in 1.. {
            let request = self
                .http
                .get(format!("{}/v3/connections", self.settings.api_url));
            let request = request.bearer_auth(self.token().await?).query(&[
                // No page of Smartcar's spells this filter: verify it with your application.
                ("filter[user.externalId]", external_id),
                ("page[number]", &page.to_string()),
                ("page[size]", "100"),
            ]);
            let body: Value = request.send().await?.error_for_status()?.json().await?;
            let data = body["data"].as_array().map_or(&[][..], |data| data);
            connections.extend(data.iter().filter_map(Connection::from_json));
            if data.len() < 100 {
                break;
            }
        }
        Ok(connections)
    }

    /// The token of the app, which is asked for again a minute before it expires.
    async fn token(&self) -> Result<String, reqwest::Error> {
        let mut cached = self.token.lock().await;
        match &*cached {
            Some((token, expires)) if Instant::now() < *expires => Ok(token.clone()),
            _ => {
                let request = self.http.post(&self.settings.token_url).form(&[
                    ("grant_type", "client_credentials"),
                    ("client_id", &*self.settings.client_id),
                    ("client_secret", &*self.settings.client_secret),
                ]);
                let token: Token = request.send().await?.error_for_status()?.json().await?;
                let lifetime = Duration::from_secs(token.expires_in.saturating_sub(60));
                *cached = Some((token.access_token.clone(), Instant::now() + lifetime));
                Ok(token.access_token)
            }
        }
    }
}

impl Connection {
    fn from_json(connection: &Value) -> Option<Self> {
        let text = |pointer| connection.pointer(pointer)?.as_str().map(str::to_owned);
        let make = text("/attributes/vehicle/make").unwrap_or_default();
        let model = text("/attributes/vehicle/model").unwrap_or_default();
        Some(Self {
            user_id: text("/relationships/user/data/id")?,
            vehicle_id: text("/relationships/vehicle/data/id")?,
            name: format!("{make} {model}"),
        })
    }
}
