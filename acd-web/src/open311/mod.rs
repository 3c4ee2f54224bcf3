//! An update on a previous request: contacts that name one get its status from the city's system,
//! and its department.
//!
//! A client of the server like any other. **Routing never waits for it:** a contact is matched as
//! it came; what the city's system says is put beside it when it comes, and moves the contact to
//! the department's queue only while it still waits.

mod answer;
mod ask;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use acd_client::{Backoff, Client, ClientError, Message, Options, Update, watch};
use acd_proto::reply::{ContactResult, Supervised};
use acd_proto::request::{ContactUpdate, Request, Supervise, TakeSnapshot};
use acd_proto::snapshot::Snapshot;
use acd_proto::{Address, EventBody, Role};
use tokio::sync::Semaphore;

use self::ask::City;

/// Requests looked up at once.
const AT_ONCE: usize = 8;
/// Contacts that may wait for a look-up; those beyond get none, and a warning is logged.
const WAITING_MAX: usize = 2_000;
/// When a system that did not answer is asked again.
const AGAIN: [Duration; 3] =
    [Duration::from_secs(5), Duration::from_secs(20), Duration::from_mins(1)];

/// Where the city's requests are kept.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where its `GeoReport` v2 is: `https://311.city.example/open311/v2`.
    pub endpoint: String,
    /// Which of several cities, for a system of several.
    pub jurisdiction: Option<String>,
    /// How long an answer may take.
    pub timeout: Duration,
    /// How long an answer is kept.
    pub keep: Duration,
    /// Queues by `agency_responsible`.
    pub agencies: BTreeMap<String, String>,
}

/// One contact and the request it is about.
#[derive(Clone, Debug)]
struct About {
    contact: String,
    reference: String,
    /// The queue it may be taken away from; none where somebody has chosen its queue since.
    from_queue: Option<String>,
}

/// What every look-up shares.
#[derive(Debug)]
struct Desk {
    city: City,
    agencies: BTreeMap<String, String>,
    places: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

/// Looks requests up until the task is dropped.
pub async fn run(core: Address, token: Option<String>, settings: Settings) {
    let desk = Arc::new(Desk {
        city: City::new(&settings),
        agencies: settings.agencies,
        places: Arc::new(Semaphore::new(AT_ONCE)),
        waiting: Arc::new(Semaphore::new(WAITING_MAX)),
    });
    let options = Options { token, ..Options::new(Role::Supervisor, "open311") };
    let topics = vec!["contact.*".to_owned()];
    let mut updates = watch(core, options, topics, Backoff::default());
    let mut client = None;
    while let Some(update) = updates.next().await {
        match update {
            Update::Connected { client: new, .. } => {
                tokio::spawn(catch_up(Arc::clone(&desk), new.clone()));
                client = Some(new);
            }
            Update::Lost { why, tries: 1, .. } => {
                tracing::warn!(%why, "no requests are looked up: no connection to the server");
            }
            Update::Over(why) => {
                tracing::error!(%why, "no requests are looked up: the server refuses");
            }
            Update::Message(Message::Event(event)) => {
                if let (Some(client), Some(about)) = (&client, newcomer(&event.body)) {
                    desk.look_up(client, about);
                }
            }
            Update::Lost { .. } | Update::Message(_) => {}
        }
    }
}

/// A contact that enters with a reference. One that was transferred brings along what is known,
/// and goes where it was sent.
fn newcomer(body: &EventBody) -> Option<About> {
    let EventBody::Queued { of, reference: Some(reference), previous: None, .. } = body else {
        return None;
    };
    Some(About {
        contact: of.contact.to_string(),
        reference: reference.to_string(),
        from_queue: Some(of.queue.to_string()),
    })
}

/// Those who came while nobody listened: told about, but left where they are.
async fn catch_up(desk: Arc<Desk>, client: Client) {
    let ask = Request::Snapshot(TakeSnapshot { of: vec!["contacts".into()] });
    let Ok(now) = client.request::<Snapshot>(&ask).await else { return };
    for row in now.contacts.unwrap_or_default() {
        if row.attrs.contains_key("request.status") {
            continue;
        }
        if let Some(reference) = row.reference {
            desk.look_up(&client, About { contact: row.contact, reference, from_queue: None });
        }
    }
}

impl Desk {
    fn look_up(self: &Arc<Self>, client: &Client, about: About) {
        let Ok(waits) = Arc::clone(&self.waiting).try_acquire_owned() else {
            tracing::warn!(contact = about.contact, "too many requests to look up at once");
            return;
        };
        let (desk, client) = (Arc::clone(self), client.clone());
        tokio::spawn(async move {
            let _waits = waits;
            for wait in AGAIN.into_iter().map(Some).chain([None]) {
                if desk.told(&client, &about).await {
                    return;
                }
                match wait {
                    Some(wait) => tokio::time::sleep(wait).await,
                    None => return,
                }
            }
        });
    }

    /// Asks the city once, and tells the server. Returns whether that is the last word.
    async fn told(self: &Arc<Self>, client: &Client, about: &About) -> bool {
        let Ok(place) = Arc::clone(&self.places).acquire_owned().await else { return true };
        let (desk, reference) = (Arc::clone(self), about.reference.clone());
        let asked = tokio::task::spawn_blocking(move || desk.city.ask(&reference)).await;
        drop(place);
        let Ok(known) = asked else { return true };
        let update = ContactUpdate {
            contact: about.contact.clone(),
            attrs: known.attributes(),
            ..ContactUpdate::default()
        };
        let updated = client.request::<ContactResult>(&Request::ContactUpdate(update)).await;
        let Ok(contact) = updated else {
            if let Err(ClientError::Refused(refused)) = updated {
                tracing::debug!(contact = about.contact, why = refused.message, "it has left");
            }
            return true;
        };
        let queue = known.agency.as_ref().and_then(|agency| self.agencies.get(agency));
        if let (Some(queue), Some(from)) = (queue, &about.from_queue)
            && queue != from
            && contact.state == "queued"
        {
            route(client, about, queue, known.agency.as_deref().unwrap_or_default()).await;
        }
        known.standing != answer::Standing::Unreachable
    }
}

/// Moves a contact that still waits to the queue of the department; its age goes along.
async fn route(client: &Client, about: &About, queue: &str, agency: &str) {
    let act = Supervise {
        act: "move".into(),
        contact: Some(about.contact.clone()),
        to: Some(queue.to_owned()),
        reason: format!("its request is with {agency}"),
        ..Supervise::default()
    };
    if let Err(why) = client.request::<Supervised>(&Request::Supervise(act)).await {
        tracing::info!(contact = about.contact, %queue, %why, "it stays where it is");
    }
}
