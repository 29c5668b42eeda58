use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn messages_survive_any_stream_fragmentation(
        messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..8),
        cuts in prop::collection::vec(1_usize..400, 1..20),
    ) {
        let stream: Vec<u8> = messages.iter().flat_map(|message| frame_message(message).unwrap()).collect();
        let mut frames = FrameReader::default();
        let (mut out, mut rest, mut cuts) = (Vec::new(), stream.as_slice(), cuts.iter().cycle());
        while !rest.is_empty() {
            let (head, tail) = rest.split_at((*cuts.next().unwrap()).min(rest.len()));
            frames.push(head);
            while let Some(message) = frames.next() {
                out.push(message.to_vec());
            }
            rest = tail;
        }
        prop_assert_eq!(out, messages);
        prop_assert_eq!(frames.progress_text(), "without a response");
    }
}

#[test]
fn progress_text_counts_received_octets() {
    let mut frames = FrameReader::default();
    frames.push(&[0, 1, b'x', 2]);
    assert_eq!(frames.next(), Some(b"x".as_slice()));
    assert_eq!(frames.next(), None);
    assert_eq!(frames.progress_text(), "after 1 of 2 octets of the length");
    frames.push(&[0]);
    assert_eq!(frames.progress_text(), "after 0 of 512 octets");
    frames.push(b"abc");
    assert_eq!(frames.progress_text(), "after 3 of 512 octets");
}

#[test]
fn message_longer_than_its_length_field_is_rejected() {
    assert!(frame_message(&vec![0; 65_535]).is_ok());
    assert!(frame_message(&vec![0; 65_536]).is_err());
}
