//! Which queue a call goes to, with what needs: from the dialplan's arguments, the number dialled
//! and channel variables.

use std::collections::BTreeMap;

use acd_proto::request::ContactNew;
use serde::Deserialize;

/// Who calls, as far as a route asks.
#[derive(Clone, Copy, Debug)]
pub struct Caller<'a> {
    /// The exchange's id of the call, which the contact's `ext` becomes.
    pub id: &'a str,
    /// The caller's number; may be empty.
    pub number: &'a str,
    /// The caller's name; may be empty.
    pub name: &'a str,
    /// What was dialled.
    pub called: &'a str,
    /// What else the exchange tells of the call.
    pub variables: &'a BTreeMap<String, String>,
}

/// One `[[route]]`: what holds for calls that are like this. Without a condition it is every call.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// The extension that was dialled.
    pub called: Option<String>,
    /// An argument with which the exchange hands the call over, as in `Stasis(acd,…)`.
    pub arg: Option<String>,
    /// Variables of the call with their values; `ari.conf` must name them in `channelvars`.
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
    fn holds(&self, caller: &Caller<'_>, args: &[String]) -> bool {
        let dialled = self.called.as_ref().is_none_or(|number| number == caller.called);
        let arg = self.arg.as_ref().is_none_or(|arg| args.contains(arg));
        let same = |(name, value): (&String, &String)| caller.variables.get(name) == Some(value);
        dialled && arg && self.variables.iter().all(same)
    }
}

/// The request that a caller becomes. Every route that holds counts, later ones over earlier ones,
/// and the exchange's own arguments over all: a queue's name first, then `need=es:3`, `prio=7`,
/// `name=…`, `reference=…`, anything else as an attribute. `how` is how the exchange names a queue.
pub fn request(
    routes: &[Route],
    caller: &Caller<'_>,
    args: &[String],
    how: &str,
) -> Result<ContactNew, String> {
    let mut request = ContactNew {
        ext: caller.id.into(),
        channel: "voice".into(),
        from: present(caller.number),
        name: present(caller.name),
        ..ContactNew::default()
    };
    for route in routes.iter().filter(|route| route.holds(caller, args)) {
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
        return Err(format!("no queue: say {how}, or add a [[route]]"));
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

    fn dialled<'a>(called: &'a str, variables: &'a BTreeMap<String, String>) -> Caller<'a> {
        Caller { id: "1.1", number: "", name: "", called, variables }
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
        let mut variables = BTreeMap::new();
        let plain = request(&routes, &dialled("311", &variables), &args("es"), "").unwrap();
        assert_eq!((plain.queue.as_str(), plain.needs["es"], plain.prio), ("general", 3, None));
        variables.insert("FLOOD".into(), "1".into());
        let caller = dialled("311", &variables);
        let flood = request(&routes, &caller, &[], "").unwrap();
        assert_eq!((flood.queue.as_str(), flood.prio), ("water-emergency", Some(9)));
        let said = args("roads,need=fr:2,prio=3,case=17");
        let named = request(&routes, &caller, &said, "").unwrap();
        assert_eq!((named.queue.as_str(), named.prio), ("roads", Some(3)));
        assert_eq!((named.needs["fr"], named.attrs["case"].as_str()), (2, "17"));
    }

    #[test]
    fn what_is_wrong_is_said_in_the_exchanges_terms() {
        let variables = BTreeMap::new();
        let caller = dialled("", &variables);
        let said = |text| request(&[], &caller, &args(text), "Stasis(acd,QUEUE)").unwrap_err();
        assert_eq!(said(""), "no queue: say Stasis(acd,QUEUE), or add a [[route]]");
        assert_eq!(said("roads,prio=high"), "prio=high: want 0 to 9");
        assert_eq!(said("roads,need=es:x"), "need=es:x: want need=SKILL:LEVEL");
    }
}
