//! The cities that the pair does not hold alike, as the leader names them.

use std::collections::{BTreeMap, BTreeSet};

use super::Leader;
use crate::arbiter::node::Node;

impl Leader {
    /// Has the register say what people decided.
    pub(super) fn settle_accepted(&mut self, node: &mut Node) {
        let Some(known) = &node.known else { return };
        let foreign =
            |city: &String| known.exceptions.get(city).is_some_and(|holder| *holder != node.who.node);
        self.accepted.retain(foreign);
        if !self.accepted.is_empty() {
            let exceptions = self.exceptions(node, false);
            self.declare(node, false, exceptions);
        }
    }

    /// The cities to name as exceptions: those the other node cannot take along, and those that are not ours to name.
    /// When `caught_up`, our own others end.
    pub(super) fn exceptions(&self, node: &Node, caught_up: bool) -> BTreeMap<String, String> {
        let nobody = BTreeSet::new();
        let unfit = self.guest.as_ref().map_or(&nobody, |guest| &guest.hello.unfit);
        let me = &node.who.node;
        let mut named = node.known.as_ref().map(|known| known.exceptions.clone()).unwrap_or_default();
        named.retain(|city, holder| holder == me || !self.accepted.contains(city));
        named.retain(|city, holder| holder != me || !caught_up || unfit.contains(city));
        for city in unfit {
            named.entry(city.clone()).or_insert_with(|| me.clone());
        }
        named
    }
}
