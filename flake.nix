{
  description = "Outside-in DNS and DNSSEC probe exporter for people who run authoritative nameservers";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      systems = [
        "x86_64-linux"
        "aarch64-linux"
      ];
      package = system: nixpkgs.legacyPackages.${system}.callPackage ./deploy/nix/package.nix { };
    in
    {
      packages = nixpkgs.lib.genAttrs systems (system: rec {
        outsidein = package system;
        default = outsidein;
      });

      nixosModules = rec {
        outsidein = ./deploy/nix/module.nix;
        default = outsidein;
      };
    };
}
