//! Ordered lists against a plain map, with and without masks.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::super::bits::{BitAt, Block};
use super::{Arena, List, Rows};

/// Blocks of a row.
const WIDTH: usize = 2;
/// Bits of a row.
const BITS: usize = WIDTH * 512;

type Row = [Block; WIDTH];

/// Rows by value.
struct Table(Vec<Row>);

impl Rows for Table {
    fn of(&self, value: u64) -> (&[Block], &[Block]) {
        (&self.0[value as usize], &[Block([u64::MAX; 8]); WIDTH])
    }
}

/// A row with those bits.
fn row(bits: impl IntoIterator<Item = usize>) -> Row {
    let mut row = [Block::EMPTY; WIDTH];
    for bit in bits {
        row[bit / 512].0[bit / 64 % 8] |= 1 << (bit % 64);
    }
    row
}

struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % end
    }
}

/// Checks order, bounds and masks of all nodes, and gives the entries.
fn entries(arena: &Arena, list: List, rows: &impl Rows) -> Vec<(u128, u64)> {
    let mut found = Vec::new();
    if !list.is_empty() {
        let front = (list.front, list.first);
        assert_eq!(front, arena.front_of(list), "the nodes at the front are known");
        assert_eq!(list.last, arena.last_of(list), "the leaf at the end is known");
        check(arena, list.root, list.height, (0, u128::MAX), rows, &mut found);
        check_masks(arena, list.root, list.height);
    }
    found
}

fn check(
    arena: &Arena,
    number: u32,
    level: u8,
    (low, high): (u128, u128),
    rows: &impl Rows,
    found: &mut Vec<(u128, u64)>,
) -> Vec<Block> {
    let node = &arena.nodes[number as usize];
    let width = arena.masks.width();
    let mut union = alloc::vec![Block::EMPTY; width];
    assert!(node.len() > 0, "no node is empty");
    for at in 0..node.len() {
        let (key, value) = node.entry(at);
        let below = if level == 0 {
            assert!((low..=high).contains(&key), "a key is within its bounds");
            found.push((key, value));
            let (row, kept) = rows.of(value);
            row.iter().zip(kept).map(|(row, kept)| row.and(kept)).collect()
        } else {
            let low = if at == 0 { low } else { key };
            let high = if at + 1 < node.len() { node.entry(at + 1).0 - 1 } else { high };
            check(arena, value as u32, level - 1, (low, high), rows, found)
        };
        for (union, below) in union.iter_mut().zip(below) {
            union.add(&below);
        }
    }
    for bit in 0..width * 512 {
        let bit = BitAt::of(bit);
        let lacks = union[bit.block].has(bit) && !arena.masks.has(number, bit);
        assert!(!lacks, "a mask has all of the rows below");
    }
    union
}

/// No node has a bit that the one above has not.
fn check_masks(arena: &Arena, number: u32, level: u8) {
    for &child in arena.nodes[number as usize].values().iter().filter(|_| level > 0) {
        for bit in (0..arena.masks.width() * 512).map(BitAt::of) {
            let alone = arena.masks.has(child as u32, bit) && !arena.masks.has(number, bit);
            assert!(!alone, "a mask has all of those below");
        }
        check_masks(arena, child as u32, level - 1);
    }
}

/// Grows and shrinks a list many times, at its end, at its front and in between.
fn against_a_map(rows: &impl Rows, bits: usize, values: u64, key: impl Fn(u64, u64) -> u128) {
    let mut numbers = Numbers(311);
    let (mut arena, mut list, mut plain) = (Arena::default(), List::EMPTY, BTreeMap::new());
    arena.widen(bits);
    for round in 0..24_000 {
        let grows = round / 3_000 % 2 == 0;
        if numbers.below(8) < if grows { 6 } else { 2 } {
            let key = key(round, numbers.below(10_000));
            let value = numbers.below(values);
            if plain.insert(key, value).is_some() {
                assert!(arena.remove(&mut list, key, rows).is_some());
            }
            arena.insert(&mut list, key, value, rows);
        } else if let Some((&first, _)) = plain.first_key_value() {
            let anywhere = key(numbers.below(round), numbers.below(10_000));
            let probe = if numbers.below(4) == 0 { first } else { anywhere };
            let victim = plain.range(probe..).next().map_or(first, |(&key, _)| key);
            assert_eq!(arena.remove(&mut list, victim, rows), plain.remove(&victim));
            assert_eq!(arena.remove(&mut list, victim, rows), None);
        }
        let first = plain.first_key_value().map(|(&key, &value)| (key, value));
        assert_eq!(arena.first(list), first);
        let from = key(round, numbers.below(10_000)).saturating_sub(5_000);
        let next = plain.range(from..).next().map(|(&key, &value)| (key, value));
        assert_eq!(arena.first_from(list, from), next);
        let bit = numbers.below(bits as u64 + 1) as usize;
        let at = BitAt::of(bit);
        let mut with = plain.iter().filter(|&(_, &value)| rows.has(value, at));
        let found = with.next().map(|(&key, &value)| (key, value));
        assert_eq!(arena.first_with(list, bit, rows), found);
        let mut with = plain.range(from..).filter(|&(_, &value)| rows.has(value, at));
        let found = with.next().map(|(&key, &value)| (key, value));
        assert_eq!(arena.first_with_from(list, from, bit, rows), found);
        if round % 100 == 0 {
            let all: Vec<_> = plain.iter().map(|(&key, &value)| (key, value)).collect();
            assert_eq!(entries(&arena, list, rows), all);
        }
    }
    assert!(arena.divided > 100 && arena.joined > 20, "{} {}", arena.divided, arena.joined);
    for key in plain.into_keys() {
        assert!(arena.remove(&mut list, key, rows).is_some());
    }
    assert!(list.is_empty());
    assert_eq!(arena.spare.len(), arena.nodes.len(), "every node is spare again");
    assert_eq!(arena.bytes(), 0);
}

#[test]
fn entries_in_any_order_stay_sorted() {
    against_a_map(&(), 0, 1 << 40, |_, random| u128::from(random));
}

#[test]
fn entries_that_rise_stay_sorted() {
    against_a_map(&(), 0, 1 << 40, |round, random| u128::from(round * 16_000 + random));
}

#[test]
fn masks_follow_what_comes_and_goes() {
    let mut numbers = Numbers(7);
    // Some bits many have, others few.
    let bit = |numbers: &mut Numbers| numbers.below(BITS as u64) * numbers.below(4) / 4;
    let random = |numbers: &mut Numbers| row((0..12).map(|_| bit(numbers) as usize));
    let rows = Table((0..50).map(|_| random(&mut numbers)).collect());
    against_a_map(&rows, BITS, 50, |_, random| u128::from(random));
    against_a_map(&rows, BITS, 50, |round, random| u128::from(round * 16_000 + random));
}

#[test]
fn a_list_that_rises_fills_its_nodes() {
    let (mut arena, mut list) = (Arena::default(), List::EMPTY);
    for key in 0..100_000 {
        arena.insert(&mut list, key, key as u64, &());
    }
    let bytes = arena.bytes() / 100_000;
    assert!(bytes <= 28, "{bytes} bytes an entry");
}

#[test]
fn many_lists_share_an_arena() {
    let mut arena = Arena::default();
    let mut lists = [List::EMPTY; 40];
    for key in 0..4_000_u128 {
        arena.insert(&mut lists[key as usize % 40], key, key as u64, &());
    }
    let nodes = arena.nodes.len();
    for round in 0..4_000_u128 {
        let list = &mut lists[round as usize % 40];
        let (first, value) = arena.first(*list).expect("a hundred are in each");
        assert_eq!(arena.remove(list, first, &()), Some(value));
        arena.insert(list, 4_000 + round, value, &());
    }
    assert!(arena.nodes.len() <= nodes + 40, "what empties is used again");
}

#[test]
fn masks_widen_while_entries_are_listed() {
    let (mut arena, mut list) = (Arena::default(), List::EMPTY);
    let rows = Table(alloc::vec![row([0]), row([1])]);
    arena.widen(64);
    for key in 0..100 {
        arena.insert(&mut list, key, (key / 50) as u64, &rows);
    }
    arena.widen(BITS);
    assert_eq!(arena.first_with(list, 1, &rows), Some((50, 1)));
    assert_eq!(arena.first_with(list, 600, &rows), None);
    assert_eq!(entries(&arena, list, &rows).len(), 100);
}

#[test]
fn a_search_in_vain_takes_away_what_leavers_left_behind() {
    let (mut arena, mut list) = (Arena::default(), List::EMPTY);
    let rows = Table(alloc::vec![row([0]), row([1])]);
    arena.widen(BITS);
    for key in 0..1_000 {
        arena.insert(&mut list, key, u64::from(key % 10 == 7), &rows);
    }
    // Of those who leave some are in the first leaves, and some in others.
    for key in (0..1_000).filter(|key| key % 10 == 7).rev() {
        assert_eq!(arena.remove(&mut list, key, &rows), Some(1));
    }
    let one = BitAt::of(1);
    let left = (0..arena.nodes.len()).filter(|&node| arena.masks.has(node as u32, one)).count();
    assert!((3..=20).contains(&left), "{left} nodes of about seventy have it still");
    assert_eq!(arena.first_with(list, 1, &rows), None);
    assert!((0..arena.nodes.len()).all(|node| !arena.masks.has(node as u32, one)));
    assert_eq!(entries(&arena, list, &rows).len(), 900);
}

#[test]
fn masks_learn_and_unlearn_what_rows_gain_and_lose() {
    let (mut arena, mut list) = (Arena::default(), List::EMPTY);
    let mut rows = Table(alloc::vec![row([0]), row([1])]);
    arena.widen(BITS);
    for key in 0..1_000 {
        arena.insert(&mut list, key, u64::from(key % 10 == 7), &rows);
    }
    rows.0[1] = row([1, 600, 601]);
    arena.learn(list, 1, &rows);
    assert_eq!(arena.first_with(list, 600, &rows), Some((7, 1)));
    assert_eq!(entries(&arena, list, &rows).len(), 1_000);
    rows.0[1] = row([1, 600]);
    arena.unlearn(601);
    assert_eq!(arena.first_with(list, 601, &rows), None);
    assert_eq!(entries(&arena, list, &rows).len(), 1_000);
}
