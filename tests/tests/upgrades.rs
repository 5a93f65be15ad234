//! Versions that the client does not know: what the validators certified ends the following, what a
//! server merely says does not. And servers that answer with few leaves at a time.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod common;

use common::{End, assert_honest, client, follow, node, produce};
use hotshot_light_client::{
    client::sync::{Client, Progress, Start},
    consensus::version::Version,
    rejection::Rejection,
};
use hotshot_tests::{
    chain::{Chain, History, Settings},
    lie::Lie,
    server::{Manners, Node},
};

fn settings(versions: &[u16]) -> Settings {
    Settings { validators: 5, epoch_height: 10, versions: versions.to_vec(), failed_views: 0, ..Settings::default() }
}

const UNKNOWN: Version = Version { major: 0, minor: 7 };

fn refused() -> End {
    End::Refused(Rejection::UpgradeRequired.code().into())
}

/// There is an end, with the checkpoint kept.
fn assert_outdated(client: &mut Client) {
    let upgrade = *client.upgrade().unwrap();
    assert_eq!((upgrade.version, upgrade.old_version_last_view < upgrade.new_version_first_view), (UNKNOWN, true));
    assert_eq!(client.request(), None);
    let checkpoint = *client.checkpoint().unwrap();
    for refused in [client.step(1), client.respond(b"17")] {
        assert_eq!(refused.unwrap_err().rejection, Rejection::UpgradeRequired);
    }
    assert_eq!((client.missing(), client.request()), (Progress::Fetch, None));
    assert_eq!(client.checkpoint(), Some(&checkpoint));
}

#[test]
fn a_certified_upgrade_ends_the_following() {
    // The first block of 0.7 is 14. Once 13 is final no view is left; where it cannot be, 14 shows it.
    for (old, last, ending) in [(6, 13, 13), (5, 12, 14)] {
        let node = node(settings(&[old, 7]), 0);
        let mut client = client(&node, Start::Height(0));
        let mut finalized = Vec::new();
        // Block by block, and all at once.
        for blocks in [1; 13].into_iter().chain([12]) {
            produce(&node, blocks);
            let (blocks, end) = follow(&mut client, &node);
            finalized.extend(blocks);
            assert_eq!(end == refused(), node.chain().blocks().len() > ending, "{end:?}");
        }
        assert_honest(&node, &finalized);
        // Two certificates of the old version in a row decide a leaf of 0.5: the last one has no child.
        assert_eq!(finalized.last().unwrap().header.height, last, "from 0.{old}");
        assert_outdated(&mut client);
    }
}

#[test]
fn what_is_left_of_the_old_version_is_final_before_the_end() {
    let node = node(settings(&[6, 7]), 30);
    let mut client = client(&node, Start::Height(0));
    let (finalized, end) = follow(&mut client, &node);
    assert_eq!((finalized.last().unwrap().header.height, end), (13, refused()));
    assert_outdated(&mut client);
}

#[test]
fn a_server_that_shows_a_newer_version_proves_nothing() {
    let node = node(settings(&[6]), 20);
    let mut client = client(&node, Start::Height(0));
    assert_eq!(follow(&mut client, &node).1, End::Idle);
    node.lie_from(Some(Lie::UnknownVersion), 23);
    produce(&node, 8);
    let (finalized, end) = follow(&mut client, &node);
    assert_eq!((finalized.last().unwrap().header.height, end), (22, refused()), "what can be read is read");
    assert_eq!(client.upgrade(), None);
    node.set_lie(None);
    let (finalized, end) = follow(&mut client, &node);
    assert_eq!((finalized.last().unwrap().header.height, end), (28, End::Idle));
}

#[test]
fn any_number_of_leaves_at_a_time_suffices() {
    let chains = [
        Settings { failed_views: 3, ..settings(&[2]) },
        Settings { failed_views: 2, ..settings(&[4]) },
        Settings { certificate2_every: 9, ..settings(&[6]) },
    ];
    for settings in chains {
        for range_limit in [1, 2, 3, 4, 5] {
            let mut chain = Chain::new(settings.clone(), History::default()).unwrap();
            (0..36).for_each(|_| drop(chain.produce().unwrap()));
            let node = Node::new(chain, Manners { range_limit, ..Manners::default() });
            // Whether the client knows the limit or finds it out.
            for told in [false, true] {
                let mut client = client(&node, Start::Height(0));
                if told {
                    client.set_range(range_limit as u64);
                }
                let (finalized, end) = follow(&mut client, &node);
                assert_honest(&node, &finalized);
                assert_eq!((finalized[0].header.height, end), (0, End::Idle));
                assert!(finalized.last().unwrap().header.height >= 27, "{:?}, {range_limit}", settings.versions);
            }
        }
    }
}
