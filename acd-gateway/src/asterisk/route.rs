//! Which queue a call goes to, with what needs: from the dialplan's arguments, the number dialled
//! and channel variables.

use std::collections::BTreeMap;

use acd_proto::request::ContactNew;
use serde::Deserialize;

use super::ari::Channel;

/// One `[[route]]`: what holds for calls that are like this. Without a condition it is every call.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// The extension that was dialled.
    pub called: Option<String>,
    /// An argument of `Stasis(…)`.
    pub arg: Option<String>,
    /// Channel variables with their values; `ari.conf` must name them in `channelvars`.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    /// The queue.
    pub queue: Option<String>,
    /// Least level by skill.
    #[serde(default)]
    pub needs: BTreeMap<String, u8>,
    /// Priority 0 to 9.
    pub prio: Option<u8>,
}

impl Route {
    fn holds(&self, channel: &Channel, args: &[String]) -> bool {
        let called = self.called.as_ref().is_none_or(|called| *called == channel.dialplan.exten);
        let arg = self.arg.as_ref().is_none_or(|arg| args.contains(arg));
        let same = |(name, value): (&String, &String)| channel.channelvars.get(name) == Some(value);
        called && arg && self.variables.iter().all(same)
    }
}

/// The request that a caller becomes. Every route that holds counts, later ones over earlier ones,
/// and the dialplan's own arguments over all: a queue's name first, then `need=es:3`, `prio=7`,
/// `name=…`, `reference=…`, anything else as an attribute.
pub fn request(routes: &[Route], channel: &Channel, args: &[String]) -> Result<ContactNew, String> {
    let mut request = ContactNew {
        ext: channel.id.clone(),
        channel: "voice".into(),
        from: present(&channel.caller.number),
        name: present(&channel.caller.name),
        ..ContactNew::default()
    };
    for route in routes.iter().filter(|route| route.holds(channel, args)) {
        if let Some(queue) = &route.queue {
            request.queue.clone_from(queue);
        }
        request.prio = route.prio.or(request.prio);
        request.needs.extend(route.needs.clone());
    }
    for arg in args.iter().filter(|arg| !arg.is_empty()) {
        match arg.split_once('=') {
            Some((key, value)) => set(&mut request, key, value)?,
            // A word that a route asks for is that route's.
            None if routes.iter().any(|route| route.arg.as_ref() == Some(arg)) => {}
            None => request.queue.clone_from(arg),
        }
    }
    if request.queue.is_empty() {
        return Err("no queue: say Stasis(acd,QUEUE), or add a [[route]]".into());
    }
    Ok(request)
}

fn present(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

fn set(request: &mut ContactNew, key: &str, value: &str) -> Result<(), String> {
    match key {
        "queue" => request.queue = value.into(),
        "need" => {
            let (skill, level) = value.split_once(':').unwrap_or((value, "1"));
            let level =
                level.parse().map_err(|_| format!("need={value}: want need=SKILL:LEVEL"))?;
            request.needs.insert(skill.into(), level);
        }
        "prio" => {
            let prio = value.parse().map_err(|_| format!("prio={value}: want 0 to 9"))?;
            request.prio = Some(prio);
        }
        "prefer" => request.prefer.push(value.into()),
        "name" => request.name = present(value),
        "reference" => request.reference = present(value),
        _ => {
            request.attrs.insert(key.into(), value.into());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(text: &str) -> Vec<String> {
        text.split(',').map(str::to_owned).collect()
    }

    #[test]
    fn arguments_win_over_routes_and_later_routes_over_earlier_ones() {
        let routes: Vec<Route> = [
            Route { queue: Some("general".into()), ..Route::default() },
            Route {
                called: Some("311".into()),
                arg: Some("es".into()),
                needs: BTreeMap::from([("es".into(), 3)]),
                ..Route::default()
            },
            Route {
                variables: BTreeMap::from([("FLOOD".into(), "1".into())]),
                queue: Some("water-emergency".into()),
                prio: Some(9),
                ..Route::default()
            },
        ]
        .into();
        let mut channel = Channel { id: "1.1".into(), ..Channel::default() };
        channel.dialplan.exten = "311".into();
        let plain = request(&routes, &channel, &args("es")).unwrap();
        assert_eq!((plain.queue.as_str(), plain.needs["es"], plain.prio), ("general", 3, None));
        channel.channelvars.insert("FLOOD".into(), "1".into());
        let flood = request(&routes, &channel, &[]).unwrap();
        assert_eq!((flood.queue.as_str(), flood.prio), ("water-emergency", Some(9)));
        let named = request(&routes, &channel, &args("roads,need=fr:2,prio=3,case=17")).unwrap();
        assert_eq!((named.queue.as_str(), named.prio), ("roads", Some(3)));
        assert_eq!((named.needs["fr"], named.attrs["case"].as_str()), (2, "17"));
    }

    #[test]
    fn what_is_wrong_is_said_in_the_dialplans_terms() {
        let channel = Channel::default();
        let said = |text| request(&[], &channel, &args(text)).unwrap_err();
        assert_eq!(said(""), "no queue: say Stasis(acd,QUEUE), or add a [[route]]");
        assert_eq!(said("roads,prio=high"), "prio=high: want 0 to 9");
        assert_eq!(said("roads,need=es:x"), "need=es:x: want need=SKILL:LEVEL");
    }
}
