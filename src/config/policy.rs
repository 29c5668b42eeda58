//! What probes.json demands of DNSSEC, and the role of a nameserver.

use crate::dns::keyword_enum;

keyword_enum! {
    /// What a probe demands of DNSSEC.
    DnssecPolicy {
        /// Anything but valid signatures fails.
        Required = "required",
        /// Signatures that are there must verify; an unsigned zone passes.
        Auto = "auto",
        /// Nothing is asked and nothing judged.
        Off = "off",
    }
}

keyword_enum! {
    /// A nameserver's part in the zone transfer (RFC 9499 section 6).
    NameserverRole {
        /// Where the zone is edited or signed.
        Primary = "primary",
        /// Transfers the zone from another.
        Secondary = "secondary",
    }
}
