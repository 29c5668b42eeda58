//! Which code only tests compile.

use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Token};

/// Whether a `#[cfg]` (or `#[test]`) leaves the code out of every build that is not a test: `test` and `all(test, ..)` do,
/// `not(test)` and `any(test, ..)` do not.
pub fn is_test_only(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let of_cfg = || attribute.parse_args::<Meta>();
        attribute.path().is_ident("test")
            || attribute.path().is_ident("cfg")
                && of_cfg().is_ok_and(|meta| without_tests(&meta) == Some(false))
    })
}

/// What the predicate is in a build without tests; `None` if that depends on something else.
fn without_tests(predicate: &Meta) -> Option<bool> {
    let Meta::List(list) = predicate else {
        return predicate.path().is_ident("test").then_some(false);
    };
    let parse = Punctuated::<Meta, Token![,]>::parse_terminated;
    let parts = list.parse_args_with(parse).ok()?;
    let parts: Vec<_> = parts.iter().map(without_tests).collect();
    // The value that decides alone, whatever the other parts are.
    let decisive = match list.path.get_ident()?.to_string().as_str() {
        "all" => false,
        "any" => true,
        "not" => return parts.first()?.map(|part| !part),
        _ => return None,
    };
    if parts.contains(&Some(decisive)) {
        return Some(decisive);
    }
    let is_decided = parts.iter().all(Option::is_some);
    is_decided.then_some(!decisive)
}
