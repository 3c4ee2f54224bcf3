//! How entries leave that are not simply the first.

use super::masks::Rows;
use super::{Arena, JOINED_MAX, List, Path};

impl Arena {
    /// Takes out the only entry.
    fn remove_only(&mut self, list: &mut List, key: u128) -> Option<u64> {
        let leaf = &mut self.nodes[list.root as usize];
        if list.height > 0 || leaf.len() > 1 || leaf.entry(0).0 != key {
            return None;
        }
        let only = leaf.pop_first();
        self.free(list.root);
        *list = List::EMPTY;
        Some(only)
    }

    /// Takes an entry out of the first leaves, as long as its leaf need not be joined.
    fn remove_near_front(&mut self, list: List, key: u128) -> Option<u64> {
        let front = self.nodes.get(list.front as usize)?;
        let leaf = front.child(front.child_for(key));
        let leaf = &mut self.nodes[leaf];
        let within = leaf.len() > JOINED_MAX / 3 && leaf.keys().last() >= Some(&key);
        let at = if within { leaf.place(key) } else { return None };
        (leaf.entry(at).0 == key).then(|| leaf.remove(at))
    }

    /// Takes an entry out, wherever it is; none when no entry has the key.
    #[inline(never)]
    pub(super) fn remove_between(
        &mut self,
        list: &mut List,
        key: u128,
        rows: &impl Rows,
    ) -> Option<u64> {
        let near = self.remove_near_front(*list, key).or_else(|| self.remove_only(list, key));
        if near.is_some() {
            return near;
        }
        let mut path = Path::new();
        self.path_to(*list, key, &mut path);
        let (leaf, at) = path.steps[path.len - 1];
        let node = &mut self.nodes[leaf as usize];
        if usize::from(at) == node.len() || node.entry(usize::from(at)).0 != key {
            return None;
        }
        let value = node.remove(usize::from(at));
        if !path.is_near_front() {
            let nodes = &self.nodes;
            let above = path.up_from(path.len - 1).map(|number| (number, &nodes[number as usize]));
            self.masks.subtract((leaf, &nodes[leaf as usize]), &above, value, rows);
        }
        self.shrink(list, &path);
        Some(value)
    }

    /// Frees what has run empty on a path, and joins neighbours that fit one node.
    fn shrink(&mut self, list: &mut List, path: &Path) {
        let mut changed = path.len == 1;
        for step in (1..path.len).rev() {
            let (number, _) = path.steps[step];
            let (parent, at) = path.steps[step - 1];
            let len = self.nodes[number as usize].len();
            if len == 0 {
                self.nodes[parent as usize].remove(at.into());
                self.free(number);
            } else if len > JOINED_MAX / 2 || !self.join(parent, at.into(), step + 1 == path.len) {
                break;
            }
            changed = true;
        }
        if !changed {
            return;
        }
        while list.height > 0 && self.nodes[list.root as usize].len() == 1 {
            let child = self.nodes[list.root as usize].child(0) as u32;
            self.free(list.root);
            list.root = child;
            list.height -= 1;
        }
        if self.nodes[list.root as usize].len() == 0 {
            self.free(list.root);
            *list = List::EMPTY;
        } else {
            (list.front, list.first) = self.front_of(*list);
            list.last = self.last_of(*list);
        }
    }

    /// Joins a child with one of its neighbours if both fit one node; says whether it did.
    fn join(&mut self, parent: u32, at: usize, leaves: bool) -> bool {
        let node = &self.nodes[parent as usize];
        let len = |at: usize| self.nodes[node.child(at)].len();
        let fits = |left: usize| left + 1 < node.len() && len(left) + len(left + 1) <= JOINED_MAX;
        let pair = at.checked_sub(1).filter(|&left| fits(left)).or_else(|| fits(at).then_some(at));
        let Some(left) = pair else { return false };
        let (into, from) = (node.child(left), node.child(left + 1));
        let lowest = node.entry(left + 1).0;
        let moved = self.nodes[from].clone();
        for at in 0..moved.len() {
            let (key, value) = moved.entry(at);
            // The first child's own bound says nothing; that of the node holds for it.
            let key = if leaves || at > 0 { key } else { lowest };
            self.nodes[into].push(key, value);
        }
        self.masks.join(into as u32, from as u32);
        self.nodes[parent as usize].remove(left + 1);
        self.free(from as u32);
        self.joined += 1;
        true
    }
}
