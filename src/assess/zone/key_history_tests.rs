use super::*;

const HOUR: u32 = 3_600;

fn seen(at: i64) -> Sighting {
    Sighting::new(Timestamp(at), HOUR)
}

fn held(history: &RrsetHistory<u32>, at: i64) -> Vec<(u32, i64)> {
    let held = history.held_at(Timestamp(at)).into_iter();
    held.map(|(rrset, until)| (*rrset, until.0)).collect()
}

#[test]
fn rrset_is_held_from_its_last_sighting_for_its_ttl() {
    let mut history = RrsetHistory::default();
    history.record(&1, 1, seen(0));
    history.record(&1, 1, seen(100));
    assert_eq!(held(&history, 200), [(1, 3_700)]);
    assert_eq!(held(&history, 3_700), []);
    // A lower TTL does not shorten what was handed out before.
    history.record(&1, 1, Sighting::new(Timestamp(200), 60));
    assert_eq!(held(&history, 300), [(1, 3_700)]);
    history.forget_expired(Timestamp(3_700));
    assert!(history.0.is_empty());
}

#[test]
fn no_cache_holds_anything_for_longer_than_a_week() {
    let mut history = RrsetHistory::default();
    history.record(&1, 1, Sighting::new(Timestamp(0), u32::MAX));
    assert_eq!(held(&history, 1), [(1, 7 * 86_400)]);
}

#[test]
fn memory_is_bounded_and_keeps_what_is_held_longest() {
    let mut history = RrsetHistory::default();
    for number in 0..20 {
        history.record(&number, 1, seen(i64::from(number)));
    }
    let kept: Vec<_> = held(&history, 20).iter().map(|(rrset, _)| *rrset).collect();
    assert_eq!(kept, [19, 18, 17, 16, 15, 14, 13, 12]);
    history.record(&100, MAX_RECORDS + 1, seen(20));
    assert!(held(&history, 20).iter().all(|(rrset, _)| *rrset != 100));
}

#[test]
fn rrset_that_was_never_good_is_not_held() {
    let mut history = RrsetHistory::default();
    let bad = Sighting {
        is_good: false,
        ..seen(0)
    };
    history.record(&1, 1, bad);
    assert_eq!(held(&history, 1), []);
    history.record(&1, 1, seen(0));
    history.record(&1, 1, bad);
    assert_eq!(held(&history, 1), [(1, 3_600)]);
}
