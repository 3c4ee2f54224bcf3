//! The table of roles and methods, cell by cell.

use acd_proto::{Method, Role, allows};

/// One row a method: `+` may, `.` may not, in the order of the head.
const GRID: &str = "\
                         frontend agent supervisor monitor admin widget
hello                       +       +       +         +      +     +
ping                        +       +       +         +      +     +
bye                         +       +       +         +      +     +
via                         .       .       .         .      .     .
contact.new                 +       .       .         .      .     +
contact.abandon             +       .       +         .      +     +
contact.end                 +       +       .         .      .     +
contact.transfer            +       +       .         .      .     .
contact.update              +       .       +         .      +     .
contact.callback            +       .       +         .      +     +
contact.callback_failed     +       +       .         .      .     .
contact.hold                +       +       .         .      .     .
contact.unhold              +       +       .         .      .     .
contact.requeue             +       +       .         .      .     .
contact.get                 +       .       +         .      +     +
contact.message             +       +       .         .      .     +
contact.typing              +       +       .         .      .     +
offer.ringing               +       .       .         .      .     .
offer.answered              +       .       .         .      .     .
offer.failed                +       .       .         .      .     .
offer.accept                .       +       .         .      .     .
offer.reject                .       +       .         .      .     .
reconcile                   +       .       .         .      .     .
agent.login                 +       +       .         .      .     .
agent.state                 +       +       .         .      .     .
agent.logout                +       +       .         .      .     .
agent.skills                .       .       +         .      +     .
agent.capacity              .       +       +         .      +     .
agent.wrap_done             +       +       .         .      .     .
agent.wrap_extend           +       +       .         .      .     .
subscribe                   +       +       +         +      +     .
snapshot                    +       +       +         +      +     .
statistics                  .       .       +         +      +     .
directory                   +       +       +         +      +     .
trace                       .       .       +         +      +     .
supervise                   .       .       +         .      +     .
config.reload               .       .       .         .      +     .
";

#[test]
fn every_role_may_say_what_the_grid_says_and_nothing_else() {
    let mut lines = GRID.lines();
    let head = lines.next().expect("a head").split_whitespace();
    let roles: Vec<Role> = head.map(|name| Role::from_name(name).expect(name)).collect();
    assert_eq!(roles, Role::ALL);
    let mut methods = Vec::new();
    for line in lines {
        let mut words = line.split_whitespace();
        let name = words.next().expect("a method");
        let method = Method::from_name(name).expect(name);
        let cells: Vec<&str> = words.collect();
        assert_eq!(cells.len(), roles.len(), "{name}");
        for (&role, cell) in roles.iter().zip(cells) {
            let expected = match cell {
                "+" => true,
                "." => false,
                other => panic!("{other} in the row of {name}"),
            };
            assert_eq!(allows(role, method), expected, "{} says {name}", role.name());
        }
        methods.push(method);
    }
    assert_eq!(methods, Method::ALL);
}
