//! The flows in Redis.

use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{AsyncCommands, Client, RedisError};
use tower_smartcar_connect::states::{FlowStore, StoreError};

use crate::later_version;

pub(crate) struct Flows {
    redis: ConnectionManager,
    is_later: bool,
}

impl Flows {
    pub(crate) async fn connect(address: &str, is_later: bool) -> Result<Self, RedisError> {
        let config = ConnectionManagerConfig::new()
            // Fails at once while Redis is down.
            .set_number_of_retries(0)
            // A slow disk is not a failure of Redis.
            .set_response_timeout(Some(Duration::from_secs(10)));
        let redis = Client::open(address)?;
        Ok(Self {
            redis: redis.get_connection_manager_with_config(config).await?,
            is_later,
        })
    }
}

impl FlowStore for Flows {
    async fn insert(&self, key: &str, flow: &str) -> Result<(), StoreError> {
        let flow = match self.is_later {
            true => later_version::write(flow),
            false => flow.to_owned(),
        };
        Ok(self.redis.clone().set_ex(key, flow, 5400).await?)
    }

    async fn take(&self, key: &str) -> Result<Option<String>, StoreError> {
        let flow: Option<String> = self.redis.clone().get_del(key).await?;
        Ok(match self.is_later {
            true => flow.as_deref().map(later_version::read),
            false => flow,
        })
    }
}
