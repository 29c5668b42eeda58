//! IANA's registries as open newtypes: an unknown number survives, prints as such and can be asked for.

use std::fmt;
use std::str::FromStr;

/// A text that is neither a mnemonic of the registry nor the generic form of one of its numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownMnemonic {
    /// Which registry was searched.
    pub registry: &'static str,
    /// The text.
    pub text: String,
    /// The generic form that is always understood.
    pub generic: &'static str,
}

impl fmt::Display for UnknownMnemonic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "\"{}\" is no {} known here; {} is understood for any number",
            self.text, self.registry, self.generic
        )
    }
}

impl std::error::Error for UnknownMnemonic {}

/// Writes an open registry: constants, mnemonics both ways, and `<PREFIX><number>` for all that has no mnemonic.
macro_rules! registry {
    ($(#[$doc:meta])* $name:ident($number:ty), $registry:literal, $prefix:literal, {
        $($(#[$item_doc:meta])* $constant:ident = $value:literal $mnemonic:literal,)*
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $number);

        #[allow(missing_docs, reason = "the mnemonics are IANA's, documented there")]
        impl $name {
            $($(#[$item_doc])* pub const $constant: Self = Self($value);)*
        }

        impl $name {
            /// The registry's mnemonic, where the number has one.
            pub const fn mnemonic(self) -> Option<&'static str> {
                match self.0 {
                    $($value => Some($mnemonic),)*
                    _ => None,
                }
            }

            /// For views in which the number itself is the word, as in metrics' labels; in the form that serde calls.
            pub fn serialize_number<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serde::Serialize::serialize(&self.0, serializer)
            }

            /// Every number that has a mnemonic here.
            pub const KNOWN: &[Self] = &[$(Self($value)),*];
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self.mnemonic() {
                    Some(mnemonic) => f.pad(mnemonic),
                    None => write!(f, concat!($prefix, "{}"), self.0),
                }
            }
        }

        impl FromStr for $name {
            type Err = UnknownMnemonic;

            fn from_str(text: &str) -> Result<Self, UnknownMnemonic> {
                let known = Self::KNOWN.iter().find(|known| known.mnemonic().is_some_and(|m| m.eq_ignore_ascii_case(text)));
                let split = || text.split_at_checked($prefix.len()).filter(|(head, _)| head.eq_ignore_ascii_case($prefix));
                let number = || split().and_then(|(_, digits)| parse_decimal(digits)).map(Self);
                known.copied().or_else(number).ok_or_else(|| UnknownMnemonic {
                    registry: $registry,
                    text: text.to_owned(),
                    generic: concat!($prefix, "<number>"),
                })
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    };
}

/// Digits only: `u16::from_str` would take a sign.
fn parse_decimal<N: FromStr>(text: &str) -> Option<N> {
    text.bytes()
        .all(|octet| octet.is_ascii_digit())
        .then(|| text.parse().ok())
        .flatten()
}

registry! {
    /// A resource record type; unknown ones print as `TYPE123` (RFC 3597 section 5).
    RrType(u16), "RR type", "TYPE", {
        A = 1 "A", NS = 2 "NS", MD = 3 "MD", MF = 4 "MF", CNAME = 5 "CNAME", SOA = 6 "SOA", MB = 7 "MB", MG = 8 "MG",
        MR = 9 "MR", NULL = 10 "NULL", WKS = 11 "WKS", PTR = 12 "PTR", HINFO = 13 "HINFO", MINFO = 14 "MINFO",
        MX = 15 "MX", TXT = 16 "TXT", RP = 17 "RP", AFSDB = 18 "AFSDB", X25 = 19 "X25", ISDN = 20 "ISDN",
        RT = 21 "RT", NSAP = 22 "NSAP", NSAP_PTR = 23 "NSAP-PTR", SIG = 24 "SIG", KEY = 25 "KEY", PX = 26 "PX",
        GPOS = 27 "GPOS", AAAA = 28 "AAAA", LOC = 29 "LOC", NXT = 30 "NXT", EID = 31 "EID", NIMLOC = 32 "NIMLOC",
        SRV = 33 "SRV", ATMA = 34 "ATMA", NAPTR = 35 "NAPTR", KX = 36 "KX", CERT = 37 "CERT", A6 = 38 "A6",
        DNAME = 39 "DNAME", SINK = 40 "SINK", OPT = 41 "OPT", APL = 42 "APL", DS = 43 "DS", SSHFP = 44 "SSHFP",
        IPSECKEY = 45 "IPSECKEY", RRSIG = 46 "RRSIG", NSEC = 47 "NSEC", DNSKEY = 48 "DNSKEY", DHCID = 49 "DHCID",
        NSEC3 = 50 "NSEC3", NSEC3PARAM = 51 "NSEC3PARAM", TLSA = 52 "TLSA", SMIMEA = 53 "SMIMEA", HIP = 55 "HIP",
        NINFO = 56 "NINFO", RKEY = 57 "RKEY", TALINK = 58 "TALINK", CDS = 59 "CDS", CDNSKEY = 60 "CDNSKEY",
        OPENPGPKEY = 61 "OPENPGPKEY", CSYNC = 62 "CSYNC", ZONEMD = 63 "ZONEMD", SVCB = 64 "SVCB", HTTPS = 65 "HTTPS",
        DSYNC = 66 "DSYNC", HHIT = 67 "HHIT", BRID = 68 "BRID", SPF = 99 "SPF", NID = 104 "NID", L32 = 105 "L32",
        L64 = 106 "L64", LP = 107 "LP", EUI48 = 108 "EUI48", EUI64 = 109 "EUI64", NXNAME = 128 "NXNAME",
        TKEY = 249 "TKEY", TSIG = 250 "TSIG", IXFR = 251 "IXFR", AXFR = 252 "AXFR", MAILB = 253 "MAILB",
        MAILA = 254 "MAILA", ANY = 255 "ANY", URI = 256 "URI", CAA = 257 "CAA", AVC = 258 "AVC", DOA = 259 "DOA",
        AMTRELAY = 260 "AMTRELAY", RESINFO = 261 "RESINFO", WALLET = 262 "WALLET", CLA = 263 "CLA", IPN = 264 "IPN",
        TA = 32768 "TA", DLV = 32769 "DLV",
    }
}

registry! {
    /// A DNS class; unknown ones print as `CLASS123` (RFC 3597 section 5).
    Class(u16), "class", "CLASS", {
        IN = 1 "IN", CH = 3 "CH", HS = 4 "HS", NONE = 254 "NONE", ANY = 255 "ANY",
    }
}

registry! {
    /// A response code with the upper bits that EDNS adds (RFC 6895 section 2.3, RFC 6891 section 6.1.3).
    Rcode(u16), "rcode", "RCODE", {
        NOERROR = 0 "NOERROR", FORMERR = 1 "FORMERR", SERVFAIL = 2 "SERVFAIL", NXDOMAIN = 3 "NXDOMAIN",
        NOTIMP = 4 "NOTIMP", REFUSED = 5 "REFUSED", YXDOMAIN = 6 "YXDOMAIN", YXRRSET = 7 "YXRRSET",
        NXRRSET = 8 "NXRRSET", NOTAUTH = 9 "NOTAUTH", NOTZONE = 10 "NOTZONE", DSOTYPENI = 11 "DSOTYPENI",
        BADVERS = 16 "BADVERS", BADKEY = 17 "BADKEY", BADTIME = 18 "BADTIME", BADMODE = 19 "BADMODE",
        BADNAME = 20 "BADNAME", BADALG = 21 "BADALG", BADTRUNC = 22 "BADTRUNC", BADCOOKIE = 23 "BADCOOKIE",
    }
}

registry! {
    /// An operation code (RFC 6895 section 2.2).
    Opcode(u8), "opcode", "OPCODE", {
        QUERY = 0 "QUERY", IQUERY = 1 "IQUERY", STATUS = 2 "STATUS", NOTIFY = 4 "NOTIFY", UPDATE = 5 "UPDATE", DSO = 6 "DSO",
    }
}

registry! {
    /// A DNSSEC algorithm number (RFC 9904, IANA "DNS Security Algorithm Numbers").
    Algorithm(u8), "DNSSEC algorithm", "ALG", {
        RSAMD5 = 1 "RSAMD5", DH = 2 "DH", DSA = 3 "DSA", RSASHA1 = 5 "RSASHA1", DSA_NSEC3_SHA1 = 6 "DSA-NSEC3-SHA1",
        RSASHA1_NSEC3_SHA1 = 7 "RSASHA1-NSEC3-SHA1", RSASHA256 = 8 "RSASHA256", RSASHA512 = 10 "RSASHA512",
        ECC_GOST = 12 "ECC-GOST", ECDSAP256SHA256 = 13 "ECDSAP256SHA256", ECDSAP384SHA384 = 14 "ECDSAP384SHA384",
        ED25519 = 15 "ED25519", ED448 = 16 "ED448", SM2SM3 = 17 "SM2SM3", ECC_GOST12 = 23 "ECC-GOST12",
        INDIRECT = 252 "INDIRECT", PRIVATEDNS = 253 "PRIVATEDNS", PRIVATEOID = 254 "PRIVATEOID",
    }
}

registry! {
    /// The digest type of a DS (IANA "Digest Algorithms" of the DS RR; RFC 4509, RFC 5933, RFC 6605).
    DigestType(u8), "DS digest type", "DIGEST", {
        SHA_1 = 1 "SHA-1", SHA_256 = 2 "SHA-256", GOST_R_34_11_94 = 3 "GOST R 34.11-94", SHA_384 = 4 "SHA-384",
        GOST_R_34_11_2012 = 5 "GOST R 34.11-2012", SM3 = 6 "SM3",
    }
}

registry! {
    /// An Extended DNS Error's INFO-CODE (RFC 8914 section 5.2).
    InfoCode(u16), "extended DNS error", "EDE", {
        OTHER = 0 "Other Error", UNSUPPORTED_DNSKEY_ALGORITHM = 1 "Unsupported DNSKEY Algorithm",
        UNSUPPORTED_DS_DIGEST_TYPE = 2 "Unsupported DS Digest Type", STALE_ANSWER = 3 "Stale Answer",
        FORGED_ANSWER = 4 "Forged Answer", DNSSEC_INDETERMINATE = 5 "DNSSEC Indeterminate", DNSSEC_BOGUS = 6 "DNSSEC Bogus",
        SIGNATURE_EXPIRED = 7 "Signature Expired", SIGNATURE_NOT_YET_VALID = 8 "Signature Not Yet Valid",
        DNSKEY_MISSING = 9 "DNSKEY Missing", RRSIGS_MISSING = 10 "RRSIGs Missing",
        NO_ZONE_KEY_BIT_SET = 11 "No Zone Key Bit Set", NSEC_MISSING = 12 "NSEC Missing", CACHED_ERROR = 13 "Cached Error",
        NOT_READY = 14 "Not Ready", BLOCKED = 15 "Blocked", CENSORED = 16 "Censored", FILTERED = 17 "Filtered",
        PROHIBITED = 18 "Prohibited", STALE_NXDOMAIN_ANSWER = 19 "Stale NXDOMAIN Answer",
        NOT_AUTHORITATIVE = 20 "Not Authoritative", NOT_SUPPORTED = 21 "Not Supported",
        NO_REACHABLE_AUTHORITY = 22 "No Reachable Authority", NETWORK_ERROR = 23 "Network Error",
        INVALID_DATA = 24 "Invalid Data", SIGNATURE_EXPIRED_BEFORE_VALID = 25 "Signature Expired before Valid",
        TOO_EARLY = 26 "Too Early", UNSUPPORTED_NSEC3_ITERATIONS = 27 "Unsupported NSEC3 Iterations Value",
        UNABLE_TO_CONFORM_TO_POLICY = 28 "Unable to conform to policy", SYNTHESIZED = 29 "Synthesized",
        INVALID_QUERY_TYPE = 30 "Invalid Query Type",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_number_survives_a_text_round_trip() {
        for number in [0, 54, 123, 65_280, 65_535] {
            let text = RrType(number).to_string();
            assert_eq!(text, format!("TYPE{number}"));
            assert_eq!(text.parse(), Ok(RrType(number)));
        }
        assert_eq!("type6".parse(), Ok(RrType::SOA));
        assert_eq!("https".parse(), Ok(RrType::HTTPS));
    }

    #[test]
    fn malformed_generic_number_is_rejected() {
        for text in ["", "TYPE", "TYPE+6", "TYPE65536", "SOAP", "TYPÉ1"] {
            assert!(text.parse::<RrType>().is_err(), "{text}");
        }
    }
}
