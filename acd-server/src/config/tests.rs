//! What a file means, and what is said of a wrong one.

use std::collections::BTreeSet;

use acd_core::{Capacity, Channel, Command, Effects, Engine, Nanos, Timestamp};
use acd_core::{MaxWait, MaxWaitAction, QueueDefinition, Strategy, Term, WrapUpMode};

use super::*;

/// What every file needs, on the first line.
const CITY: &str = "city = { name = \"X\", time_zone = \"America/Toronto\" }\n";

/// What is said of `CITY` followed by `text`, whose first line is line 2.
fn problems(text: &str) -> String {
    match Config::parse(&format!("{CITY}{text}"), "x.toml") {
        Ok(config) => panic!("no problem was found: {config:?}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_file_that_says_little_means_the_defaults() {
    let text = format!("{CITY}queues = [{{ name = \"roads\" }}]\nagents = [{{ id = \"4471\" }}]");
    let config = Config::parse(&text, "x.toml").unwrap();
    assert_eq!(config.definitions.queues, [QueueDefinition::named("roads")]);
    assert_eq!(config.definitions.agents, [acd_core::AgentDefinition::named("4471")]);
    assert_eq!(config.definitions.grace, Definitions::default().grace);
    assert_eq!(config.queues[0].title, "roads");
    assert_eq!(config.queues[0].service_level.threshold, Duration::from_secs(75));
    assert_eq!(config.queues[0].service_level.target_percent, 80);
    assert_eq!(config.agents[0].name, "4471");
    assert_eq!(config.desk_grace, Duration::from_mins(1));
    assert_eq!(config.idem_keep, Duration::from_mins(10));
    assert_eq!(config.limits.hello_deadline, Duration::from_secs(5));
    assert_eq!((config.listen, config.tokens), (vec![], None));
}

const EVERY_KEY: &str = r#"
skills = ["roads", "lang.es"]
sites = ["east"]
reasons = ["lunch"]
dispositions = ["resolved", "referred elsewhere"]
city = { name = "X", time_zone = "America/Toronto" }
[server]
listen = ["unix:/run/acd.sock", "tcp:[::1]:4311"]
tokens = "secret/tokens.toml"
[[queues]]
name = "roads"
title = "Roads and works"
service_level = { threshold = "30s", target_percent = 90 }
strategy = "round_robin"
objective = "45s"
steps = [
  { any_of = ["roads >= 3 and lang.es >= 2", "roads >= 9"], sites = ["east"] },
  { after = "1min", drops = ["lang.es"] },
]
offer_timeout = "12s"
prefer_for = "5s"
pause = { rejected = "1s", busy = "2s", unreachable = "3s", no_answer = "4s" }
rona_limit = 0
wrap_up = { mode = "fixed", length = "40s", mandatory = true, maximum = "2min" }
promote = { after = "90s", bands = 2 }
max_wait = { after = "1h", move_to = "general" }
max_waiting = 7
expected_handle = "200s"
callback = { retry = "5min", attempts = 2 }
dispositions = ["resolved"]
overflow = { join = "3min", leave = "2min", step = 1 }
[[queues]]
name = "general"
[[agents]]
id = "4471"
name = "Maria Ortiz"
site = "east"
skills = { "lang.es" = 5, roads = 8 }
capacity = { chat = 2 }
"#;

#[test]
fn every_key_of_a_queue_and_an_agent_is_read() {
    let config = Config::parse(EVERY_KEY, "x.toml").unwrap();
    let Config { definitions, queues, agents, listen, tokens, dispositions, .. } = config;
    let seconds = Nanos::from_secs;
    let term = |skill: &str, level| Term { skill: skill.into(), level };
    let [roads, _] = definitions.queues.as_slice() else { panic!("two queues") };
    assert_eq!(roads.strategy, Strategy::RoundRobin);
    assert_eq!(roads.steps.len(), 2);
    assert_eq!(
        roads.steps[0].alternatives,
        [vec![term("roads", 3), term("lang.es", 2)], vec![term("roads", 9)]]
    );
    assert_eq!(roads.steps[0].sites, ["east"]);
    assert_eq!(roads.steps[1].after, seconds(60));
    assert_eq!(roads.steps[1].alternatives, [vec![]]);
    assert_eq!(roads.steps[1].drops, ["lang.es"]);
    assert_eq!((roads.objective, roads.offer_timeout), (seconds(45), seconds(12)));
    assert_eq!((roads.prefer_for, roads.expected_handle), (seconds(5), seconds(200)));
    assert_eq!((roads.pause_rejected, roads.pause_busy), (seconds(1), seconds(2)));
    assert_eq!((roads.pause_unreachable, roads.pause_no_answer), (seconds(3), seconds(4)));
    assert_eq!(roads.wrap_up.mode, WrapUpMode::Fixed { length: seconds(40), mandatory: true });
    assert_eq!(roads.wrap_up.maximum, seconds(120));
    assert_eq!((roads.promote_after, roads.promote_bands), (Some(seconds(90)), 2));
    let moved = MaxWaitAction::Move("general".into());
    assert_eq!(roads.max_wait, Some(MaxWait { after: seconds(3600), action: moved }));
    assert_eq!((roads.rona_limit, roads.max_waiting), (0, 7));
    assert_eq!((roads.callback_retry, roads.callback_attempts), (seconds(300), 2));
    let overflow = acd_core::Overflow { join: seconds(180), leave: seconds(120), step: 1 };
    assert_eq!(roads.overflow, Some(overflow));
    let agent = &definitions.agents[0];
    assert_eq!((agent.name.as_str(), agent.site.as_deref()), ("4471", Some("east")));
    assert_eq!(agent.skills, [term("lang.es", 5), term("roads", 8)]);
    let mut capacity = Capacity::default();
    capacity[Channel::Chat] = 2;
    assert_eq!(agent.capacity, capacity);
    assert_eq!(dispositions.of("roads"), ["resolved"]);
    assert_eq!(dispositions.of("general"), ["resolved", "referred elsewhere"]);
    assert_eq!(queues[0].title, "Roads and works");
    assert_eq!(queues[0].service_level.target_percent, 90);
    assert_eq!(agents[0].name, "Maria Ortiz");
    assert_eq!(listen[1].to_string(), "tcp:[::1]:4311");
    assert_eq!(tokens, Some("secret/tokens.toml".into()));
}

#[test]
fn a_wrong_value_is_named_with_its_place_and_what_was_expected() {
    for (text, expected) in [
        ("seed = ", "x.toml:2:8: string values must be quoted, expected literal string"),
        ("skils = []", "x.toml:2:1: unknown key `skils` in the file; did you mean `skills`?"),
        ("skills = 3", "x.toml:2:10: `skills`: found the number 3, expected a list such as [ … ]"),
        (
            "skills = [\"road works\"]",
            "x.toml:2:11: `skills`: ' ' in a name: expected letters a-z and A-Z, digits, `.`, `-` \
             and `_` only",
        ),
        ("[[queues]]", "x.toml:2:1: `name` is missing in queues"),
        ("[[agents]]\nid = 4471", "x.toml:3:6: `id`: found the number 4471, expected a name in"),
        ("[server]\ngrace = 30", "x.toml:3:9: `grace`: found the number 30, expected a length of"),
        ("[server]\ngrace = \"30\"", "x.toml:3:9: `grace`: \"30\" is no length of time: expected"),
        ("[server]\ngrace = \"0s\"", "x.toml:3:9: `grace`: \"0s\" is shorter than the shortest"),
        (
            "[server]\nlisten = [\"tcp:localhost:1\"]",
            "x.toml:3:11: `listen`: `localhost:1` is no numeric address and port",
        ),
        (
            "[[queues]]\nname = \"a\"\nstrategy = \"best_skil\"",
            "x.toml:4:12: `strategy`: unknown value \"best_skil\"; did you mean `best_skill`?",
        ),
        (
            "[[queues]]\nname = \"a\"\nwrap_up = { mode = \"after\" }",
            "x.toml:4:20: `mode`: unknown value \"after\"; expected `none`, `fixed` or `manual`",
        ),
        (
            "[[queues]]\nname = \"a\"\ncallback = { attempts = 10 }",
            "x.toml:4:25: `attempts` is 10: expected a number from 1 to 9",
        ),
        (
            "[[queues]]\nname = \"a\"\nmax_waiting = 99999999999999999999",
            "x.toml:4:15: `max_waiting`: number too large",
        ),
        (
            "[[queues]]\nname = \"a\"\nmax_waiting = 1.5",
            "x.toml:4:15: `max_waiting`: found the number 1.5, expected a whole number",
        ),
        (
            "[[queues]]\nname = \"a\"\nsteps = []",
            "x.toml:4:9: `steps` has 0 entries: expected 1 to 10",
        ),
        (
            "[[queues]]\nname = \"a\"\nwrap_up = { mandatory = 1 }",
            "x.toml:4:25: `mandatory`: found the number 1, expected true or false",
        ),
        (
            "[[agents]]\nid = \"a\"\ncapacity = { phone = 1 }",
            "x.toml:4:14: unknown key `phone` in capacity; expected `callback`, `chat`, `email`",
        ),
        (
            "skills = [\"roads\"]\n[[agents]]\nid = \"a\"\nskills = { roads = 11 }",
            "x.toml:5:20: `roads` is 11: expected a number from 1 to 10",
        ),
        (
            "[[agents]]\nid = \"a\"\nname = \"\\u001b[2J\"",
            "x.toml:4:8: `name`: '\\u{1b}' in a name: expected no control characters",
        ),
    ] {
        let found = problems(text);
        assert!(found.starts_with(expected), "{text}\nfound    {found}\nexpected {expected}");
        assert_eq!(found.lines().count(), 1, "{found}");
    }
}

#[test]
fn what_does_not_fit_together_is_named_with_its_place() {
    let queue = "queues = [{ name = \"general\" }, { name = \"roads\",\n";
    for (text, expected) in [
        (
            format!("skills = [\"water\"]\n{queue} steps = [{{ any_of = [\"watr >= 2\"] }}] }}]"),
            "x.toml:4:23: unknown skill `watr`; did you mean `water`?",
        ),
        (
            format!("sites = [\"east\"]\n{queue} steps = [{{ sites = [\"west\"] }}] }}]"),
            "x.toml:4:22: unknown site `west`; expected `east`",
        ),
        (
            format!("{queue} steps = [{{ drops = [\"lang.en\"] }}] }}]"),
            "x.toml:3:22: unknown skill `lang.en`; none is defined",
        ),
        (
            format!("{queue} steps = [{{ after = \"5s\" }}] }}]"),
            "x.toml:3:21: the first step holds from entry: expected `after = \"0s\"`",
        ),
        (
            format!("{queue} steps = [{{}}, {{ after = \"9s\" }}, {{ after = \"9s\" }}] }}]"),
            "x.toml:3:43: steps rise: expected `after` to be later than the step before",
        ),
        (
            format!("{queue} steps = [{{}}, {{ sites = [] }}] }}]"),
            "x.toml:3:15: steps rise: expected `after`",
        ),
        (
            format!("{queue} max_wait = {{ after = \"1h\", move_to = \"genral\" }} }}]"),
            "x.toml:3:39: unknown queue `genral`; did you mean `general`?",
        ),
        (
            format!("{queue} max_wait = {{ after = \"1h\", move_to = \"roads\" }} }}]"),
            "x.toml:3:39: contacts would move in a circle: roads -> roads",
        ),
        (
            format!("{queue} wrap_up = {{ length = \"1h\" }} }}]"),
            "x.toml:3:23: `length` is longer than the wrap-up's `maximum`",
        ),
        (
            format!("{queue} wrap_up = {{ mode = \"manual\", length = \"1min\" }} }}]"),
            "x.toml:3:40: `length` has a meaning only with `mode = \"fixed\"`",
        ),
        (format!("{queue} }}, {{ name = \"roads\" }}]"), "x.toml:3:14: `roads` stands in queues"),
        ("reasons = [\"a\", \"b\", \"a\"]".into(), "x.toml:2:22: `a` stands in reasons twice"),
        ("dispositions = [\"a\", \"a\"]".into(), "x.toml:2:22: `a` stands in dispositions twice"),
        (
            "skills = [\"tax\"]\nagents = [{ id = \"1\", skills = { taxes = 3 } }]".into(),
            "x.toml:3:42: unknown skill `taxes`; expected `tax`",
        ),
        (
            "sites = [\"east\"]\nagents = [{ id = \"1\", site = \"est\" }]".into(),
            "x.toml:3:30: unknown site `est`; did you mean `east`?",
        ),
    ] {
        let found = problems(&text);
        assert!(found.starts_with(expected), "{text}\nfound    {found}\nexpected {expected}");
        assert_eq!(found.lines().count(), 1, "{found}");
    }
}

#[test]
fn a_time_zone_is_one_that_the_machine_knows() {
    let error =
        Config::parse("city = { name = \"X\", time_zone = \"America/Torronto\" }", "x.toml")
            .expect_err("misspelt");
    let expected = "x.toml:1:34: unknown time zone `America/Torronto`; did you mean \
                    `America/Toronto`?";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn everything_that_is_wrong_is_said_at_once_by_position() {
    let found = problems(
        "agents = [{ id = \"1\", site = \"east\" }, { id = \"1\" }]\n\
         [[queues]]\nname = \"a\"\nmax_wait = { after = \"1h\", move_to = \"b\" }\n\
         [[queues]]\nname = \"b\"\nmax_wait = { after = \"1h\", move_to = \"a\" }\n",
    );
    assert_eq!(
        found,
        "x.toml:2:30: unknown site `east`; none is defined\n\
         x.toml:2:47: `1` stands in agents twice\n\
         x.toml:5:38: contacts would move in a circle: a -> b -> a\n\
         x.toml:8:38: contacts would move in a circle: b -> a -> b"
    );
    let found = problems("[server]\ngrase = 3\nidem_keep = 3\n[limits]\nconnections = 0\n");
    assert_eq!(found.lines().count(), 3, "{found}");
}

#[test]
fn what_is_no_toml_is_an_error_with_a_place_and_never_a_panic() {
    for text in ["a = ", "[[", "\u{0}", "a = 1\na = 2", "x = \"\\", "= 1", "[a]\n[a]", "é é"] {
        let error = Config::parse(text, "x.toml").expect_err(text).to_string();
        assert!(error.starts_with("x.toml:"), "{text}: {error}");
    }
    for length in 0..EMBEDDED.len() {
        let Some(text) = EMBEDDED.get(..length) else { continue };
        if length % 97 == 0 {
            let _ = Config::parse(text, "cut");
        }
    }
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let error = Config::load(Path::new("/nowhere/city.toml")).expect_err("there is none");
    assert!(error.to_string().starts_with("/nowhere/city.toml: No such file"), "{error}");
}

#[test]
fn the_embedded_city_is_what_the_engine_takes() {
    let Config { definitions, agents, queues, .. } = Config::embedded();
    let mut engine = Engine::new(311);
    let command = Command::Configure(Box::new(definitions.clone()));
    let configured = engine.apply(Timestamp(1), command, &mut Effects::default());
    assert_eq!(configured, Ok(()));
    assert_eq!(agents.len(), 42);
    assert!(agents.iter().any(|agent| agent.id == "4471" && agent.name == "Maria Ortiz"));
    let names: BTreeSet<&str> = agents.iter().map(|agent| agent.name.as_str()).collect();
    assert_eq!(names.len(), 42, "every agent is another person");
    for queue in ["roads", "general", "water-emergency", "spanish", "chat", "email", "web", "kiosk"]
    {
        assert!(queues.iter().any(|display| display.name == queue), "{queue}");
    }
    for language in ["lang.es", "lang.fr", "lang.zh"] {
        let speaks = |term: &Term| term.skill == language && term.level >= 4;
        let speakers = definitions.agents.iter().filter(|agent| agent.skills.iter().any(speaks));
        assert!(speakers.count() >= 7, "{language}");
    }
}

#[test]
fn every_step_of_the_embedded_city_admits_somebody() {
    let Config { definitions, .. } = Config::embedded();
    for queue in &definitions.queues {
        for step in &queue.steps {
            let admitted = definitions.agents.iter().filter(|agent| {
                let level = |skill: &str| {
                    agent.skills.iter().find(|own| own.skill == skill).map_or(0, |own| own.level)
                };
                let sits = agent.site.as_ref().is_some_and(|site| step.sites.contains(site));
                (step.sites.is_empty() || sits)
                    && step
                        .alternatives
                        .iter()
                        .any(|terms| terms.iter().all(|term| level(&term.skill) >= term.level))
            });
            assert!(admitted.count() >= 2, "{} after {:?}", queue.name, step.after);
        }
    }
}

#[test]
fn the_schema_names_every_key_with_its_meaning() {
    let definitions = schema()["$defs"].as_object().unwrap();
    assert!(definitions.contains_key("Queue"), "{definitions:?}");
    let tables = definitions.iter().filter(|(_, definition)| definition["type"] == "object");
    for (name, definition) in tables.chain([(&"File".to_string(), schema())]) {
        assert_eq!(definition["additionalProperties"], false, "{name} admits unknown keys");
        for (key, property) in definition["properties"].as_object().unwrap() {
            assert!(property["description"].is_string(), "{name}.{key} has no description");
        }
    }
}

#[test]
fn a_wrong_overflow_says_what_was_expected() {
    let text = "[[queues]]\nname = \"a\"\n\
                overflow = { join = \"1min\", leave = \"2min\", step = 1 }\n";
    let found = problems(text);
    assert!(found.contains("x.toml:4:37: `leave` is longer than `join`"), "{found}");
    assert!(found.contains("`overflow` wants a second step to go to"), "{found}");
}

#[test]
fn the_hours_of_the_documentation_are_right() {
    let text = include_str!("../../../docs/HOURS.md");
    let (_, text) = text.split_once("```toml\n").unwrap();
    let (text, _) = text.split_once("```").unwrap();
    let config = Config::parse(text, "HOURS.md").unwrap();
    assert_eq!(config.hours.len(), 3);
    assert!(config.hours["permits"].of_queue.is_some());
    assert_eq!(config.hours["after-hours"].closed_to.as_deref(), Some("general"));
    assert_eq!(config.hours["chat"].of_channels[0].0, Channel::Chat);
}

#[test]
fn wrong_hours_say_where_and_what_was_expected() {
    let text = r#"
timetables = [
  { name = "a", week = ["mon-fry 08:00-20:00"], dates = ["02-30"] },
]
"#;
    let found = problems(text);
    assert!(found.contains("x.toml:4:25: `week`: \"fry\" is no day of the week"), "{found}");
    assert!(found.contains("`dates`: \"02-30\" is no day; expected a day such as"), "{found}");
    let text = r#"
timetables = [{ name = "a", time_zone = "America/Torono" }, { name = "a" }]
queues = [
  { name = "x", hours = { timetable = "b", closed_to = "x" } },
  { name = "y", hours = { channels = { fax = "a" }, waiting = "move" } },
]
"#;
    let found = problems(text);
    for expected in [
        "unknown time zone `America/Torono`",
        "`a` stands in timetables twice",
        "x.toml:5:39: unknown timetable `b`; did you mean `a`?",
        "x.toml:5:56: a closed queue cannot send people to itself",
        "unknown channel `fax`",
        "`waiting = \"move\"` wants `closed_to`",
    ] {
        assert!(found.contains(expected), "{expected}: {found}");
    }
}
