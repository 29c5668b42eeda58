# NixOS: services.outsidein. docs/nixos.md has a host from nothing to firing alerts.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.services.outsidein;
  json = pkgs.formats.json { };

  # The unit of deploy/ is the one home of how the service runs and what it may do: its [Service] section, each key with its
  # value, or its values in order.
  unit =
    let
      text = builtins.readFile ../outsidein.service;
      section = builtins.head (lib.splitString "\n[Install]" (lib.last (lib.splitString "\n[Service]\n" text)));
      settings = builtins.filter (setting: setting != null) (
        map (builtins.match "([A-Za-z]+)=(.*)") (lib.splitString "\n" section)
      );
    in
    builtins.mapAttrs (_: valuesOf) (builtins.groupBy builtins.head settings);
  valuesOf =
    settings:
    let
      values = map lib.last settings;
    in
    if builtins.length values == 1 then builtins.head values else values;

  # Unless it is a path on the host, a wrong probes.json ends the build and not the service.
  probes =
    if cfg.checkConfig then
      pkgs.runCommand "probes.json" { nativeBuildInputs = [ cfg.package ]; } ''
        outsidein config check --config.file ${source}
        cp ${source} $out
      ''
    else
      source;
  source = if cfg.configFile != null then cfg.configFile else json.generate "probes.json" given;
  # With neither, the assertion below says so, and not this.
  given = if cfg.settings == null then { } else present cfg.settings;
  # null is a key that is left out.
  present = lib.filterAttrsRecursive (_: value: value != null);

  at = address: "${if lib.hasInfix ":" address then "[${address}]" else address}:${toString cfg.port}";
  # Where scrapers of this host reach it.
  reachable = at (
    {
      "0.0.0.0" = "127.0.0.1";
      "::" = "::1";
    }
    .${cfg.listenAddress} or cfg.listenAddress
  );

  # A rules file of deploy/ without the alerts that are left out, and with the bases of its links.
  rules =
    file:
    let
      rule = rule: "\n${rule.begin}${rule.text}";
      kept = builtins.filter (rule: !builtins.elem (alertOf rule) cfg.excludedAlerts) (rulesOf file);
      text = builtins.head (split file) + lib.concatStringsSep "" (map rule kept);
      links =
        lib.optional (cfg.runbookUrl != null) [ "runbook_url: " "runbook_url: ${cfg.runbookUrl}/" ]
        ++ lib.optional (cfg.dashboardUrl != null) [ "dashboard_url: /" "dashboard_url: ${cfg.dashboardUrl}/" ];
      linked = builtins.replaceStrings (map builtins.head links) (map lib.last links) text;
    in
    if cfg.excludedAlerts == [ ] && links == [ ] then
      "${file}"
    else
      "${pkgs.writeText (baseNameOf file) linked}";
  # Where a rule or a group begins; the text before the first, then each beginning and what follows it.
  split = file: builtins.split "\n(      - alert: |      - record: |  - name: )" (builtins.readFile file);
  rulesOf =
    file:
    let
      parts = split file;
      at = index: {
        begin = builtins.head (builtins.elemAt parts (2 * index + 1));
        text = builtins.elemAt parts (2 * index + 2);
      };
    in
    builtins.genList at (builtins.length parts / 2);
  alertOf =
    rule: if rule.begin == "      - alert: " then builtins.head (lib.splitString "\n" rule.text) else null;
  unknownAlerts =
    let
      known = map alertOf (rulesOf ../alerts.yml ++ rulesOf ../alerts-host.yml ++ rulesOf ../alerts-pager.yml);
    in
    builtins.filter (name: !builtins.elem name known) cfg.excludedAlerts;

  optional =
    type: description:
    mkOption {
      type = types.nullOr type;
      default = null;
      inherit description;
    };
  # What is not named here is taken as it is, and judged by the check.
  object =
    options:
    types.submodule {
      freeformType = json.type;
      inherit options;
    };
  nameserver = object {
    addresses = optional (types.listOf types.str) "Its addresses, of either family.";
    provider = optional types.str "Who runs it: two zones' worth of nameservers of one provider fall together.";
    role = optional types.str "primary or secondary.";
  };
  zone = object {
    nameservers = mkOption {
      type = types.listOf types.str;
      description = "Names of its nameservers, as in `nameservers`.";
    };
    qtypes = optional (types.listOf types.str) "What each of them is asked for.";
    dnssec = optional types.str "required, auto or off.";
    trust_anchors = optional (types.listOf types.str) "DS or DNSKEY records that trust begins with.";
  };
  settings = object {
    nameservers = mkOption {
      type = types.attrsOf nameserver;
      default = { };
      description = "Nameservers by name.";
    };
    zones = mkOption {
      type = types.attrsOf zone;
      default = { };
      description = "Zones by apex.";
    };
    trust = optional json.type "Where trust begins: `resolver`, `anchors`, `anchors_file`.";
    modules = optional json.type "Probe profiles by name.";
  };
in
{
  options.services.outsidein = {
    enable = lib.mkEnableOption "outsidein, an outside-in DNS and DNSSEC probe exporter";

    package = mkOption {
      type = types.package;
      default = pkgs.callPackage ./package.nix { };
      description = "The package with `bin/outsidein`.";
    };

    settings = mkOption {
      type = types.nullOr settings;
      default = null;
      description = "probes.json as a Nix value; docs/configuration.md has every key. Either this or `configFile`.";
    };

    configFile = mkOption {
      type = types.nullOr types.path;
      default = null;
      description = "probes.json as a file. Either this or `settings`.";
    };

    checkConfig = mkOption {
      type = types.bool;
      default = true;
      description = ''
        Whether probes.json is checked while the system is built. It cannot be where it, or its `anchors_file`, is a file that
        only the host has.
      '';
    };

    listenAddress = mkOption {
      type = types.str;
      default = "127.0.0.1";
      description = "IP address to listen on. Whoever reaches it can have DNS queries sent.";
    };

    port = mkOption {
      type = types.port;
      default = 9853;
      description = "Port to listen on.";
    };

    openFirewall = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the firewall lets everybody reach the port.";
    };

    extraFlags = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "More flags for `outsidein serve`, such as `--log.level=debug`.";
    };

    scrapeConfigs = mkOption {
      type = types.listOf types.attrs;
      readOnly = true;
      default = [
        {
          job_name = "outsidein";
          http_sd_configs = [ { url = "http://${reachable}/sd"; } ];
        }
        {
          job_name = "outsidein_exporter";
          static_configs = [ { targets = [ reachable ]; } ];
        }
      ];
      description = "Scrape jobs, for services.victoriametrics.prometheusConfig.scrape_configs or services.prometheus.scrapeConfigs.";
    };

    excludedAlerts = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "OutsideinRolloverStuck" ];
      description = "Alerts that `rulesFile`, `hostRulesFile` and `pagerRulesFile` leave out.";
    };

    runbookUrl = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "https://git.example.net/outsidein";
      description = "Where this repository's folder `docs` is on the web: the base of `runbook_url` in the rules.";
    };

    dashboardUrl = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "https://grafana.example.net";
      description = "Where Grafana is: the base of `dashboard_url` in the rules.";
    };

    rulesFile = mkOption {
      type = types.str;
      readOnly = true;
      default = rules ../alerts.yml;
      description = "File with alert rules, for services.vmalert.instances.<name>.settings.rule or services.prometheus.ruleFiles.";
    };

    hostRulesFile = mkOption {
      type = types.str;
      readOnly = true;
      default = rules ../alerts-host.yml;
      description = "File with alert rules about the hosts of the scrape job `node`, to be loaded next to `rulesFile`.";
    };

    pagerRulesFile = mkOption {
      type = types.str;
      readOnly = true;
      default = rules ../alerts-pager.yml;
      description = "File with alert rules about the way that alerts take, to be loaded next to `rulesFile`; docs/drill.md says which routes they need.";
    };

    recordingRulesFile = mkOption {
      type = types.str;
      readOnly = true;
      default = "${../recording.yml}";
      description = "File with recording rules for availability, to be loaded next to `rulesFile`.";
    };

    inhibitRules = mkOption {
      type = types.listOf types.attrs;
      readOnly = true;
      default = [
        {
          source_matchers = [ "alertname =~ \"OutsideinExporter(Down|Offline|Exhausted)\"" ];
          target_matchers = [
            "alertname =~ \"Outsidein.+\""
            "alertname !~ \"Outsidein(Exporter|Probes|Config|Target|Disk|Metrics|KeyBackup|Drill|Watchdog).*\""
          ];
          equal = [ "vantage" ];
        }
        {
          source_matchers = [
            "alertname = OutsideinExporterClockWrong"
            "severity = critical"
          ];
          target_matchers = [
            "alertname =~ \"Outsidein(ZoneDnssecFailed|DnssecFailed|ChainBroken|Signatures.+|NotSecure|DsMismatch|RolloverTooEarly)\""
          ];
          equal = [ "vantage" ];
        }
        {
          source_matchers = [ "alertname = OutsideinExporterFamilyDead" ];
          target_matchers = [ "alertname =~ \"Outsidein(FamilyDead|ZoneFamilyDown|AnswersLost|VantagePointCutOff)\"" ];
          equal = [
            "vantage"
            "family"
          ];
        }
        {
          source_matchers = [ "alertname = OutsideinZoneDnssecFailed" ];
          target_matchers = [ "alertname =~ \"Outsidein(DnssecFailed|DsMismatch|SignaturesEndSoon|SignaturesNotRenewed|CdsInvalid|DsWithoutKey|NotSecure|RolloverTooEarly)\"" ];
          equal = [ "zone" ];
        }
        {
          source_matchers = [ "alertname = OutsideinDsMismatch" ];
          target_matchers = [ "alertname =~ \"Outsidein(DnssecFailed|CdsInvalid|DsWithoutKey|RolloverStuck|NotSecure|RolloverTooEarly)\"" ];
          equal = [ "zone" ];
        }
        {
          source_matchers = [ "alertname = OutsideinZoneDown" ];
          target_matchers = [ "alertname =~ \"Outsidein(OneProviderLeft|ResolutionFailed|ZoneFamilyDown|ZoneExpiryCountsDown|AnswersFlap)\"" ];
          equal = [ "zone" ];
        }
        {
          source_matchers = [ "alertname = OutsideinOneProviderLeft" ];
          target_matchers = [ "alertname = OutsideinResolutionFailed" ];
          equal = [ "zone" ];
        }
        {
          source_matchers = [
            "severity = critical"
            "alertname =~ \"Outsidein.+\""
          ];
          target_matchers = [
            "severity = warning"
            "alertname =~ \"Outsidein.+\""
          ];
          equal = [
            "alertname"
            "zone"
            "nameserver"
            "vantage"
          ];
        }
      ];
      description = "Which alert suppresses which, for services.prometheus.alertmanager.configuration.inhibit_rules.";
    };

    dashboardFile = mkOption {
      type = types.str;
      readOnly = true;
      default = "${../dashboard.json}";
      description = "File with the Grafana dashboard, for services.grafana.provision.dashboards.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = (cfg.settings == null) != (cfg.configFile == null);
        message = "services.outsidein: one of settings and configFile must be given, and not both";
      }
      {
        assertion = unknownAlerts == [ ];
        message = "services.outsidein.excludedAlerts: unknown alert ${lib.concatStringsSep ", " unknownAlerts}";
      }
    ];

    environment.etc."outsidein/probes.json".source = probes;

    # It stays while the service restarts.
    systemd.sockets.outsidein = {
      description = "Where the outside-in DNS and DNSSEC probe exporter is scraped";
      wantedBy = [ "sockets.target" ];
      listenStreams = [ (at cfg.listenAddress) ];
    };

    systemd.services.outsidein = {
      description = "Outside-in DNS and DNSSEC probe exporter";
      wantedBy = [ "multi-user.target" ];
      wants = [ "network-online.target" ];
      requires = [ "outsidein.socket" ];
      after = [
        "network-online.target"
        "outsidein.socket"
      ];
      reloadTriggers = [ probes ];
      serviceConfig = removeAttrs unit [ "ConfigurationDirectory" ] // {
        ExecStart = lib.concatStringsSep " " (
          [ (builtins.replaceStrings [ "/usr/bin/" ] [ "${cfg.package}/bin/" ] unit.ExecStart) ]
          ++ lib.optional (cfg.extraFlags != [ ]) (lib.escapeShellArgs cfg.extraFlags)
        );
        ExecReload = "${pkgs.coreutils}/bin/kill -HUP $MAINPID";
      };
    };

    networking.firewall.allowedTCPPorts = lib.optional cfg.openFirewall cfg.port;
  };
}
