# outsidein as a package of nixpkgs; ../../flake.nix and module.nix build it. Its Cargo.toml wants Rust 1.95 or newer.
{ lib, rustPlatform }:

let
  root = ../..;
  manifest = (builtins.fromTOML (builtins.readFile (root + "/Cargo.toml"))).package;
in
rustPlatform.buildRustPackage {
  pname = manifest.name;
  version = manifest.version;
  # What is compiled in, and nothing whose change would build it anew.
  src = lib.fileset.toSource {
    inherit root;
    fileset = lib.fileset.unions [
      (root + "/Cargo.toml")
      (root + "/Cargo.lock")
      (root + "/probes.json")
      (root + "/benches")
      (root + "/src")
    ];
  };
  cargoLock.lockFile = root + "/Cargo.lock";
  # They start nameservers, namespaces and databases of Debian (scripts/test).
  doCheck = false;
  meta = {
    description = manifest.description;
    license = lib.licenses.asl20;
    mainProgram = manifest.name;
    platforms = lib.platforms.linux;
  };
}
