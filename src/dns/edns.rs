//! The OPT record of a response (RFC 6891): what the server advertises and the options that it answers.

use super::name::Name;
use super::registry::{Class, InfoCode};
use super::time::Serial;
use super::wire::{Cursor, WireError};

/// EDNS option codes (IANA "DNS EDNS0 Option Codes").
pub(super) mod option {
    /// Name server identifier (RFC 5001).
    pub const NSID: u16 = 3;
    /// Zone expiry (RFC 7314).
    pub const EXPIRE: u16 = 9;
    /// Extended DNS error (RFC 8914).
    pub const EXTENDED_ERROR: u16 = 15;
    /// The version of the zone that an answer is from (RFC 9660).
    pub const ZONEVERSION: u16 = 19;
}

/// Extended errors that are kept: a server must not decide how many series a scrape has.
const MAX_EXTENDED_ERRORS: usize = 16;
/// Octets of an NSID that are shown.
const MAX_SHOWN_NSID_OCTETS: usize = 128;

/// What a server said about itself and its answer through EDNS.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Edns {
    /// The upper eight bits of the extended rcode (RFC 6891 section 6.1.3).
    pub extended_rcode: u8,
    /// EDNS version (RFC 6891 section 6.1.3).
    pub version: u8,
    /// Whether DO is copied into the response (RFC 3225).
    pub dnssec_ok: bool,
    /// The largest UDP payload that the server takes.
    pub udp_size: u16,
    /// The server's name for itself (RFC 5001), as it came.
    pub nsid: Option<Box<[u8]>>,
    /// Seconds until this server holds the zone expired (RFC 7314 section 2).
    pub expire: Option<u32>,
    /// Which version of which zone the answer is from (RFC 9660).
    pub zone_version: Option<ZoneVersion>,
    /// Extended DNS errors (RFC 8914).
    pub extended_errors: Vec<ExtendedError>,
}

/// One Extended DNS Error as a server sent it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ExtendedError {
    /// INFO-CODE (RFC 8914 section 5.2).
    #[serde(serialize_with = "InfoCode::serialize_number")]
    pub info_code: InfoCode,
    /// EXTRA-TEXT, malformed UTF-8 replaced.
    pub extra_text: String,
}

/// The serial in a ZONEVERSION option (RFC 9660 section 2): other types of version say nothing that is known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ZoneVersion {
    /// Labels of the name of the zone, root not counted.
    pub label_count: u8,
    /// The serial of its SOA.
    pub serial: Serial,
}

impl ZoneVersion {
    /// The type SOA-SERIAL (RFC 9660 section 2.1).
    const SOA_SERIAL: u8 = 0;

    /// Whether it is the version of `zone`: of the zone whose name has so many labels (RFC 9660 section 2).
    pub fn is_of(self, zone: &Name) -> bool {
        usize::from(self.label_count) == zone.labels().count()
    }

    fn read(data: &[u8]) -> Option<Self> {
        match data {
            [label_count, Self::SOA_SERIAL, serial @ ..] => {
                let serial = u32::from_be_bytes(serial.try_into().ok()?);
                Some(Self {
                    label_count: *label_count,
                    serial: Serial(serial),
                })
            }
            _ => None,
        }
    }
}

impl Edns {
    /// NSID as text where it is printable, else in hexadecimal (RFC 5001 section 2.4 leaves its content to the server).
    pub fn nsid_text(&self) -> Option<String> {
        let nsid = self.nsid.as_deref().filter(|nsid| !nsid.is_empty())?;
        let nsid = nsid.get(..MAX_SHOWN_NSID_OCTETS).unwrap_or(nsid);
        match std::str::from_utf8(nsid) {
            Ok(text) if !text.chars().any(char::is_control) => Some(text.to_owned()),
            _ => Some(data_encoding::HEXLOWER.encode(nsid)),
        }
    }

    /// Reads an OPT record: its class, its TTL, which holds the extended rcode's upper bits, and its options.
    pub(super) fn read(class: Class, ttl: u32, rdata: &[u8]) -> Result<Self, WireError> {
        let [extended_rcode, version, flags, _] = ttl.to_be_bytes();
        let mut edns = Self {
            extended_rcode,
            version,
            dnssec_ok: flags & 0x80 != 0,
            udp_size: class.0,
            ..Self::default()
        };
        let mut cursor = Cursor::new(rdata);
        while !cursor.is_at_end() {
            let code = cursor.u16()?;
            let length = cursor.u16()?;
            edns.read_option(code, cursor.take(usize::from(length))?);
        }
        Ok(edns)
    }

    fn read_option(&mut self, code: u16, data: &[u8]) {
        match code {
            option::NSID => self.nsid = Some(data.into()),
            // An empty EXPIRE is the query's form: from a server it says nothing.
            option::EXPIRE => self.expire = data.try_into().ok().map(u32::from_be_bytes),
            // A server may tell versions of several types (RFC 9660), in any order.
            option::ZONEVERSION => {
                self.zone_version = self.zone_version.or_else(|| ZoneVersion::read(data));
            }
            option::EXTENDED_ERROR if self.extended_errors.len() < MAX_EXTENDED_ERRORS => {
                if let [high, low, text @ ..] = data {
                    self.extended_errors.push(ExtendedError {
                        info_code: InfoCode(u16::from_be_bytes([*high, *low])),
                        extra_text: String::from_utf8_lossy(text)
                            .trim_end_matches('\0')
                            .to_owned(),
                    });
                }
            }
            _ => {}
        }
    }
}
