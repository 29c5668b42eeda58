//! BIND: a secondary, and with recursion an open resolver.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::process::{command, path_of, run};
use crate::zone::world::{Member, PRIMARY, ZONE};

/// Writes what the server reads, and returns the command that starts it.
pub fn secondary(directory: &Path, member: &Member, recursion: bool) -> Command {
    let key = "key \"order\" { algorithm hmac-sha256; secret \"b3V0c2lkZWluIHRlc3RzIG9yZGVyIG5hbWVk\"; };\n";
    fs::write(directory.join("rndc.key"), key).expect("a key file");
    let file = directory.join("named.conf");
    fs::write(&file, configuration(directory, member, recursion)).expect("a configuration file");
    // Debian's AppArmor profile holds /usr/sbin/named to /etc/bind and /var/cache/bind; a copy elsewhere is free of it.
    let program = directory.join("named");
    if !program.exists() {
        fs::copy(path_of("named"), &program).expect("a copy of named");
    }
    let mut named = Command::new(program);
    named.args(["-g", "-n", "1", "-c"]).arg(file);
    named
}

fn configuration(directory: &Path, member: &Member, recursion: bool) -> String {
    let [ipv4, ipv6] = member.addresses();
    let [primary, _] = PRIMARY.addresses();
    let (directory, name) = (directory.display(), member.name);
    let (recursion, hints) = if recursion {
        (
            "recursion yes; allow-recursion { any; };",
            format!("zone \".\" {{ type hint; file \"{directory}/../hints\"; }};"),
        )
    } else {
        ("recursion no;", String::new())
    };
    format!(
        r#"
include "{directory}/rndc.key";
options {{
    directory "{directory}";
    pid-file none;
    session-keyfile none;
    listen-on {{ {ipv4}; }};
    listen-on-v6 {{ {ipv6}; }};
    # Where an address is cut off, the server shall not notice.
    interface-interval 0;
    automatic-interface-scan no;
    server-id "{name}";
    {recursion}
    dnssec-validation no;
    notify no;
    allow-transfer {{ none; }};
    empty-zones-enable no;
    # As short as the SOA says.
    min-refresh-time 1;
    min-retry-time 1;
}};
controls {{ inet 127.0.0.1 port 953 allow {{ any; }} keys {{ order; }}; }};
zone "{ZONE}" {{ type secondary; primaries {{ {primary}; }}; transfer-source {ipv4}; file "copy"; }};
{hints}
"#
    )
}

/// Gives the running server an order.
pub fn order(directory: &Path, arguments: &[&str]) {
    run(command("rndc")
        .arg("-k")
        .arg(directory.join("rndc.key"))
        .args(["-s", "127.0.0.1"])
        .args(arguments));
}
