//! deploy/kubernetes/: the manifests hold together, their probes.json is right, and what operators send for their probes is
//! answered by the real exporter. There is no cluster here: no API server has judged the manifests.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::process::{Directory, Process, run};
use serde_json::{Value, json};

/// Every object of a file, as Python's reader has it.
fn objects(file: &str) -> Vec<Value> {
    const PROGRAM: &str =
        "import json, sys, yaml; print(json.dumps(list(yaml.safe_load_all(open(sys.argv[1])))))";
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("deploy/kubernetes")
        .join(file);
    let printed = run(Command::new("/usr/bin/python3")
        .args(["-c", PROGRAM])
        .arg(path));
    serde_json::from_str(&printed).unwrap()
}

/// The object of that kind.
fn object(file: &str, kind: &str) -> Value {
    let found: Vec<_> = objects(file)
        .into_iter()
        .filter(|object| object["kind"] == kind)
        .collect();
    let [object] = &found[..] else {
        panic!("{file}: {} of {kind}", found.len())
    };
    object.clone()
}

/// The probes.json of the cluster.
fn probes() -> String {
    let config = object("outsidein.yaml", "ConfigMap");
    config["data"]["probes.json"].as_str().unwrap().to_owned()
}

#[test]
fn probes_json_is_valid() {
    let directory = Directory::new();
    let file = directory.write("probes.json", &probes());
    let output = run(Command::new(env!("CARGO_BIN_EXE_outsidein"))
        .args(["config", "check", "--config.file"])
        .arg(file));
    assert!(
        output.contains("2 nameservers, 1 zone, 3 modules"),
        "{output}"
    );
}

#[test]
fn objects_refer_to_each_other() {
    let deployment = &object("outsidein.yaml", "Deployment")["spec"];
    let (service, config) = (
        object("outsidein.yaml", "Service"),
        object("outsidein.yaml", "ConfigMap"),
    );
    let labels = json!({ "app.kubernetes.io/name": "outsidein" });
    for selector in [
        &deployment["selector"]["matchLabels"],
        &deployment["template"]["metadata"]["labels"],
        &service["spec"]["selector"],
        &service["metadata"]["labels"],
        &object("victoriametrics.yaml", "VMServiceScrape")["spec"]["selector"]["matchLabels"],
        &object("prometheus.yaml", "ServiceMonitor")["spec"]["selector"]["matchLabels"],
    ] {
        assert_eq!(selector, &labels);
    }
    let (pod, container) = (
        &deployment["template"]["spec"],
        &deployment["template"]["spec"]["containers"][0],
    );
    assert_eq!(
        pod["volumes"][0]["configMap"]["name"],
        config["metadata"]["name"]
    );
    assert_eq!(
        pod["volumes"][0]["name"],
        container["volumeMounts"][0]["name"]
    );
    let mounted = container["volumeMounts"][0]["mountPath"].as_str().unwrap();
    let flag = json!(format!("--config.file={mounted}/probes.json"));
    assert!(
        container["args"].as_array().unwrap().contains(&flag),
        "{container:#}"
    );
    let port = json!({ "name": "http", "containerPort": 9853 });
    assert_eq!(
        (
            &container["ports"][0],
            &container["readinessProbe"]["httpGet"]["port"]
        ),
        (&port, &json!("http"))
    );
    assert_eq!(
        service["spec"]["ports"],
        json!([{ "name": "http", "port": 9853, "targetPort": "http" }])
    );

    // The user is that of the image, and nothing of the container can be written to.
    let dockerfile =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Dockerfile")).unwrap();
    let (user, group) = (
        &pod["securityContext"]["runAsUser"],
        &pod["securityContext"]["runAsGroup"],
    );
    assert!(
        dockerfile.contains(&format!("\nUSER {user}:{group}\n")),
        "{pod:#}"
    );
    assert_eq!(container["securityContext"]["readOnlyRootFilesystem"], true);

    let url = format!(
        "{}.{}.svc:9853",
        service["metadata"]["name"], service["metadata"]["namespace"]
    )
    .replace('"', "");
    for (file, kind) in [
        ("victoriametrics.yaml", "VMScrapeConfig"),
        ("prometheus.yaml", "ScrapeConfig"),
    ] {
        assert_eq!(
            object(file, kind)["spec"]["httpSDConfigs"],
            json!([{ "url": format!("http://{url}/sd") }]),
            "{kind}"
        );
    }
    assert_eq!(
        object("vmprobe.yaml", "VMProbe")["spec"]["vmProberSpec"]["url"],
        url
    );
    assert_eq!(object("probe.yaml", "Probe")["spec"]["prober"]["url"], url);
}

#[test]
fn operator_requests_probe_the_labelled_zone() {
    let directory = Directory::new();
    // The same nameservers where nobody listens, so that no packet leaves this machine.
    let mut here: Value = serde_json::from_str(&probes()).unwrap();
    for nameserver in here["nameservers"].as_object_mut().unwrap().values_mut() {
        nameserver["addresses"] = json!(["127.0.0.1"]);
        nameserver["port"] = json!(1);
    }
    here["trust"] = json!({ "resolver": "none" });
    let file = directory.write("probes.json", &here.to_string());
    let (_exporter, address) = exporter(&directory, &file);
    for (file, kind, json_path, targets) in [
        ("vmprobe.yaml", "VMProbe", "static", "targets"),
        ("probe.yaml", "Probe", "staticConfig", "static"),
    ] {
        let spec = &object(file, kind)["spec"];
        let given = &spec["targets"][json_path];
        let module = spec["module"].as_str().unwrap();
        for target in given[targets].as_array().unwrap() {
            let path = format!(
                "/probe?target={}&module={module}&format=json",
                target.as_str().unwrap()
            );
            let (status, body) = get(address, &path);
            assert_eq!(status, 200, "{kind} {path}: {body}");
            let report: Value = serde_json::from_str(&body).unwrap();
            let zone = given["labels"]["zone"].as_str().unwrap();
            assert_eq!(
                report["zone"].as_str().unwrap().trim_end_matches('.'),
                zone,
                "{report:#}"
            );
            assert_eq!(report["qtype"], given["labels"]["qtype"], "{report:#}");
        }
    }
    // A module that is not there is not taken for another.
    assert_eq!(
        get(address, "/probe?target=ns1&module=example-net-so").0,
        400
    );
}

/// The exporter with the flags of the Deployment, but for its port and its file.
fn exporter(directory: &Directory, file: &Path) -> (Process, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let container =
        &object("outsidein.yaml", "Deployment")["spec"]["template"]["spec"]["containers"][0];
    let mut exporter = Command::new(env!("CARGO_BIN_EXE_outsidein"));
    for argument in container["args"].as_array().unwrap() {
        let argument = argument
            .as_str()
            .unwrap()
            .replace("[::]:9853", &address.to_string());
        exporter.arg(argument.replace("/etc/outsidein/probes.json", &file.display().to_string()));
    }
    let mut process = Process::start(&exporter, directory.path().join("log"));
    let deadline = Instant::now() + Duration::from_secs(30);
    while TcpStream::connect(address).is_err() {
        assert!(
            !process.has_ended() && Instant::now() < deadline,
            "{}",
            process.log()
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    for path in ["readinessProbe", "livenessProbe"]
        .map(|probe| container[probe]["httpGet"]["path"].as_str().unwrap())
    {
        assert_eq!(get(address, path).0, 200, "{path}");
    }
    (process, address)
}

fn get(address: SocketAddr, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.0\r\n\r\n").unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    (
        head.split(' ').nth(1).unwrap().parse().unwrap(),
        body.to_owned(),
    )
}
