//! What the servers serve: one rich zone under many origins, signed by dnssec-signzone, by ldns-signzone, or by the server.

use std::fs;
use std::path::PathBuf;

use crate::process::{Directory, command, run};

/// The rich zone, with names relative to whatever origin it gets.
const RICH: &str = include_str!("rich.zone");

/// A zone in a file.
#[derive(Clone, Debug)]
pub struct Zone {
    /// Its apex in the case in which it is configured, without a final dot.
    pub origin: String,
    /// Its master file.
    pub file: PathBuf,
    /// Types and owner names that were left out of it.
    without: &'static [&'static str],
}

impl Zone {
    /// The rich zone, unsigned, without records of the types and owner names that the server cannot take.
    pub fn rich(directory: &Directory, origin: &str, without: &'static [&'static str]) -> Self {
        let known = |line: &&str| {
            !line
                .split(' ')
                .take(3)
                .any(|field| without.contains(&field))
        };
        let lines: Vec<_> = RICH.lines().filter(known).collect();
        Self::of_text(directory, origin, &lines.join("\n"), without)
    }

    /// A zone of the master file `text`, whose names are relative to `origin`.
    pub fn of_text(
        directory: &Directory,
        origin: &str,
        text: &str,
        without: &'static [&'static str],
    ) -> Self {
        let file = directory.write(
            &format!("{origin}.zone"),
            &format!("$ORIGIN {origin}.\n{text}\n"),
        );
        Self {
            origin: origin.to_owned(),
            file,
            without,
        }
    }

    /// The same zone in another file.
    pub fn at(&self, file: PathBuf) -> Self {
        Self {
            file,
            ..self.clone()
        }
    }

    /// The name `relative` of [`QUESTIONS`] in this zone, with a final dot.
    pub fn name(&self, relative: &str) -> String {
        match relative {
            "@" => format!("{}.", self.origin),
            _ => format!("{relative}.{}.", self.origin),
        }
    }

    /// What can be asked of the rich zone in this server, as absolute name and type.
    pub fn questions(&self) -> impl Iterator<Item = (String, &'static str)> {
        let asked = QUESTIONS
            .iter()
            .filter(|(name, rtype)| !self.without.contains(name) && !self.without.contains(rtype));
        asked.map(|(name, rtype)| (self.name(name), *rtype))
    }
}

/// Names and types that the rich zone answers with data, directly, through CNAME and DNAME, and from wildcards.
pub const QUESTIONS: &[(&str, &str)] = &[
    ("@", "SOA"),
    ("@", "NS"),
    ("@", "DNSKEY"),
    ("@", "A"),
    ("@", "AAAA"),
    ("@", "MX"),
    ("@", "TXT"),
    ("@", "CAA"),
    ("@", "HTTPS"),
    ("Ns1", "A"),
    ("mAiL", "A"),
    ("mixed.CASE", "A"),
    ("MiXeD.CaSe", "AAAA"),
    ("_Sip._TCP", "SRV"),
    ("Enum", "NAPTR"),
    ("_443._tcp.www", "TLSA"),
    ("Host", "SSHFP"),
    ("Host", "HINFO"),
    ("Host", "LOC"),
    ("Host", "RP"),
    ("Host", "AFSDB"),
    ("Ptr", "PTR"),
    ("_Http._tcp", "URI"),
    ("Svc", "SVCB"),
    ("Svc2", "SVCB"),
    ("Generic", "TYPE65400"),
    ("Alias", "CNAME"),
    ("Alias", "A"),
    ("Outside", "CNAME"),
    ("DnAmE", "DNAME"),
    ("Host.DnAmE", "A"),
    ("Any.Wild", "A"),
    ("Two.Labels.Wild", "TXT"),
    ("*.Wild", "A"),
    ("Any.WildAlias", "A"),
    ("Deep.Empty.Non.Terminal", "A"),
    ("Sub", "DS"),
    ("a\\.b", "A"),
    ("\\032blank\\255", "TXT"),
    ("xn--bcher-kva", "A"),
    (
        "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz01234567890",
        "TXT",
    ),
    ("Ten", "A"),
    ("Zero", "A"),
    ("Long", "A"),
    ("Key", "OPENPGPKEY"),
    ("Smime", "SMIMEA"),
    ("Cert", "CERT"),
    ("Eui", "EUI48"),
    ("Eui", "EUI64"),
    ("Ilnp", "L32"),
    ("Ilnp", "L64"),
    ("Ilnp", "NID"),
    ("Ilnp", "LP"),
    ("Kx", "KX"),
    ("Rt", "RT"),
    ("Minfo", "MINFO"),
    ("Apl", "APL"),
    ("Ipsec", "IPSECKEY"),
    ("Px", "PX"),
    ("Dhcid", "DHCID"),
    ("Csync", "CSYNC"),
    ("Spf", "SPF"),
    ("Big", "TXT"),
];

/// How a zone proves what does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denial {
    /// NSEC (RFC 4034 section 4).
    Nsec,
    /// NSEC3 (RFC 5155); an empty salt is none.
    Nsec3 {
        /// Additional iterations.
        iterations: u16,
        /// Salt in hexadecimal.
        salt: &'static str,
        /// Whether unsigned delegations are left out.
        opt_out: bool,
    },
}

/// NSEC3 as RFC 9276 wants it.
pub const NSEC3: Denial = Denial::Nsec3 {
    iterations: 0,
    salt: "",
    opt_out: false,
};
/// NSEC3 as zones had it before RFC 9276.
pub const NSEC3_SALTED: Denial = Denial::Nsec3 {
    iterations: 10,
    salt: "ABCDEF",
    opt_out: false,
};
/// NSEC3 that spans over unsigned delegations.
pub const NSEC3_OPT_OUT: Denial = Denial::Nsec3 {
    iterations: 0,
    salt: "",
    opt_out: true,
};

/// How a zone is signed.
#[derive(Clone, Copy, Debug)]
pub struct Recipe {
    /// The first label of the zone's name.
    pub label: &'static str,
    /// Algorithms in the signer's words, each with `/bits` where it needs them.
    pub algorithms: &'static [&'static str],
    /// How it proves what does not exist.
    pub denial: Denial,
    /// Whether one key signs everything, instead of a KSK and a ZSK.
    pub single: bool,
}

impl Recipe {
    /// A KSK and a ZSK for each of the algorithms.
    pub const fn new(
        label: &'static str,
        algorithms: &'static [&'static str],
        denial: Denial,
    ) -> Self {
        Self {
            label,
            algorithms,
            denial,
            single: false,
        }
    }

    /// The same with one key for each of the algorithms.
    pub const fn with_single_key(self) -> Self {
        Self {
            single: true,
            ..self
        }
    }
}

/// `RSASHA256/2048` as the arguments of a key generator.
fn algorithm_arguments(algorithm: &str) -> Vec<&str> {
    match algorithm.split_once('/') {
        Some((name, bits)) => vec!["-a", name, "-b", bits],
        None => vec!["-a", algorithm],
    }
}

/// Signs `zone` with BIND's tools.
pub fn signed_by_bind(directory: &Directory, zone: &Zone, recipe: &Recipe) -> Zone {
    let keys = directory.path().join(format!("{}.keys", zone.origin));
    fs::create_dir(&keys).expect("a directory for keys");
    for algorithm in recipe.algorithms {
        let roles: &[&[&str]] = if recipe.single {
            &[&["-f", "KSK"]]
        } else {
            &[&["-f", "KSK"], &[]]
        };
        for role in roles {
            let mut keygen = command("dnssec-keygen");
            keygen
                .args(["-q", "-K"])
                .arg(&keys)
                .args(algorithm_arguments(algorithm))
                .args(*role);
            // CDS and CDNSKEY are published for the keys that a parent would know.
            keygen.args(if role.is_empty() {
                &[][..]
            } else {
                &["-P", "sync", "now"][..]
            });
            run(keygen.arg(&zone.origin));
        }
    }
    let signed = zone.file.with_extension("signed");
    let mut signzone = command("dnssec-signzone");
    signzone
        .args(["-q", "-S", "-O", "full", "-o", &zone.origin, "-K"])
        .arg(&keys);
    if recipe.single {
        signzone.arg("-z");
    }
    if let Denial::Nsec3 {
        iterations,
        salt,
        opt_out,
    } = recipe.denial
    {
        signzone.args([
            "-3",
            if salt.is_empty() { "-" } else { salt },
            "-H",
            &iterations.to_string(),
        ]);
        signzone.args(if opt_out { &["-A"][..] } else { &[] });
    }
    run(signzone
        .arg("-f")
        .arg(&signed)
        .arg(&zone.file)
        .current_dir(directory.path()));
    zone.at(signed)
}

/// Signs `zone` with ldns's tools; `dates` are arguments that set the validity period.
pub fn signed_by_ldns(directory: &Directory, zone: &Zone, recipe: &Recipe, dates: &[&str]) -> Zone {
    let roles: &[&[&str]] = if recipe.single {
        &[&["-k"]]
    } else {
        &[&["-k"], &[]]
    };
    let mut keys = Vec::new();
    for algorithm in recipe.algorithms {
        for role in roles {
            let mut keygen = command("ldns-keygen");
            keygen
                .args(algorithm_arguments(algorithm))
                .args(*role)
                .arg(&zone.origin);
            keys.push(run(keygen.current_dir(directory.path())).trim().to_owned());
        }
    }
    let keys: Vec<_> = keys.iter().map(String::as_str).collect();
    sign_with_ldns_keys(directory, zone, recipe.denial, &keys, dates)
}

/// Signs `zone` with keys that `ldns-keygen` made in `directory`.
pub fn sign_with_ldns_keys(
    directory: &Directory,
    zone: &Zone,
    denial: Denial,
    keys: &[&str],
    dates: &[&str],
) -> Zone {
    let signed = zone.file.with_extension("signed");
    let mut signzone = command("ldns-signzone");
    signzone
        .args(["-o", &zone.origin, "-f"])
        .arg(&signed)
        .args(dates);
    if let Denial::Nsec3 {
        iterations,
        salt,
        opt_out,
    } = denial
    {
        signzone.args(["-n", "-t", &iterations.to_string()]);
        signzone.args(if salt.is_empty() {
            vec![]
        } else {
            vec!["-s", salt]
        });
        signzone.args(if opt_out { &["-p"][..] } else { &[] });
    }
    run(signzone
        .arg(&zone.file)
        .args(keys)
        .current_dir(directory.path()));
    zone.at(signed)
}

/// Holds a signed file against ldns, for signers that are not ldns; it must find the whole zone good.
pub fn verify_with_ldns(zone: &Zone) {
    run(command("ldns-verify-zone").arg(&zone.file));
}
