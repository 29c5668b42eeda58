# What module.nix uses of nixpkgs's lib, as far as it uses it: nixpkgs cannot be had in these tests. An option that is not there, a
# value of another type, and a value for what is read-only end the evaluation as they do there, with the option's path.
# evaluate.nix takes the real lib in its place where there is one.
rec {
  mkOption = option: option // { _type = "option"; };
  mkEnableOption =
    description:
    mkOption {
      type = types.bool;
      default = false;
      inherit description;
    };
  mkIf = condition: content: if condition then content else { };

  hasInfix = infix: text: builtins.length (splitString infix text) > 1;
  splitString = separator: text: builtins.filter builtins.isString (builtins.split (escapeRegex separator) text);
  escapeRegex = builtins.replaceStrings [ "[" "]" "." "+" "*" "?" "(" ")" ] [ "[[]" "[]]" "[.]" "[+]" "[*]" "[?]" "[(]" "[)]" ];
  concatStringsSep = builtins.concatStringsSep;
  escapeShellArgs = arguments: concatStringsSep " " (map escapeShellArg arguments);
  escapeShellArg =
    argument:
    if builtins.match "[[:alnum:],._+:@%/-]+" argument != null then
      argument
    else
      "'${builtins.replaceStrings [ "'" ] [ "'\\''" ] argument}'";
  last = list: builtins.elemAt list (builtins.length list - 1);
  optional = condition: value: if condition then [ value ] else [ ];
  filterAttrsRecursive =
    keep: set:
    builtins.listToAttrs (
      map (name: {
        inherit name;
        value = if builtins.isAttrs set.${name} then filterAttrsRecursive keep set.${name} else set.${name};
      }) (builtins.filter (name: keep name set.${name}) (builtins.attrNames set))
    );

  # A type takes an option's path and a value, and returns the value with what defaults there are in it.
  types = rec {
    plain =
      what: holds: path: value:
      if holds value then value else throw "A definition for option `${path}' is not of type `${what}'";
    str = plain "string" builtins.isString;
    bool = plain "boolean" builtins.isBool;
    attrs = plain "attribute set" builtins.isAttrs;
    path = plain "path" (value: builtins.isPath value || (builtins.isString value && hasInfix "/" value));
    package = str;
    port = plain "16 bit unsigned integer" (value: builtins.isInt value && value >= 0 && value <= 65535);
    nullOr =
      type: path: value:
      if value == null then null else type path value;
    listOf =
      type: path: value:
      map (type "${path}.*") (plain "list" builtins.isList path value);
    attrsOf =
      type: path: value:
      builtins.mapAttrs (name: type "${path}.${name}") (attrs path value);
    submodule =
      module: path: value:
      options path module.options (attrs path value) // free path module value;
    free =
      path: module: value:
      builtins.mapAttrs (name: module.freeformType "${path}.${name}") (
        removeAttrs value (builtins.attrNames module.options)
      );
  };

  options =
    path: declared: given:
    builtins.mapAttrs (
      name: option:
      let
        at = "${path}.${name}";
      in
      if !(given ? ${name}) then
        option.default or (throw "The option `${at}' was accessed but has no value defined")
      else if option.readOnly or false then
        throw "The option `${at}' is read-only, but it's set multiple times"
      else
        option.type at given.${name}
    ) declared;

  # The configuration that a module comes to.
  evaluate =
    module: pkgs: given:
    let
      lib = import ./lib.nix;
      made = module {
        inherit lib pkgs;
        config.services.outsidein = taken;
      };
      declared = made.options.services.outsidein;
      unknown = builtins.attrNames (removeAttrs given (builtins.attrNames declared));
      taken = options "services.outsidein" declared given;
    in
    if unknown != [ ] then
      throw "The option `services.outsidein.${builtins.head unknown}' does not exist"
    else
      made.config // { services.outsidein = taken; };
}
