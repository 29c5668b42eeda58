//! What a zone's keys are held against.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::config::{self, Zone};
use crate::dns::Name;
use crate::dnssec::TrustAnchor;

/// Where trust in a zone begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrustSource {
    /// Nowhere: no anchor leads to the zone.
    None,
    /// At a zone above, from which no resolver leads here.
    NoResolver {
        /// The zone that the anchors are of.
        start: Name,
    },
    /// At the zone itself.
    Pinned(Arc<[TrustAnchor]>),
    /// At a zone above; the delegations between are followed through a resolver.
    Chain {
        /// The zone that the anchors are of.
        start: Name,
        /// Its anchors.
        anchors: Arc<[TrustAnchor]>,
        /// The resolvers to ask, in this order; at least one.
        resolvers: Arc<[SocketAddr]>,
    },
}

impl TrustSource {
    /// The nearest anchors: those given, else the zone's own, else those of the closest zone at or above it.
    pub(super) fn new(
        zone: &Name,
        parameters: &[TrustAnchor],
        zone_config: Option<&Zone>,
        trust: &config::TrustConfig,
    ) -> Self {
        let zone_anchors = zone_config
            .map(|zone| zone.trust_anchors.as_slice())
            .unwrap_or_default();
        let pinned = if parameters.is_empty() {
            zone_anchors
        } else {
            parameters
        };
        if !pinned.is_empty() {
            return Self::Pinned(pinned.into());
        }
        let mut above = std::iter::successors(Some(zone.clone()), Name::parent);
        let closest = above.find_map(|name| trust.anchors.get_key_value(&name));
        match (closest, trust.resolvers()) {
            (Some((start, anchors)), _) if start == zone => Self::Pinned(anchors.as_slice().into()),
            (Some((start, _)), []) => Self::NoResolver {
                start: start.clone(),
            },
            (Some((start, anchors)), resolvers) => Self::Chain {
                start: start.clone(),
                anchors: anchors.as_slice().into(),
                resolvers: resolvers.into(),
            },
            (None, _) => Self::None,
        }
    }
}
