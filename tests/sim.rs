//! `acd sim verify` as a reader of its verdicts uses it: exit codes, JSON, errors that name.

mod support;

use serde_json::{Value, json};
use support::{Scratch, acd};

const CASE: &str = r#"{"format": "acd-theory-cases-1", "cases": [{
    "id": "tiny", "model": "M/M/n+M FIFO",
    "params": {"servers": 2, "arrival_rate": 2.0, "mean_service": 1.0, "mean_patience": 0.5},
    "expected": {"p_wait": P_WAIT},
    "tolerance": {"arrivals_for_plusminus_1pct": 20000}}]}"#;

/// Erlang A, by the steady state of its birth-death chain.
fn p_wait() -> f64 {
    let mut states = vec![1.0_f64];
    for n in 1..60_u32 {
        let busy = f64::from(n.min(2));
        let leaving = busy + f64::from(n.saturating_sub(2)) * 2.0;
        let next = states[states.len() - 1] * 2.0 / leaving;
        states.push(next);
    }
    states[2..].iter().sum::<f64>() / states.iter().sum::<f64>()
}

fn verify(scratch: &Scratch, file: &str, text: &str, arguments: &[&str]) -> (String, String, i32) {
    let path = scratch.join(file);
    std::fs::write(&path, text).expect("the scratch directory is ours");
    let output = acd().args(["sim", "verify"]).arg(&path).args(arguments).output();
    let output = output.expect("acd sim runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (text(output.stdout), text(output.stderr), output.status.code().expect("it ends"))
}

#[test]
fn what_is_so_passes_and_what_is_not_fails() {
    let scratch = Scratch::new("sim");
    let right = CASE.replace("P_WAIT", &p_wait().to_string());
    let (out, _, code) = verify(&scratch, "right.json", &right, &["--json"]);
    let report: Value = serde_json::from_str(&out).expect("one JSON object");
    assert_eq!((&report["schema"], code), (&json!("acd.sim.verify/1"), 0), "{out}");
    assert_eq!((&report["passed"], &report["cases"][0]["verdict"]), (&json!(1), &json!("pass")));
    let wrong = CASE.replace("P_WAIT", &(p_wait() * 1.05).to_string());
    let (out, _, code) = verify(&scratch, "wrong.json", &wrong, &["--seed", "7"]);
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("0 passed, 1 missed, 0 not claimed"), "{out}");
    let again = verify(&scratch, "right.json", &right, &["--json", "--jobs", "1"]).0;
    let again: Value = serde_json::from_str(&again).expect("one JSON object");
    assert_eq!(report["cases"][0]["metrics"], again["cases"][0]["metrics"], "whatever the jobs");
}

#[test]
fn what_cannot_be_read_is_named() {
    let scratch = Scratch::new("sim-wrong");
    let right = CASE.replace("P_WAIT", "0.5");
    let cases = [
        ("{", "EOF while parsing"),
        (&right.replace("acd-theory-cases-1", "acd-9"), "format = \"acd-9\": expected acd-theory"),
        (&right.replace("p_wait", "p_weight"), "tiny: p_weight = 0.5: expected a metric known"),
        (
            &right.replace("\"servers\": 2", "\"servers\": 0"),
            "tiny: servers = 0: expected at least 1",
        ),
        (&right.replace("\"mean_service\": 1.0, ", ""), "tiny: mean_service = null: expected"),
    ];
    for (text, expected) in cases {
        let (_, errors, code) = verify(&scratch, "case.json", text, &[]);
        assert_eq!(code, 2, "{errors}");
        assert!(errors.contains(expected), "{errors}");
    }
    let (_, errors, code) = verify(&scratch, "case.json", &right, &["--case", "tin"]);
    assert_eq!((errors.trim(), code), ("acd: --case tin: expected one of tiny", 2));
}
