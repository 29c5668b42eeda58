# What module.nix makes of the options in the JSON text `given`, as plain data. `lib`, if given, is the folder of nixpkgs's own
# lib; else lib.nix stands for it.
{
  module,
  given,
  lib ? null,
}:

let
  options = builtins.fromJSON given;
  pkgs = {
    formats.json = _: {
      type = if lib == null then (_: value: value) else (import lib).types.anything;
      generate = _: builtins.toJSON;
    };
    runCommand = _: _: script: script;
    writeText = _: text: text;
    callPackage = _: _: "/nix/store/00000000000000000000000000000000-outsidein";
    coreutils = "/coreutils";
  };
  byRealLib =
    let
      real = import lib;
      any = real.mkOption { type = real.types.anything; };
      host.options = {
        assertions = real.mkOption { type = real.types.listOf real.types.anything; };
        environment = any;
        systemd = any;
        networking = any;
      };
      given._module.args.pkgs = pkgs;
      given.services.outsidein = options;
    in
    (real.evalModules {
      modules = [
        module
        host
        given
      ];
    }).config;
  config = if lib == null then (import ./lib.nix).evaluate (import module) pkgs options else byRealLib;
in
{
  inherit (config.services.outsidein)
    scrapeConfigs
    pagerRulesFile
    rulesFile
    hostRulesFile
    recordingRulesFile
    inhibitRules
    dashboardFile
    ;
  assertions = config.assertions;
  probes = config.environment.etc."outsidein/probes.json".source;
  socket = config.systemd.sockets.outsidein;
  service = config.systemd.services.outsidein;
  firewall = config.networking.firewall.allowedTCPPorts;
}
