//! What a log may say of a text that cannot be read: callers' numbers may stand in it, and what
//! the decoder says quotes them.

/// Where it goes wrong, and how.
pub(crate) fn unread(error: &serde_json::Error, bytes: usize) -> String {
    let how = if error.is_data() { "has another form" } else { "is no JSON" };
    format!("it {how} at byte {} of {bytes}", error.column())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_in_it_is_not_told() {
        let text = r#"{"created":"+15125550177"}"#;
        let error = serde_json::from_str::<std::collections::BTreeMap<String, u64>>(text);
        let error = error.expect_err("a text is no number");
        assert!(error.to_string().contains("5550177"), "the decoder quotes it");
        assert_eq!(unread(&error, text.len()), "it has another form at byte 25 of 26");
    }
}
