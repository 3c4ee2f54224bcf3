//! A connection to the server that comes back by itself.

use acd_client::{Backoff, Client, Options, Update, watch};
use acd_proto::{Address, Role};
use tokio::task::JoinHandle;

/// A connection of one role, or the wait for the next.
#[derive(Debug)]
pub(crate) struct Link {
    client: tokio::sync::watch::Receiver<Option<Client>>,
    keeper: JoinHandle<()>,
}

impl Link {
    /// One that only asks.
    pub(crate) fn monitor(core: Address, token: Option<String>) -> Self {
        let options = Options { token, ..Options::new(Role::Monitor, "web") };
        let mut updates = watch(core, options, Vec::new(), Backoff::default());
        let (present, client) = tokio::sync::watch::channel(None);
        let keeper = tokio::spawn(async move {
            while let Some(update) = updates.next().await {
                match update {
                    Update::Connected { client, .. } => {
                        tracing::info!("connected to the server");
                        present.send_replace(Some(client));
                    }
                    Update::Lost { why, tries, .. } => {
                        if present.send_replace(None).is_some() || tries == 1 {
                            tracing::warn!(%why, "no connection to the server");
                        }
                    }
                    Update::Over(why) => {
                        tracing::error!(%why, "the server refuses the connection");
                        present.send_replace(None);
                    }
                    Update::Message(_) => {}
                }
            }
        });
        Self { client, keeper }
    }

    /// The present connection.
    pub(crate) fn client(&self) -> Option<Client> {
        self.client.borrow().clone()
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}
