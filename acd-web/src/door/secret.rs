//! What nobody can guess: ids, tickets, secrets. 128 bits and more from the system.

use std::sync::Arc;

use subtle::ConstantTimeEq as _;

const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// So many random letters of 5 bits; none where the system gives no random numbers.
pub(super) fn random(letters: usize) -> Option<Arc<str>> {
    let mut bytes = vec![0; letters];
    getrandom::fill(&mut bytes).ok()?;
    let text: String =
        bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte & 31)])).collect();
    Some(text.into())
}

/// Whether two secrets are the same, in a time that does not tell where they differ.
pub(super) fn same(known: &str, shown: &str) -> bool {
    known.as_bytes().ct_eq(shown.as_bytes()).into()
}
