//! The valid name nearest to one that is not.

/// Names longer than this have no neighbour, so that looking for one stays cheap.
const NAME_BYTES_MAX: usize = 64;

/// The candidate most like `name`; none when none is like it.
///
/// Like means at most a third of its letters, and at least one, put in, left out, changed or
/// swapped; the first candidate of several as near.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if name.is_empty() || name.len() > NAME_BYTES_MAX {
        return None;
    }
    let most = (name.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= NAME_BYTES_MAX)
        .map(|candidate| (strsim::osa_distance(name, candidate), candidate))
        .filter(|&(distance, _)| distance <= most)
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_strangers_are_not() {
        let queues = ["roads", "water", "water-emergency", "parking"];
        for (name, near) in [
            ("raods", Some("roads")),
            ("watr", Some("water")),
            ("parkings", Some("parking")),
            ("spanish", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, queues), near, "{name:?}");
        }
        assert_eq!(nearest(&"x".repeat(65), queues), None);
    }
}
