//! The NixOS module and the flake, evaluated by a real Nix. nixpkgs cannot be had here: `tests/nix/lib.nix` stands for the part of its
//! lib that the module uses. Where `OUTSIDEIN_NIXPKGS_LIB` names the folder `lib` of a nixpkgs, that is taken instead. Nothing is built.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::process::{Directory, command, run};
use serde_json::{Value, json};

const PACKAGE: &str = "/nix/store/00000000000000000000000000000000-outsidein";

fn in_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Runs nix-instantiate with a store of its own, which it does not write to.
fn instantiate(arguments: &[&str]) -> Output {
    let directory = Directory::new();
    let mut nix = command("nix-instantiate");
    for (variable, path) in [
        ("NIX_STATE_DIR", "state"),
        ("NIX_LOG_DIR", "log"),
        ("NIX_CONF_DIR", "configuration"),
    ] {
        nix.env(variable, directory.path().join(path));
    }
    nix.env("HOME", directory.path())
        .args(arguments)
        .output()
        .unwrap()
}

/// What the module makes of `options`, or Nix's complaint.
fn evaluate(options: &Value) -> Result<Value, String> {
    let module = in_repository("deploy/nix/module.nix").display().to_string();
    let (given, harness) = (
        options.to_string(),
        in_repository("tests/nix/evaluate.nix")
            .display()
            .to_string(),
    );
    let mut arguments = vec![
        "--eval", "--strict", "--json", &harness, "--arg", "module", &module, "--argstr", "given",
        &given,
    ];
    let real = std::env::var("OUTSIDEIN_NIXPKGS_LIB");
    if let Ok(real) = &real {
        arguments.extend(["--arg", "lib", real]);
    }
    let output = instantiate(&arguments);
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    Ok(
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {output:?}")),
    )
}

/// Two zones' worth of what people set, with keys that the module names and keys that it does not.
fn options() -> Value {
    json!({
        "enable": true,
        "settings": {
            "nameservers": {
                "ns1": { "addresses": ["192.0.2.1", "2001:db8::1"], "provider": "home", "role": "primary" },
                "ns2": { "addresses": ["198.51.100.1"], "anycast": true },
            },
            "zones": { "example.net": { "nameservers": ["ns1", "ns2"], "dnssec": "required", "interval_seconds": 60 } },
        },
    })
}

fn with(name: &str, value: Value) -> Value {
    let mut options = options();
    options[name] = value;
    options
}

#[test]
fn every_nix_file_parses_and_is_documented() {
    let mut files: Vec<_> = ["flake.nix"].map(in_repository).into();
    for folder in ["deploy/nix", "tests/nix"] {
        files.extend(
            fs::read_dir(in_repository(folder))
                .unwrap()
                .map(|entry| entry.unwrap().path()),
        );
    }
    let directory = Directory::new();
    for (number, block) in nix_of_the_docs().into_iter().enumerate() {
        // Some show a few options of a module.
        let whole = if block.starts_with('{') {
            block.to_owned()
        } else {
            format!("{{ outsidein }}: {{\n{block}}}\n")
        };
        files.push(directory.write(&format!("{number}.nix"), &whole));
    }
    assert!(files.len() >= 10, "{files:?}");
    for file in files {
        let output = instantiate(&["--parse", file.to_str().unwrap()]);
        assert!(output.status.success(), "{output:?}");
    }
}

#[test]
fn every_repository_file_named_in_nix_exists() {
    // `./dns.nix` and `./monitoring.nix` are the reader's own, shown on the same page.
    let (example_files, ends) = (["dns.nix", "monitoring.nix"], [' ', '}', ';', ')', ']']);
    let text = nix_of_the_docs().concat().replace("${./", " ./");
    let paths = text
        .split(" ./")
        .skip(1)
        .filter_map(|rest| rest.split(ends).next());
    let mut seen = 0;
    for path in paths.filter(|path| !example_files.contains(path)) {
        let in_checkout = path
            .strip_prefix("outsidein/")
            .unwrap_or_else(|| panic!("./{path}: whose file?"));
        assert!(in_repository(in_checkout).exists(), "./{path}");
        seen += 1;
    }
    assert!(seen >= 1, "a path is found");
}

/// What stands as Nix in the pages that show a host's configuration.
fn nix_of_the_docs() -> Vec<&'static str> {
    let pages = [
        include_str!("../../docs/nixos.md"),
        include_str!("../../docs/dashboard.md"),
        include_str!("../../docs/key-backup.md"),
    ];
    let blocks = pages
        .into_iter()
        .flat_map(|page| page.split("```nix\n").skip(1));
    blocks
        .filter_map(|block| block.split("```").next())
        .collect()
}

#[test]
fn nixos_service_matches_the_deployed_unit() {
    let made = evaluate(&with(
        "extraFlags",
        json!(["--log.level=debug", "--timeout-offset", "0.5; x"]),
    ))
    .unwrap();
    let service = made["service"]["serviceConfig"].as_object().unwrap();
    let command =
        "bin/outsidein serve --web.systemd-socket --config.file /etc/outsidein/probes.json";
    let flags = "'--log.level=debug' --timeout-offset '0.5; x'";
    assert_eq!(service["ExecStart"], format!("{PACKAGE}/{command} {flags}"));
    assert_eq!(service["ExecReload"], "/coreutils/bin/kill -HUP $MAINPID");

    let unit = fs::read_to_string(in_repository("deploy/outsidein.service")).unwrap();
    let section = unit
        .split("[Service]\n")
        .nth(1)
        .unwrap()
        .split("\n[Install]")
        .next()
        .unwrap();
    let mut matched = 0;
    for line in section
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
    {
        let (key, value) = line.split_once('=').unwrap();
        match key {
            "ExecStart" | "ExecReload" => {}
            // environment.etc makes the directory there.
            "ConfigurationDirectory" => assert!(!service.contains_key(key)),
            _ => {
                let is_value = |given: &Value| given == value;
                assert!(
                    is_value(&service[key])
                        || service[key]
                            .as_array()
                            .is_some_and(|all| all.iter().any(is_value)),
                    "{line}"
                );
                matched += 1;
            }
        }
    }
    assert!(
        matched > 30
            && service["RestrictAddressFamilies"]
                .as_str()
                .unwrap()
                .contains("AF_UNIX"),
        "{matched}"
    );
    assert_eq!(made["service"]["requires"], json!(["outsidein.socket"]));
    assert_eq!(made["service"]["wantedBy"], json!(["multi-user.target"]));
    assert_eq!(
        made["service"]["reloadTriggers"],
        json!([made["probes"]]),
        "a new probes.json is a reload"
    );
}

#[test]
fn settings_are_checked_at_build_time() {
    let made = evaluate(&options()).unwrap();
    let script = made["probes"].as_str().unwrap();
    let text = script
        .lines()
        .next()
        .unwrap()
        .strip_prefix("outsidein config check --config.file ")
        .expect("the check");
    // Keys that are not set are left out; everything else is as it was given.
    assert_eq!(
        serde_json::from_str::<Value>(text).unwrap(),
        options()["settings"]
    );
    let directory = Directory::new();
    let file = directory.write("probes.json", text);
    let check = |file: &Path| {
        Command::new(env!("CARGO_BIN_EXE_outsidein"))
            .args(["config", "check", "--config.file"])
            .arg(file)
            .output()
            .unwrap()
    };
    assert!(check(&file).status.success(), "{:?}", check(&file));

    // What the module lets pass, the check does not.
    let mut wrong = options();
    wrong["settings"]["zones"]["example.net"]["dnsec"] = json!("required");
    let made = evaluate(&wrong).unwrap();
    let text = made["probes"].as_str().unwrap().lines().next().unwrap();
    let file = directory.write("wrong.json", text.split_once("--config.file ").unwrap().1);
    assert!(
        String::from_utf8_lossy(&check(&file).stderr).contains("dnsec"),
        "{:?}",
        check(&file)
    );

    // A file that only the host has is taken as it is.
    let host =
        json!({ "enable": true, "configFile": "/var/lib/probes.json", "checkConfig": false });
    assert_eq!(evaluate(&host).unwrap()["probes"], "/var/lib/probes.json");
}

#[test]
fn settings_and_file_are_mutually_exclusive() {
    let assertion_holds = |options: &Value| {
        evaluate(options).unwrap()["assertions"][0]["assertion"]
            .as_bool()
            .unwrap()
    };
    assert!(assertion_holds(&options()));
    assert!(assertion_holds(
        &json!({ "enable": true, "configFile": "/probes.json" })
    ));
    assert!(
        !assertion_holds(&with("configFile", json!("/probes.json"))),
        "both"
    );
    assert!(!assertion_holds(&json!({ "enable": true })), "neither");
    let assertion_message = &evaluate(&options()).unwrap()["assertions"][0]["message"];
    assert_eq!(
        assertion_message,
        "services.outsidein: one of settings and configFile must be given, and not both"
    );
}

#[test]
fn wrong_option_fails_evaluation_and_is_named() {
    let mut wrong_addresses = options();
    wrong_addresses["settings"]["nameservers"]["ns1"]["addresses"] = json!("192.0.2.1");
    for (options, complaint) in [
        (
            with("listenAdress", json!("::1")),
            "services.outsidein.listenAdress' does not exist",
        ),
        (
            with("port", json!(70_000)),
            "services.outsidein.port' is not of type",
        ),
        (
            with("openFirewall", json!("yes")),
            "services.outsidein.openFirewall' is not of type",
        ),
        (
            with("scrapeConfigs", json!([])),
            "services.outsidein.scrapeConfigs' is read-only",
        ),
        (
            with("rulesFile", json!("/rules.yml")),
            "services.outsidein.rulesFile' is read-only",
        ),
        (
            with("inhibitRules", json!([])),
            "services.outsidein.inhibitRules' is read-only",
        ),
        (
            with("excludedAlerts", json!("OutsideinNotSecure")),
            "services.outsidein.excludedAlerts' is not of type",
        ),
        (
            with("dashboardFile", json!("/dashboard.json")),
            "services.outsidein.dashboardFile' is read-only",
        ),
        (
            wrong_addresses,
            "services.outsidein.settings.nameservers.ns1.addresses' is not of type",
        ),
    ] {
        let error = evaluate(&options).expect_err(complaint);
        assert!(error.contains(complaint), "{complaint}: {error}");
    }
}

#[test]
fn host_integration_matches_deploy() {
    let made = evaluate(&options()).unwrap();
    let jobs = yaml("deploy/scrape.yml")["scrape_configs"]
        .as_array()
        .unwrap()
        .clone();
    let ours = jobs
        .iter()
        .filter(|job| job["job_name"].as_str().unwrap().starts_with("outsidein"));
    assert_eq!(made["scrapeConfigs"], Value::Array(ours.cloned().collect()));
    assert_eq!(
        made["inhibitRules"],
        yaml("deploy/alertmanager.yml")["inhibit_rules"]
    );
    for (option, name) in [
        ("rulesFile", "-alerts.yml"),
        ("hostRulesFile", "-alerts-host.yml"),
        ("pagerRulesFile", "-alerts-pager.yml"),
        ("recordingRulesFile", "-recording.yml"),
        ("dashboardFile", "-dashboard.json"),
    ] {
        let file = made[option]
            .as_str()
            .unwrap_or_else(|| panic!("{option}: {made:#}"));
        assert!(
            file.starts_with("/nix/store/") && file.ends_with(name),
            "{option}: {file}"
        );
    }
    assert_eq!(
        (&made["firewall"], &made["socket"]["listenStreams"]),
        (&json!([]), &json!(["127.0.0.1:9853"]))
    );

    let mut everywhere = with("listenAddress", json!("::"));
    everywhere["port"] = json!(19853);
    everywhere["openFirewall"] = json!(true);
    let made = evaluate(&everywhere).unwrap();
    assert_eq!(
        (&made["firewall"], &made["socket"]["listenStreams"]),
        (&json!([19853]), &json!(["[::]:19853"]))
    );
    assert_eq!(
        made["scrapeConfigs"][0]["http_sd_configs"][0]["url"],
        "http://[::1]:19853/sd"
    );
    assert_eq!(
        made["scrapeConfigs"][1]["static_configs"][0]["targets"],
        json!(["[::1]:19853"])
    );
}

#[test]
fn excluded_alerts_are_left_out_and_links_are_set() {
    // The only rule of its group, the two rules of a name with a YAML anchor, and one about hosts.
    let excluded = [
        "OutsideinDeprecatedAlgorithm",
        "OutsideinNameserverDown",
        "OutsideinTargetDown",
    ];
    let mut options = with("excludedAlerts", json!(excluded));
    options["runbookUrl"] = json!("https://git.example.net/outsidein");
    options["dashboardUrl"] = json!("https://grafana.example.net");
    let made = evaluate(&options).unwrap();
    let directory = Directory::new();
    for (option, file) in [
        ("rulesFile", "deploy/alerts.yml"),
        ("hostRulesFile", "deploy/alerts-host.yml"),
        ("pagerRulesFile", "deploy/alerts-pager.yml"),
    ] {
        let rules = directory.write(option, made[option].as_str().unwrap());
        run(command("promtool").args(["check", "rules"]).arg(&rules));
        run(command("vmalert")
            .arg("-dryRun")
            .arg(format!("-rule={}", rules.display())));
        // Everything else is as it was.
        let text = fs::read_to_string(in_repository(file))
            .unwrap()
            .replace(
                "runbook_url: ",
                "runbook_url: https://git.example.net/outsidein/",
            )
            .replace(
                "dashboard_url: /",
                "dashboard_url: https://grafana.example.net/",
            );
        let wanted = directory.write("wanted", &text);
        let (mut wanted, rules) = (yaml(&wanted), yaml(&rules));
        for group in wanted["groups"].as_array_mut().unwrap() {
            let kept = group["rules"].as_array_mut().unwrap();
            kept.retain(|rule| !excluded.iter().any(|name| rule["alert"] == *name));
            if kept.is_empty() {
                group["rules"] = Value::Null;
            }
        }
        assert_eq!(rules, wanted, "{file}");
    }
    let unknown = evaluate(&with("excludedAlerts", json!(["OutsideinNotSecret"]))).unwrap();
    let failing: Vec<_> = unknown["assertions"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|assertion| assertion["assertion"] == false)
        .map(|assertion| &assertion["message"])
        .collect();
    assert_eq!(
        failing,
        ["services.outsidein.excludedAlerts: unknown alert OutsideinNotSecret"]
    );
}

/// A file of YAML as Python's reader has it.
fn yaml(path: impl AsRef<Path>) -> Value {
    const PROGRAM: &str =
        "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))";
    let printed = run(Command::new("/usr/bin/python3")
        .args(["-c", PROGRAM])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)));
    serde_json::from_str(&printed).unwrap()
}
